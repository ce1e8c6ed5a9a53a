"""Read scenarios from files or data, their plants and hydrology years checked against the region pack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.scenario.schema import Scenario, load_scenario, load_scenarios, plain_scenario, scenario_from_dict


def load(source: Scenario | str | Path | Mapping[str, object]) -> Scenario:
    """Return a scenario: from a file, of Tanlu by name (`tanlu:baseline`), from data, or as it is.

    Data have the keys of a file.

    Raises:
        ScenarioError: with every fault found.

    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return scenario_from_dict(source, known_plants=plant_ids, known_hydrology_years=hydrology_years)
    return load_scenario(source, plant_ids, hydrology_years)


def load_all(sources: Sequence[str | Path]) -> tuple[Scenario, ...]:
    """Read several scenarios, files or names such as `tanlu:baseline`, and report the faults of all at once.

    Raises:
        ScenarioError: with every fault found; two scenarios of one name are a fault.

    """
    return load_scenarios(sources, plant_ids, hydrology_years)


def with_settings(
    scenario: Scenario,
    seed: int | None = None,
    replications: int | None = None,
    years: tuple[int, int] | str | None = None,
) -> Scenario:
    """Return a scenario with another seed, number of replications or span of years; None keeps what it has.

    Raises:
        ScenarioError: if a value is not allowed.

    """
    span = {"start": years[0], "end": years[1]} if isinstance(years, tuple) else years
    given = {"seed": seed, "replications": replications, "years": span}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        return scenario
    checked = scenario_from_dict(plain_scenario(scenario) | changes)
    return scenario.model_copy(update={key: getattr(checked, key) for key in changes})
