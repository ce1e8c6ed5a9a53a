"""Make the agents of the object model from a region pack."""

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.mesa_co2 import plain_sites
from benchmarks.mesa_companies import Company
from benchmarks.mesa_industry import Facility
from benchmarks.mesa_plants import PowerUnit
from tanlu.core.axes import P
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.industry.state import facility_sites, initial_state
from tanlu.power.plants import IS_THERMAL
from tanlu.power.state import benchmark_class, initial_book_value
from tanlu.region.co2 import find_sites
from tanlu.region.power import OPEN_END_YEAR

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel


def draw(model: "ObjectModel", number: np.ndarray, purpose: Purpose) -> np.ndarray:
    return uniform(
        seed=model.scenario_inputs.seed, replication=0, decider_ids=number, year=0, purpose=purpose
    )


def premiums(model: "ObjectModel", number: np.ndarray, purpose: Purpose) -> list[float]:
    """Return how far each decider's hurdle rate differs from its owner's."""
    return ((2.0 * draw(model, number, purpose) - 1.0) * model.parameters["hurdle_half_width"]).tolist()


def make_units(model: "ObjectModel") -> None:
    region, closes = model.region, model.scenario_inputs.world.plant_retirement
    units, tech = region.power.units, region.power.technologies
    life = tech.fuel_lifetime_years[units.fuel]
    extended = np.maximum(units.commissioned_year + life, region.base_year + life // 2)
    retired = np.where(units.retired_year < OPEN_END_YEAR, units.retired_year, extended)
    book = initial_book_value(region, units.fuel, units.capacity_mw, units.commissioned_year, retired)
    classes = benchmark_class(units.fuel, units.capacity_mw, units.circulating)
    number = np.array([decider_id(name) for name in units.ids], dtype=np.int64)
    premium = premiums(model, number, Purpose.HURDLE_RATE)
    sites = plain_sites(find_sites(region.co2, units.latitude_deg, units.longitude_deg))
    size = np.where(IS_THERMAL[units.fuel], units.capacity_mw, 0.0)
    model.new_sites = [sites[int(np.argmax(size * (units.province == p)))] for p in range(P)]
    for i in range(number.size):
        PowerUnit(
            model,
            province=int(units.province[i]),
            fuel=int(units.fuel[i]),
            owner=int(units.owner[i]),
            capacity_mw=float(units.capacity_mw[i]),
            commissioned_year=int(units.commissioned_year[i]),
            retired_year=int(closes.get(units.ids[i], retired[i])),
            heat_rate=float(units.net_heat_rate_gj_per_mwh[i]),
            must_run_share=float(units.must_run_share[i]),
            minimum_load_share=float(tech.minimum_load_share[units.fuel[i]])
            * (units.must_run_share[i] == 0.0),
            availability=float(units.availability[i]),
            book_value_cny=float(book[i]),
            number=int(number[i]),
            own_premium=premium[i],
            benchmark_class=int(classes[i]),
            site=sites[i],
        )


def make_facilities(model: "ObjectModel") -> None:
    s, closes = initial_state(model.region), model.scenario_inputs.world.plant_retirement
    number = np.array([decider_id(name) for name in s.ids], dtype=np.int64)
    premium = premiums(model, number, Purpose.FACILITY_HURDLE_RATE)
    sites = plain_sites(facility_sites(model.region, number.size))
    interval = model.parameters["reline_interval_years"]
    reline = interval + np.round(6.0 * draw(model, number, Purpose.RELINE) - 3.0)
    for i in range(number.size):
        Facility(
            model,
            is_block=bool(s.is_block[i]),
            province=int(s.province[i]),
            sector=int(s.sector[i]),
            process=int(s.process[i]),
            product=int(s.product[i]),
            owner=int(s.owner[i]),
            capacity=float(s.capacity[i]),
            base_output=float(s.base_output[i]),
            start_year=int(s.start_year[i]),
            end_year=int(closes.get(s.ids[i], s.end_year[i])),
            last_reline_year=int(s.last_reline_year[i]),
            energy_gj=s.energy_gj[i].tolist(),
            electricity_mwh=float(s.electricity_mwh[i]),
            process_tco2=float(s.process_tco2[i]),
            scrap_t=float(s.scrap_t[i]),
            other_cost_cny=float(s.other_cost_cny[i]),
            fixed_cost_cny=float(s.fixed_cost_cny[i]),
            capturable_share=float(s.capturable_share[i]),
            number=int(number[i]),
            own_premium=premium[i],
            works_value_cny=float(s.works_value_cny[i]),
            reline_years=int(reline[i]),
            site=sites[i],
        )


def make_companies(model: "ObjectModel") -> list[Company]:
    owners = model.region.finance.owners
    assets = [model.parameters["smallest_company_assets_cny"]] * len(owners.ids)
    for unit in model.units:
        assets[unit.owner] += unit.book_value_cny
    for facility in model.facilities:
        assets[facility.owner] += facility.works_value_cny
    weight = owners.active_in * np.maximum(assets, max(assets) * 0.01)[:, None]
    share = (weight / weight.sum(axis=0)).tolist()
    return [Company(model, row, assets[row], share[row]) for row in range(len(assets))]
