"""One colour, one meaning: that of each kind of plant, wherever plants, their fuels or their sectors are drawn."""

from collections.abc import Mapping

# Okabe and Ito's palette for the kinds that are looked at most, then darker or greyer shades that nobody takes for one
# of them. The pale ones do not stand out from white paper, so marks have an outline that does.
KIND_COLOURS: Mapping[str, str] = {
    "coal": "#6b7078",
    "gas": "#e69f00",
    "biomass": "#86693f",
    "hydro": "#0072b2",
    "wind": "#009e73",
    "solar": "#f0e442",
    "storage": "#cc79a7",
    "steel": "#d55e00",
    "cement": "#9a8f80",
    "chemicals": "#8a63b3",
    "refining_and_gas": "#b5368a",
    "other_industry": "#2f7f7f",
}
