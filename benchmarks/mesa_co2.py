"""What becomes of captured CO2 in the object model: products, stores through hubs or by truck, or the air.

All sources meet in one market, so the market itself is the array model's (`place_co2`, given their arrays). CO2 hubs
are objects in both models; their open seasons are the array model's too, given arrays gathered from the deciders.
"""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.co2.market import CO2Sources, Placement, place_co2
from tanlu.core.axes import P
from tanlu.core.outcomes import ProductionOutcome
from tanlu.industry.facilities import Industry
from tanlu.investment.valuation import storing_cost
from tanlu.kernels.industry.options import Measures, Recipes
from tanlu.power.plants import PowerPlants
from tanlu.power.state import PlantAccounts
from tanlu.region.co2 import Sites
from tanlu.region.industry import IndustryData
from tanlu.simulation.model import Inputs
from tanlu.simulation.steps.co2 import lines_in_operation

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel
    from benchmarks.mesa_plants import Books, YearPrices


class Site(NamedTuple):
    """Where a decider stands: its nearest hub and store."""

    hub: int
    hub_km: float
    store: int
    store_km: float


def plain_sites(sites: Sites) -> list[Site]:
    return [Site(*row) for row in zip(*(column.tolist() for column in sites), strict=True)]


class Fate(NamedTuple):
    """What became of a decider's captured CO2."""

    kept_tco2: float  # out of the air for good
    returned_tco2: float
    gain_cny: float  # what products paid, less what storing cost beside the posted tariff


NOTHING = Fate(0.0, 0.0, 0.0)


def place_captured(model: "ObjectModel", prices: "YearPrices") -> None:
    """Place what was captured; set each source's fate, the next tariff, and what others will sell to products."""
    deciders = [*model.units, *model.facilities]
    for decider in deciders:
        decider.fate = NOTHING
    found = [x for x in deciders if x.captured > 0.0]
    lines = lines_in_operation(model.hubs, model.year)
    sources = _sources(model, prices, found, [x.captured for x in found])
    placed, model.store_book = place_co2(model.region.co2, model.store_book, lines, sources)
    kept = (placed.stored_tco2 + placed.bound_tco2).tolist()
    returned = (placed.vented_tco2 + (placed.sold_tco2 - placed.bound_tco2)).tolist()
    gain = (placed.product_revenue_cny - placed.transport_storage_cost_cny).tolist()
    for i, x in enumerate(found):
        x.fate = Fate(kept[i], returned[i], gain[i] + prices.tariff[x.province] * x.captured)
    shipped = np.bincount(sources.hub, placed.stored_tco2 * sources.contracted, len(model.hubs))
    for hub, tonnes in zip(model.hubs, shipped.tolist(), strict=True):
        hub.settle(
            model.year, tonnes, float(model.paths.hub_guarantee_share[prices.signals.row, hub.province])
        )
    _set_tariff(model, [x.province for x in found], placed)
    model.competing_tco2 = float(placed.bought_tco2.sum()) + _under_way(model, prices, deciders, placed)


def _sources(model: "ObjectModel", prices: "YearPrices", deciders: list, captured: list[float]) -> CO2Sources:
    co2, tonnes, sites = model.region.co2, np.array(captured), gathered_sites(deciders)
    contracted = np.array([x.contract_tco2 > 0.0 for x in deciders], dtype=bool)
    storing = storing_cost(prices.signals, co2, sites, contracted, tonnes)
    return CO2Sources(
        captured_tco2=tonnes,
        credit_cny_per_tco2=np.array([_credit(prices, x.province, x.sector) for x in deciders]),
        tariff_cny_per_tco2=storing.tariff_cny_per_tco2,
        hub=sites.hub,
        contracted=contracted,
        trucks=storing.trucks,
        store=sites.store,
    )


def gathered_sites(deciders: list) -> Sites:
    """Return where deciders stand as arrays [n]."""
    integers, kilometres = np.int64, np.float64
    return Sites(
        np.array([x.site.hub for x in deciders], integers),
        np.array([x.site.hub_km for x in deciders], kilometres),
        np.array([x.site.store for x in deciders], integers),
        np.array([x.site.store_km for x in deciders], kilometres),
    )


def _credit(prices: "YearPrices", province: int, sector: int) -> float:
    return prices.carbon_cost[province][sector] + prices.support[province][sector]


def _set_tariff(model: "ObjectModel", province: list[int], placed: Placement) -> None:
    """Note what a stored tonne cost on average; what it last cost where nothing was stored."""
    where = np.array(province, dtype=np.int64)
    stored = np.bincount(where, placed.stored_tco2, P)
    spent = np.bincount(where, placed.transport_storage_cost_cny, P)
    model.co2_tariff = np.divide(spent, stored, out=model.co2_tariff.copy(), where=stored > 0.0)


