"""How the places of a region are called: each province, and both together."""

from tanlu.core.axes import COUNTRY, Axes
from tanlu.core.words import text


def place_words(axes: Axes, language: str) -> dict[str, str]:
    """Return the texts that name places of the pack, by key."""
    first, second = (axes.labels[name][language] for name in axes.provinces)
    both = {"first": first, "second": second}
    joined = text(language, "place.join", both)
    return {
        **{f"place.{name}": axes.labels[name][language] for name in axes.provinces},
        f"place.{COUNTRY}": text(language, "place.country"),
        "place.names": joined,
        "app.question": text(language, "app.question", {"places": joined}),
        "power.flow": text(language, "power.flow", {**both, "unit": "{unit}"}),
    }
