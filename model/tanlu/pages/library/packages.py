"""What each shipped package changes against the baseline, in words."""

from collections.abc import Mapping
from typing import Any

from tanlu.core.words import group
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.service import Preset
from tanlu.scenario.change_words import changes_in_words


def package_groups(
    presets: Mapping[str, Preset], scenarios: Scenarios, language: str
) -> list[dict[str, Any]]:
    """Return the packages, those that stand alone first and then each family under its name."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for preset in presets.values():
        row = {
            "name": preset.name,
            "label": preset.label[language],
            "changes": [
                one._asdict()
                for one in changes_in_words(
                    scenarios.baseline, scenarios.scenario(Levers(preset.name)), language
                )
            ],
        }
        groups.setdefault(preset.family, []).append(row)
    names = group(language, "builder.family")
    return [{"family": names.get(family, family), "packages": rows} for family, rows in groups.items()]
