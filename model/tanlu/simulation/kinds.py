"""The registry of kinds of agents: how each is made, and what of it enters the tables of a run."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.mesa_classes import Agent, Model
from tanlu.core.words.said import said
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender
from tanlu.industry.facilities import Industry
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.ledger.adoption_shares import AdoptionEntry, building_adoption, vehicle_adoption
from tanlu.ledger.columns import Part
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import Year
from tanlu.region.pack import Region
from tanlu.simulation.agent_tables import (
    industry_rows,
    industry_year,
    power_rows,
    power_year,
    state_of,
    state_rows,
)
from tanlu.state.course import check_added, check_columns
from tanlu.transport.vehicles import Vehicles


class Setting(NamedTuple):
    """What a kind of agents is made from."""

    model: Model  # that the agents register with
    region: Region
    seed: int
    replication: int
    made: Mapping[str, Any]  # the kinds before it, by name


class Rows(NamedTuple):
    """How a kind enters a table."""

    keep: Callable[[Any, Year], Any]  # the agents' state at the end of a year
    rows: Callable[[Any, Sequence[Any]], Mapping[str, Part]]  # the columns, from the states of all years


class Kind(NamedTuple):
    """One kind of agents."""

    name: str
    agent: type[Agent]
    create: Callable[[Any, Setting], Any]  # of the class, or of a subclass in its place
    plants: Rows | None = None  # of the table of plants
    own: Rows | None = None  # of a table of the kind's own, which has its name
    adoption: Callable[[Any, Year], AdoptionEntry] | None = (
        None  # how many buyers behind a row divided in a year
    )


def _bare(agent: Any, setting: Setting) -> Any:
    """Return an added agent, which starts from nothing of the region."""
    made = agent(setting.model)
    check_columns(made)
    return made


def _drawn(agent: Any, setting: Setting) -> Any:
    """Return a population whose start has draws in it."""
    return agent(setting.model, setting.region, seed=setting.seed, replication=setting.replication)


def _plain(agent: Any, setting: Setting) -> Any:
    return agent(setting.model, setting.region)


def _companies(agent: Any, setting: Setting) -> Any:
    assets = initial_assets(setting.region, setting.made["power_plants"], setting.made["industry"])
    return agent(setting.model, setting.region, assets)


def _lenders(agent: Any, setting: Setting) -> Any:
    return [
        agent(setting.model, setting.region, row) for row in range(len(setting.region.finance.lenders.ids))
    ]


def _regulators(agent: Any, setting: Setting) -> Any:
    names = ("national", *setting.region.axes.provinces)
    return {name: agent(setting.model, name) for name in names}


def _hubs(agent: Any, setting: Setting) -> Any:
    return [agent(setting.model, setting.region, row) for row in range(len(setting.region.co2.hubs.ids))]


# In the order in which they are made. The first are the fields of `Actors`, which the steps of a year name; kinds after
# them follow phases, as agents of extensions do.
KINDS: tuple[Kind, ...] = (
    Kind("power_plants", PowerPlants, _drawn, Rows(power_year, power_rows)),
    Kind("industry", Industry, _drawn, Rows(industry_year, industry_rows)),
    Kind("companies", Companies, _companies),
    Kind(
        "vehicles",
        Vehicles,
        _plain,
        adoption=lambda vehicles, year: vehicle_adoption(year.signals.year, vehicles, year.fleet),
    ),
    Kind(
        "builders",
        Builders,
        _plain,
        adoption=lambda builders, year: building_adoption(year.signals.year, builders, year.built),
    ),
    Kind("lenders", Lender, _lenders),
    Kind("regulators", Regulator, _regulators),
    Kind("hubs", CO2Hub, _hubs),
)


def kinds_of(populations: Mapping[str, type[Agent]], agents: Sequence[type[Agent]]) -> tuple[Kind, ...]:
    """Return the kinds of a run: the model's own, some with another class in their place, and added ones.

    Raises:
        ExtensionError: if there is no kind of a name, a class is no subclass of the model's own, or an added class is
            no agent that follows a phase.
    """
    kinds = [*_replaced(populations)]
    for agent in agents:
        if not (isinstance(agent, type) and issubclass(agent, Agent)):
            raise ExtensionError(said("not_an_agent", given=printable(repr(agent))))
        check_added(agent)
        name = _name(agent)
        if name in {kind.name for kind in kinds}:
            raise ExtensionError(said("agents_taken", name=name, agent=agent.__name__))
        columns = getattr(agent, "columns", ())
        kinds.append(Kind(name, agent, _bare, own=Rows(state_of, state_rows) if columns else None))
    return tuple(kinds)


def _name(agent: type) -> str:
    """Return the name of a kind of agents from its class: ClimateFund is `climate_fund`."""
    return re.sub(r"(?<!^)(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", "_", agent.__name__).lower()


def _replaced(populations: Mapping[str, type[Agent]]) -> list[Kind]:
    """Return the model's own kinds, some with another class."""
    own = {kind.name: kind.agent for kind in KINDS}
    for name, agent in populations.items():
        if name not in own:
            advice = suggest(nearest(name, own), said("there_are", names=list(own)))
            raise ExtensionError(said("no_population", name=printable(name), advice=advice))
        if not (isinstance(agent, type) and issubclass(agent, own[name])):
            given = printable(repr(agent))
            raise ExtensionError(said("not_a_population", name=name, owner=own[name].__name__, given=given))
    return [kind._replace(agent=populations.get(kind.name, kind.agent)) for kind in KINDS]


def create_agents(
    kinds: Sequence[Kind], model: Model, region: Region, *, seed: int, replication: int
) -> dict[str, Any]:
    """Return the agents by kind as they stand before the base year, registered with their Mesa model."""
    made: dict[str, Any] = {}
    for kind in kinds:
        made[kind.name] = kind.create(kind.agent, Setting(model, region, seed, replication, made))
    return made


def initial_assets(region: Region, plants: PowerPlants, industry: Industry) -> Floats:
    """Return what each company's assets in the region are worth at the start, CNY [W].

    Power units at book value, facilities at replacement cost less age. What starts from the base year on comes later,
    with its loans.
    """
    w, first = len(region.finance.owners.ids), region.base_year
    there = plants.commissioned_year < first, industry.start_year < first
    held = plants.holdings
    power = sum_by_group(held.owner, held.book_value_cny * there[0][held.row], w)
    goods = sum_by_group(industry.owner, industry.facility_value_cny * there[1], w)
    return power + goods + region.parameters["smallest_company_assets_cny"]
