"""The registry of kinds of agents: how each is made, and what of it enters the tables of a run."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tanlu.adopters.cohorts import Adopters
from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.mesa_classes import Agent, Model
from tanlu.core.words.messages import build_message
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender
from tanlu.industry.facilities import Industry
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.ledger.adoption_shares import AdoptionEntry, building_adoption, cohort_adoption, vehicle_adoption
from tanlu.ledger.columns import Part
from tanlu.markets.demand import first_parts
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.simulation.agent_tables import (
    industry_rows,
    industry_year,
    power_rows,
    power_year,
    read_state,
    state_rows,
)
from tanlu.simulation.course import check_added_agent, check_columns
from tanlu.transport.vehicles import Vehicles


class Setting(NamedTuple):
    """What a kind of agents is made from."""

    model: Model  # that the agents register with
    region: Region
    seed: int
    replication: int
    agents: Mapping[str, Any]  # the kinds before it, by name


class Rows(NamedTuple):
    """How a kind enters a table."""

    keep: Callable[[Any, YearOutcome], Any]  # the agents' state at the end of a year
    rows: Callable[[Any, Sequence[Any]], Mapping[str, Part]]  # the columns, from the states of all years


class Kind(NamedTuple):
    """One kind of agents."""

    name: str
    agent: type[Agent]
    create: Callable[[Any, Setting], Any]  # of the class, or of a subclass in its place
    plants: Rows | None = None  # of the table of plants
    own_table: Rows | None = None  # of a table of the kind's own, which has its name
    adoption: Callable[[Any, YearOutcome], AdoptionEntry] | None = (
        None  # how many buyers behind a row divided in a year
    )


def _create_added(agent: Any, setting: Setting) -> Any:
    """Create an agent that starts from nothing of the region."""
    added_agent = agent(setting.model)
    check_columns(added_agent)
    return added_agent


def _create_drawn(agent: Any, setting: Setting) -> Any:
    """Create a population whose start has draws in it."""
    return agent(setting.model, setting.region, seed=setting.seed, replication=setting.replication)


def _create_population(agent: Any, setting: Setting) -> Any:
    return agent(setting.model, setting.region)


def _create_companies(agent: Any, setting: Setting) -> Any:
    assets = initial_assets(setting.region, setting.agents["power_plants"], setting.agents["industry"])
    return agent(setting.model, setting.region, assets)


def _create_adopters(agent: Any, setting: Setting) -> Any:
    region, industry = setting.region, setting.agents["industry"]
    fuel_gj = np.zeros((*region.axes.shape("province", "sector"), len(ENERGY)))
    burnt_gj = industry.energy_gj * industry.base_output[:, None]
    np.add.at(fuel_gj, (industry.province, industry.sector), burnt_gj * industry.is_block[:, None])
    return agent(setting.model, region, fuel_gj, first_parts(region))


def _create_lenders(agent: Any, setting: Setting) -> Any:
    return [
        agent(setting.model, setting.region, row) for row in range(len(setting.region.finance.lenders.ids))
    ]


def _create_regulators(agent: Any, setting: Setting) -> Any:
    names = ("national", *setting.region.axes.provinces)
    return {name: agent(setting.model, name) for name in names}


def _create_hubs(agent: Any, setting: Setting) -> Any:
    return [agent(setting.model, setting.region, row) for row in range(len(setting.region.co2.hubs.ids))]


def _divide_vehicles(vehicles: Vehicles, year: YearOutcome) -> AdoptionEntry:
    return vehicle_adoption(year.signals.year, vehicles, year.fleet)


def _divide_builders(builders: Builders, year: YearOutcome) -> AdoptionEntry:
    return building_adoption(year.signals.year, builders, year.new_buildings)


def _divide_adopters(adopters: Adopters, year: YearOutcome) -> AdoptionEntry:
    return cohort_adoption(year.signals.year, adopters, year.end_use)


# In the order in which they are made. The first are the fields of `Actors`, which the steps of a year name; kinds after
# them follow phases, as agents of extensions do.
KINDS: tuple[Kind, ...] = (
    Kind("power_plants", PowerPlants, _create_drawn, Rows(power_year, power_rows)),
    Kind("industry", Industry, _create_drawn, Rows(industry_year, industry_rows)),
    Kind("companies", Companies, _create_companies),
    Kind("vehicles", Vehicles, _create_population, adoption=_divide_vehicles),
    Kind("builders", Builders, _create_population, adoption=_divide_builders),
    Kind("adopters", Adopters, _create_adopters, adoption=_divide_adopters),
    Kind("lenders", Lender, _create_lenders),
    Kind("regulators", Regulator, _create_regulators),
    Kind("hubs", CO2Hub, _create_hubs),
)


def list_kinds(populations: Mapping[str, type[Agent]], agents: Sequence[type[Agent]]) -> tuple[Kind, ...]:
    """List the kinds of a run.

    They are the model's own, some with another class in their place, and added ones.

    Raises:
        ExtensionError: if there is no kind of a name, a class is no subclass of the model's own, or an added class is
            no agent that follows a phase.
    """
    kinds = [*_replace_agents(populations)]
    for agent in agents:
        if not (isinstance(agent, type) and issubclass(agent, Agent)):
            raise ExtensionError(build_message("not_an_agent", given=printable(repr(agent))))
        check_added_agent(agent)
        name = _name(agent)
        if name in {kind.name for kind in kinds}:
            raise ExtensionError(build_message("agents_taken", name=name, agent=agent.__name__))
        columns = getattr(agent, "columns", ())
        kinds.append(
            Kind(name, agent, _create_added, own_table=Rows(read_state, state_rows) if columns else None)
        )
    return tuple(kinds)


def _name(agent: type) -> str:
    """Name a kind of agents after its class: ClimateFund is `climate_fund`."""
    return re.sub(r"(?<!^)(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", "_", agent.__name__).lower()


def _replace_agents(populations: Mapping[str, type[Agent]]) -> list[Kind]:
    """Replace the classes of some of the model's own kinds."""
    model_agents = {kind.name: kind.agent for kind in KINDS}
    for name, agent in populations.items():
        if name not in model_agents:
            advice = suggest(
                nearest(name, model_agents), build_message("there_are", names=list(model_agents))
            )
            raise ExtensionError(build_message("no_population", name=printable(name), advice=advice))
        if not (isinstance(agent, type) and issubclass(agent, model_agents[name])):
            class_name = printable(repr(agent))
            raise ExtensionError(
                build_message(
                    "not_a_population", name=name, owner=model_agents[name].__name__, given=class_name
                )
            )
    return [kind._replace(agent=populations.get(kind.name, kind.agent)) for kind in KINDS]


def create_agents(
    kinds: Sequence[Kind], model: Model, region: Region, *, seed: int, replication: int
) -> dict[str, Any]:
    """Create the agents by kind, registered with their Mesa model.

    They are as they stand before the base year.
    """
    agents: dict[str, Any] = {}
    for kind in kinds:
        agents[kind.name] = kind.create(kind.agent, Setting(model, region, seed, replication, agents))
    return agents


def initial_assets(region: Region, plants: PowerPlants, industry: Industry) -> Floats:
    """Compute each company's initial assets in the region, CNY [W].

    Power units at book value, facilities at replacement cost less age. What starts from the base year on comes later,
    with its loans.
    """
    w, first = len(region.finance.owners.ids), region.base_year
    is_running = plants.commissioned_year < first, industry.start_year < first
    holdings = plants.holdings
    power = sum_by_group(holdings.owner, holdings.book_value_cny * is_running[0][holdings.row], w)
    goods = sum_by_group(industry.owner, industry.facility_value_cny * is_running[1], w)
    return power + goods + region.parameters["smallest_company_assets_cny"]
