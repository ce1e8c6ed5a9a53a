"""Read scenarios from files or data, their plants and hydrology years checked against the region pack."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tanlu.core.words.messages import build_message
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.scenario.forms import PolicyAsData, ScenarioExtension, build_form
from tanlu.scenario.schema import Scenario, load_scenario, load_scenarios, plain_scenario, scenario_from_dict


def load(
    source: Scenario | str | Path | Mapping[str, object], extensions: Sequence[ScenarioExtension] = ()
) -> Scenario:
    """Load a scenario from a file, Tanlu (`tanlu:baseline`) or data.

    A scenario is taken as it is.
    Data have the keys of a file. Files and data may hold the kinds of policy of `extensions`.

    Raises:
        ScenarioError: with every fault found.
        ExtensionError: if a scenario needs an extension that is not given.

    """
    form = build_form(extensions)
    if isinstance(source, Scenario):
        return _restore_policies(source, form)
    if isinstance(source, Mapping):
        return scenario_from_dict(
            source, known_plants=plant_ids, known_hydrology_years=hydrology_years, form=form
        )
    return load_scenario(source, plant_ids, hydrology_years, form)


def _restore_policies(scenario: Scenario, form: type[Scenario]) -> Scenario:
    """Restore policies that another process sent as data."""
    extension_names = form.extensions or ()
    missing = [name for name in scenario.needs if name not in extension_names]
    if missing:
        raise ExtensionError(build_message("extension_needed", scenario=scenario.name, name=missing[0]))
    events = [policy for event in scenario.events.values() for policy in event.introduce.values()]
    if not any(isinstance(policy, PolicyAsData) for policy in (*scenario.policies.values(), *events)):
        return scenario
    checked = scenario_from_dict(plain_scenario(scenario), form=form)
    return checked.with_source(scenario.files, checked.tree)


def load_all(
    sources: Sequence[str | Path], extensions: Sequence[ScenarioExtension] = ()
) -> tuple[Scenario, ...]:
    """Read several scenarios and report the faults of all at once.

    They are files or names such as `tanlu:baseline`.
    They may hold the kinds of policy of `extensions`.

    Raises:
        ScenarioError: with every fault found; two scenarios of one name are a fault.

    """
    return load_scenarios(sources, plant_ids, hydrology_years, build_form(extensions))


def with_settings(
    scenario: Scenario,
    seed: int | None = None,
    replications: int | None = None,
    years: tuple[int, int] | str | None = None,
    region: str | Path | None = None,
) -> Scenario:
    """Change seed, replications, years or region of a scenario.

    None keeps the setting of the scenario.
    The path of a region's folder is counted from the current one.

    Raises:
        ScenarioError: if a value is not allowed.

    """
    span = {"start": years[0], "end": years[1]} if isinstance(years, tuple) else years
    place = None if region is None else str(region)
    settings = {"seed": seed, "replications": replications, "years": span, "region": place}
    changes = {key: value for key, value in settings.items() if value is not None}
    if not changes:
        return scenario
    checked = scenario_from_dict(plain_scenario(scenario) | changes, form=type(scenario))
    return scenario.model_copy(update={key: getattr(checked, key) for key in changes})