def _under_way(model: "ObjectModel", prices: "YearPrices", deciders: list, placed: Placement) -> float:
    """Return t CO2 a year of capture under construction whose owners would rather sell than store."""
    coming = [(x, tonnes) for x in deciders if (tonnes := x.coming_tco2(prices.year)) != 0.0]
    if not coming:
        return 0.0
    sources = _sources(model, prices, [x for x, _ in coming], [tonnes for _, tonnes in coming])
    storing = sources.credit_cny_per_tco2 - sources.tariff_cny_per_tco2
    stores = sources.contracted | sources.trucks
    sells = ~stores | (storing < placed.product_price_cny_per_tco2.max())
    return float(sources.captured_tco2[sells].sum())


class Gathered:
    """The object model as the open season's functions see it: populations of arrays, gathered when asked for."""

    def __init__(self, model: "ObjectModel") -> None:
        self.model, self.inputs = model, Inputs(model.scenario_inputs, model.region)
        self.year, self.hubs, self.paths = model.year, model.hubs, model.paths
        self.regulators, self.store_book = model.regulators, model.store_book
        self.units, self.facilities = list(model.units), list(model.facilities)

    def sign(self) -> None:
        """Give the deciders the contracts that the populations hold."""
        for population, deciders in ((self.plants, self.units), (self.industry, self.facilities)):
            for x, tonnes in zip(deciders, population.contract_tco2.tolist(), strict=True):
                x.contract_tco2 = tonnes

    def made(self) -> ProductionOutcome:
        """Return the year's production as far as bids are made of it [N]."""
        output, captured, emitted = (
            np.array([getattr(x, name) for x in self.facilities])
            for name in ("output", "captured", "emitted")
        )
        none = np.zeros(0)
        return ProductionOutcome(output, none, none, emitted[:, None], captured, emitted + captured)

    def forward(self, books: list["Books"]) -> PlantAccounts:
        """Return the expected year's books as far as bids are made of them [N]."""
        zero = np.zeros(len(books))
        return PlantAccounts(*[zero] * len(PlantAccounts._fields))._replace(
            output_mwh=np.array([x.output_mwh for x in books]),
            captured_tco2=np.array([x.captured_tco2 for x in books]),
            revenue_cny=np.array([x.revenue_cny for x in books]),
            profit_cny=np.array([x.profit_cny for x in books]),
        )

    @cached_property
    def plants(self) -> PowerPlants:
        """Return what bids and contracts need of the units."""
        plants = PowerPlants.__new__(PowerPlants)
        plants.region, plants.ids = self.model.region, self.units
        for name in (
            "province",
            "fuel",
            "owner",
            "capacity_mw",
            "commissioned_year",
            "retired_year",
            "availability",
            "benchmark_class",
            "capture_rate",
            "capture_year",
            "cofiring_year",
            "own_premium",
            "contract_tco2",
        ):
            setattr(plants, name, np.array([getattr(x, name) for x in self.units]))
        plants.net_heat_rate_gj_per_mwh = np.array([x.base_heat_rate for x in self.units])
        plants.thermal = np.flatnonzero([x.thermal for x in self.units])
        plants.hub, plants.hub_km, plants.store, plants.store_km = gathered_sites(self.units)
        return plants

    @cached_property
    def industry(self) -> Industry:
        """Return what bids and contracts need of the facilities."""
        industry, data = Industry.__new__(Industry), self.model.region.industry
        industry.region, industry.data, industry.ids = self.model.region, data, self.facilities
        for name in (
            "is_block",
            "province",
            "sector",
            "product",
            "owner",
            "capacity",
            "start_year",
            "end_year",
            "last_reline_year",
            "reline_years",
            "energy_gj",
            "electricity_mwh",
            "process_tco2",
            "scrap_t",
            "other_cost_cny",
            "fixed_cost_cny",
            "capturable_share",
            "capture_rate",
            "capture_year",
            "capture_heat_gj",
            "capture_mwh",
            "capture_om_cny",
            "own_premium",
            "contract_tco2",
        ):
            setattr(industry, name, np.array([getattr(x, name) for x in self.facilities]))
        number = {name: i for i, name in enumerate(data.processes.names)}
        industry.process = np.array([number.get(x.process, -1) for x in self.facilities])
        industry.recipes = Recipes._make(np.array(getattr(data.processes, x)) for x in Recipes._fields)
        industry.measures = Measures._make(np.array(getattr(data.options, x)) for x in Measures._fields)
        industry.site = gathered_sites(self.facilities)
        industry.reference_tco2 = np.array([x.reference for x in self.facilities])
        industry.due = [(x.due[0], row, x.due[1]) for row, x in enumerate(self.facilities) if x.due]
        industry.taken, industry.applies = _options(self.facilities, data)
        return industry


def _options(facilities: list, data: IndustryData) -> tuple[np.ndarray, np.ndarray]:
    """Return which options each facility has taken and which are meant for it [N, O]."""
    taken = np.zeros((len(facilities), len(data.options.ids)), dtype=bool)
    applies = np.zeros_like(taken)
    for row, x in enumerate(facilities):
        taken[row, sorted(x.taken)] = True
        applies[row] = [x.process in o.from_process for o in x.model.options]
    return taken, applies
