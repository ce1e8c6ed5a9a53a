"""Read scenarios from files or data, their plants and hydrology years checked against the region pack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tanlu.core.words.said import said
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.scenario.forms import Adding, PolicyAsData, form_with
from tanlu.scenario.schema import Scenario, load_scenario, load_scenarios, plain_scenario, scenario_from_dict


def load(source: Scenario | str | Path | Mapping[str, object], extensions: Sequence[Adding] = ()) -> Scenario:
    """Return a scenario: from a file, of Tanlu by name (`tanlu:baseline`), from data, or as it is.

    Data have the keys of a file. Files and data may hold the kinds of policy of `extensions`.

    Raises:
        ScenarioError: with every fault found.
        ExtensionError: if a scenario needs an extension that is not given.

    """
    form = form_with(extensions)
    if isinstance(source, Scenario):
        return _with_extensions(source, form)
    if isinstance(source, Mapping):
        return scenario_from_dict(
            source, known_plants=plant_ids, known_hydrology_years=hydrology_years, form=form
        )
    return load_scenario(source, plant_ids, hydrology_years, form)


def _with_extensions(scenario: Scenario, form: type[Scenario]) -> Scenario:
    """Return a scenario whose policies can run; those that another process sent as data are made again."""
    given = form.extensions or ()
    missing = [name for name in scenario.needs if name not in given]
    if missing:
        raise ExtensionError(said("extension_needed", scenario=scenario.name, name=missing[0]))
    events = [policy for event in scenario.events.values() for policy in event.introduce.values()]
    if not any(isinstance(policy, PolicyAsData) for policy in (*scenario.policies.values(), *events)):
        return scenario
    checked = scenario_from_dict(plain_scenario(scenario), form=form)
    return checked.with_source(scenario.files, checked.tree)


def load_all(sources: Sequence[str | Path], extensions: Sequence[Adding] = ()) -> tuple[Scenario, ...]:
    """Read several scenarios, files or names such as `tanlu:baseline`, and report the faults of all at once.

    They may hold the kinds of policy of `extensions`.

    Raises:
        ScenarioError: with every fault found; two scenarios of one name are a fault.

    """
    return load_scenarios(sources, plant_ids, hydrology_years, form_with(extensions))


def with_settings(
    scenario: Scenario,
    seed: int | None = None,
    replications: int | None = None,
    years: tuple[int, int] | str | None = None,
    region: str | Path | None = None,
) -> Scenario:
    """Return a scenario with another seed, number of replications, span of years or region; None keeps what it has.

    The path of a region's folder is counted from the current one.

    Raises:
        ScenarioError: if a value is not allowed.

    """
    span = {"start": years[0], "end": years[1]} if isinstance(years, tuple) else years
    place = None if region is None else str(region)
    given = {"seed": seed, "replications": replications, "years": span, "region": place}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        return scenario
    checked = scenario_from_dict(plain_scenario(scenario) | changes, form=type(scenario))
    return scenario.model_copy(update={key: getattr(checked, key) for key in changes})
