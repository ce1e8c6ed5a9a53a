"""Vehicles: what is bought each year by province and segment, and what the fleet then drives on."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR, SEGMENTS, G, V
from tanlu.core.economics import use_at_cost, value_forgone_use
from tanlu.core.mesa_classes import Model
from tanlu.core.parties import HOUSEHOLDS, PARTY, SERVICES
from tanlu.core.schedules import FUEL_LICENCES, VEHICLE_SUBSIDY, Pieces
from tanlu.core.signals import Signals
from tanlu.core.words import LANGUAGES, text
from tanlu.investment.population import Population
from tanlu.kernels.choice import logit_shares
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.transport.choice import VehicleAppraisal, appraise_vehicles
from tanlu.transport.fleet import (
    FUEL,
    NEW,
    NEW_ENERGY,
    OIL,
    Driving,
    driving,
    fleet_at_end_of,
    survivors,
)
from tanlu.transport.rail import RailYear, ride

TRANSPORT = SECTOR["transport"]
CARS = [SEGMENTS.index(name) for name in ("car", "taxi")]  # taxis are cars too


class FleetYear(NamedTuple):
    """What vehicles are bought and how they are driven in a year; axes N province x segment, V technologies."""

    appraisal: VehicleAppraisal
    shares: Floats  # [N, V] of sales
    sales_vehicles: Floats  # [N, V]
    scrapped_vehicles: Floats  # [N]
    fleet_vehicles: Floats  # [N, V, AGES] at the end of the year
    use_factor: Floats  # [N, V] of the distance driven if CO2 cost nothing
    km: Floats  # [N]
    spared_km: Floats  # [N] not driven for it; below zero where CO2 makes driving cheaper
    forgone_use_cny: Floats  # [N] what they were worth to their drivers
    oil_gj: Floats  # [N]
    electricity_mwh: Floats  # [N]
    emitted_tco2: Floats  # [N]
    cost_cny: Floats  # [N] vehicles before tax and subsidy, maintenance and oil; electricity is elsewhere
    aluminium_t: Floats  # [P] in new cars
    chargers: Floats  # [P] public ones that policy has paid for
    rail: RailYear  # what urban rail carries instead


class Vehicles(Population):
    """Road vehicles of the region: one row per province and segment, each standing for many buyers."""

    kind = "Vehicles"
    columns = ("province", "segment", "stock_vehicles", "new_energy_vehicles", "peer_share")

    def __init__(self, model: Model, region: Region) -> None:
        provinces, labels = region.axes.provinces, region.axes.labels
        rows = [(p, g) for p in range(len(provinces)) for g in range(G)]
        super().__init__(
            model,
            [f"{SEGMENTS[g]}_{provinces[p].lower()}" for p, g in rows],
            *(
                [_name(labels[provinces[p]][language], SEGMENTS[g], language) for p, g in rows]
                for language in LANGUAGES
            ),
        )
        self.region, self.data = region, region.vehicles
        self.province, self.segment = np.array(rows).T
        self.buyer = np.array([PARTY[HOUSEHOLDS if SEGMENTS[g] == "car" else SERVICES] for _, g in rows])
        self.fleet_vehicles = fleet_at_end_of(self.data, region.base_year - 1)
        last = self.fleet_vehicles[..., NEW]
        new_energy, sales = last[:, NEW_ENERGY].sum(axis=1), last.sum(axis=1)
        self.peer_share = np.divide(new_energy, sales, out=np.zeros_like(sales), where=sales > 0.0)
        self.policy_chargers = np.zeros(len(provinces))
        self._has_vehicles = bool(self.fleet_vehicles.any())
        self.use_factor = np.ones((len(rows), V))

    @property
    def stock_vehicles(self) -> Floats:
        """Vehicles in use at the end of the last year [N]."""
        return np.asarray(self.fleet_vehicles.sum(axis=(1, 2)))

    @property
    def new_energy_vehicles(self) -> Floats:
        """Battery vehicles and plug-in hybrids among them [N]."""
        return np.asarray(self.fleet_vehicles[:, NEW_ENERGY].sum(axis=(1, 2)))

    def offer(self, signals: Signals, demand_factor: float) -> FleetYear:
        """Plan the year's purchases and driving; changes nothing.

        Sales make up for what is scrapped and for the growth of the stock.

        Args:
            signals: the year's signals.
            demand_factor: on the distance every vehicle drives.
        """
        data, year = self.data, signals.year
        appraisal = self.appraise(signals)
        shares = self.divide(appraisal)
        surviving_vehicles = survivors(data, self.fleet_vehicles)
        remaining = surviving_vehicles.sum(axis=(1, 2))
        sales = np.maximum(data.stock(year).reshape(-1) - remaining, 0.0)[:, None] * shares
        usual = driving(data, surviving_vehicles, sales, year, demand_factor)
        costs_cny = self._driving_costs(signals, usual)
        use_factor = self._adapt_use(signals, *costs_cny)
        need = usual.scale(use_factor)
        rail = ride(data.rail, signals.rail_line_km, need, demand_factor)
        need = need.scale(1.0 - rail.moved_share[:, None])
        oil_gj = need.oil_gj.sum(axis=1)
        fleet = surviving_vehicles.copy()
        fleet[..., NEW] = sales
        sales_by_segment, in_use = sales.reshape(-1, G, V), need.in_use_vehicles.reshape(-1, G, V)
        purchases_cny = (sales_by_segment * data.price_cny_per_vehicle[signals.data_row]).sum(axis=2)
        maintenance_cny = (in_use * data.maintenance_cny_per_year).sum(axis=2)
        oil_cny = oil_gj * signals.prices.energy_price_cny_per_gj[self.province, OIL]
        cars = sales_by_segment[:, CARS].sum(axis=1)
        return FleetYear(
            appraisal=appraisal,
            shares=shares,
            sales_vehicles=sales,
            scrapped_vehicles=self.stock_vehicles - remaining,
            fleet_vehicles=fleet,
            use_factor=use_factor,
            km=need.km.sum(axis=1),
            spared_km=(usual.km * (1.0 - use_factor)).sum(axis=1),
            forgone_use_cny=value_forgone_use(1.0 - use_factor, *costs_cny).sum(axis=1),
            oil_gj=oil_gj,
            electricity_mwh=need.electricity_mwh.sum(axis=1),
            emitted_tco2=oil_gj * self._oil_co2_t_per_gj,
            cost_cny=(purchases_cny + maintenance_cny).reshape(-1) + oil_cny,
            aluminium_t=(cars * data.aluminium_t_per_vehicle[signals.data_row]).sum(axis=1),
            chargers=self._chargers(signals),
            rail=rail,
        )

    def project_electricity(self, year: FleetYear, first: int, years: int, demand_factor: float) -> Floats:
        """Project what charging takes while buyers choose as this year, MWh [years, P].

        The fleet turns over; stock is the pack's, and so are distances but for the answer to this year's costs. Rail
        keeps its part.

        Args:
            year: this year.
            first: year that comes next.
            years: how many.
            demand_factor: on the distance every vehicle drives.
        """
        data, fleet = self.data, year.fleet_vehicles
        charged_mwh = np.empty((years, year.rail.electricity_mwh.size))
        for k in range(years):
            surviving_vehicles = survivors(data, fleet)
            missing = data.stock(first + k).reshape(-1) - surviving_vehicles.sum(axis=(1, 2))
            sales = np.maximum(missing, 0.0)[:, None] * year.shares
            need = driving(data, surviving_vehicles, sales, first + k, demand_factor).scale(year.use_factor)
            taken_mwh = need.electricity_mwh.sum(axis=1) * (1.0 - year.rail.moved_share)
            charged_mwh[k] = sum_by_group(self.province, taken_mwh, charged_mwh.shape[1])
            fleet = surviving_vehicles
            fleet[..., NEW] = sales
        return charged_mwh + year.rail.electricity_mwh

    def appraise(self, signals: Signals) -> VehicleAppraisal:
        """Appraise each technology for this year's buyers."""
        stock = self.stock_vehicles.reshape(-1, G).sum(axis=1)
        electric = self.new_energy_vehicles.reshape(-1, G).sum(axis=1)
        usual = self.data.chargers.per_new_energy_vehicle[signals.data_row] * electric
        density = (usual + self.policy_chargers) / stock if self._has_vehicles else usual
        return appraise_vehicles(self.data, signals, self._oil_co2_t_per_gj, density, self.peer_share)

    def divide(self, appraisal: VehicleAppraisal) -> Floats:
        """Divide sales among technologies by worth and mandate [N, V].

        Where a mandate asks for more new-energy vehicles than buyers want, makers sell that share and no more, in
        the proportions buyers prefer. Source: McFadden 1974, conditional logit.
        """
        score = appraisal.worth_cny_per_year / appraisal.scale_cny_per_year[:, None]
        shares = logit_shares(score=score, feasible=appraisal.feasible, scale=1.0)
        preferred_share = shares[:, NEW_ENERGY].sum(axis=1)
        sales_share = np.maximum(preferred_share, appraisal.new_energy_sales_share)
        new_energy_factor, fuel_factor = (
            sales_share / np.maximum(preferred_share, 1e-300),
            (1.0 - sales_share) / np.maximum(1.0 - preferred_share, 1e-300),
        )
        factor = np.where(NEW_ENERGY, new_energy_factor[:, None], fuel_factor[:, None])
        return np.where((sales_share > preferred_share)[:, None], shares * factor, shares)

    def subsidised(self, year: FleetYear) -> tuple[Pieces, ...]:
        """List the sold vehicles that subsidies are paid for."""
        return (Pieces(VEHICLE_SUBSIDY, (self.province, self.segment), year.sales_vehicles, self.buyer),)

    def charged(self, year: FleetYear) -> tuple[Pieces, ...]:
        """List the quantities that levies are charged on: sold fuel vehicles."""
        return (
            Pieces(FUEL_LICENCES, (self.province, self.segment), year.sales_vehicles[:, FUEL], self.buyer),
        )

    def settle(self, year: FleetYear) -> None:
        """Keep the year's fleet and sales for next year's buyers."""
        self.fleet_vehicles, self.policy_chargers = year.fleet_vehicles, year.chargers
        self.use_factor = year.use_factor
        sales = year.sales_vehicles.sum(axis=1)
        share = year.sales_vehicles[:, NEW_ENERGY].sum(axis=1) / np.maximum(sales, 1e-9)
        self.peer_share = np.where(sales > 0.0, share, self.peer_share)

    def _adapt_use(self, signals: Signals, cost_cny: Floats, usual_cost_cny: Floats) -> Floats:
        """Compute distance over that if CO2 cost nothing [N, V] (docs/model/transport.md).

        Drivers of each technology close a part of the gap to what their cost of a kilometre leads to each year. A
        fleet that changes moves nobody.
        """
        if signals.year <= self.region.last_observed_year:
            return self.use_factor
        goal = use_at_cost(cost_cny, usual_cost_cny, self.data.distance_elasticity[self.segment][:, None])
        pace = self.region.parameters["use_adaptation_share_per_year"]
        return np.asarray(self.use_factor + pace * (goal - self.use_factor))

    def _driving_costs(self, signals: Signals, usual: Driving) -> tuple[Floats, Floats]:
        """Compute what the usual distance costs, and would if CO2 cost nothing, CNY [N, V] each.

        Oil has its CO2 at the pump, charging last year's price.
        """
        prices, margin = signals.prices, self.data.charging_margin_cny_per_mwh[self.segment]
        oil = prices.energy_price_cny_per_gj[self.province, OIL]
        tax = signals.policy.carbon.price_cny_per_tco2[self.province, TRANSPORT] * self._oil_co2_t_per_gj
        cost, usual_cost = (
            usual.oil_gj * oil_cny[:, None]
            + usual.electricity_mwh * (power_cny[self.province] + margin)[:, None]
            for oil_cny, power_cny in (
                (oil + tax, prices.charging_price_cny_per_mwh),
                (oil, prices.charging_price_without_co2_cny_per_mwh),
            )
        )
        return cost, usual_cost

    @property
    def _oil_co2_t_per_gj(self) -> float:
        return float(self.region.power.carrier_co2_t_per_gj[ENERGY.index("oil")])

    def _chargers(self, signals: Signals) -> Floats:
        """Compute public chargers paid for by policy at year's end [P].

        Old ones are given up.
        """
        new_chargers = signals.policy.vehicles.charger_investment_cny / self.data.chargers.cost_cny
        return np.asarray(self.policy_chargers * (1.0 - 1.0 / self.data.chargers.life_years) + new_chargers)


def _name(province: str, segment: str, language: str) -> str:
    """Build the name of a province's vehicles of a segment."""
    segment_name = text(language, f"segment.{segment}")
    return text(language, "row.vehicles", {"province": province, "segment": segment_name})
