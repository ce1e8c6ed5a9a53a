"""How the places of a region are called: each province, and both together."""

from tanlu.core.axes import COUNTRY, Axes
from tanlu.core.words import text
from tanlu.output.figures.picture import name_place


def place_words(axes: Axes, language: str) -> dict[str, str]:
    """Return the texts that name places of the pack, by key."""
    names = {name: name_place(axes, name, language) for name in axes.provinces}
    joined = name_place(axes, axes.region, language)
    ends = dict(zip(("first", "second"), names.values(), strict=True))
    return {
        **{f"place.{name}": label for name, label in names.items()},
        f"place.{COUNTRY}": text(language, "place.country"),
        "place.names": joined,
        "app.question": text(language, "app.question", {"places": joined}),
        "power.flow": text(language, "power.flow", {**ends, "unit": "{unit}"}),
    }
