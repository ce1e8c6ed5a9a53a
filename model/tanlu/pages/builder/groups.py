"""The shipped scenarios as lists to choose from."""

from typing import Any

from tanlu.core.words import group
from tanlu.pages.service import Service


def scenario_groups(service: Service, language: str) -> list[dict[str, Any]]:
    """Return the scenarios to start from, those that stand alone first and then each family under its name."""
    groups: dict[str, list[dict[str, str]]] = {}
    for preset in service.presets.values():
        groups.setdefault(preset.family, []).append({"name": preset.name, "label": preset.label[language]})
    names = group(language, "builder.family")
    return [{"label": names.get(family, family), "scenarios": own} for family, own in groups.items()]
