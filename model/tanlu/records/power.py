"""The record of electricity: what is generated, traded and paid for, and what customers use and pay."""

from collections.abc import Sequence
from typing import NamedTuple

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.economics import value_forgone_use
from tanlu.core.outcomes import PowerOutcome
from tanlu.industry.facilities import Industry
from tanlu.markets.demand import ANSWERING
from tanlu.markets.load_outlook import CHECKED_YEARS
from tanlu.markets.production import rationing, tier_load_mwh_per_day
from tanlu.power.grid_factor import generation_mwh
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.records.sums import by_fuel


class PowerRecord(NamedTuple):
    """Power plants, the lines between regions and the market."""

    output_mwh: Floats  # [P, F]
    curtailed_mwh: Floats  # [P, F]
    capacity_mw: Floats  # [P, F] at the end of the year
    nameplate_margin: Floats  # [P] share of peak load
    export_mwh: Floats  # [P] out of the region, net
    export_by_line_mwh: Floats  # [L] by contract, at the province's border
    flow_mwh: Floats  # [P] to other provinces, as sent; negative: from them
    line_loss_mwh: Floats  # [P] of it, where it arrives
    price_cny_per_mwh: Floats  # [P] wholesale
    capacity_payment_cny: Floats  # [P]
    renewable_premium_cny: Floats  # [P]
    feed_in_cny: Floats  # [P] paid to plants out of the renewable surcharge
    difference_cny: Floats  # [P] that contracts for difference pay, below zero where plants pay back
    contracted_mwh: Floats  # [P, F] fed in under such contracts
    reserve_cny: Floats  # [P] paid to units that may not close
    waste_fee_cny: Floats  # [P] that cities pay waste plants
    own_use_cny: Floats  # [P] grid charge and losses that works with units of their own do not pay
    system_cost_cny: Floats  # [P] fuel, operation, imports less sales by price, and capture


class SecurityRecord(NamedTuple):
    """How surely load is served: shortage to be expected, and water in store."""

    expected_shortage_hours: Floats  # [P]
    expected_shortage_mwh: Floats  # [P]
    missing_mw: Floats  # [P] negative: what could leave
    capacity_credit: Floats  # [P, `CREDITED`] of a MW more
    stored_water_mwh: Floats  # [P] mean of the months' ends; 0 in an observed year
    water_value_cny_per_mwh: Floats  # [P] of a MWh kept, the mean of the months' ends; 0 in an observed year


class DemandRecord(NamedTuple):
    """Customers of electricity."""

    load_mwh: Floats  # [P]
    expected_load_mwh: Floats  # [P] that was expected of this year `CHECKED_YEARS` before
    peak_load_mw: Floats  # [P] highest hour, served or not
    by_use_mwh: Floats  # [P, Q] by PARTS
    spared_by_use_mwh: (
        Floats  # [P] that homes and services leave for what CO2 adds; below zero where it is cheaper
    )
    forgone_use_cny: Floats  # [P] what that was worth to them
    unserved_mwh: Floats  # [P]
    shed_mwh: Floats  # [P] of industry
    shed_by_tier_mwh: Floats  # [P, RATIONING_TIERS]
    days_with_cuts: Floats  # [P]
    worst_day_mwh: Floats  # [P] of industry, not served
    tariff_cny_per_mwh: Floats  # [P, K, COMPONENTS] by class of customers
    sold_mwh: Floats  # [P, K]
    household_bill_cny: Floats  # [] for electricity, all provinces


def measure_power(year: YearOutcome, plants: PowerPlants, export_by_line_mwh: Floats) -> PowerRecord:
    """Measure power plants, lines and the market.

    Units decided this year come later.
    """
    power, accounts, n = year.power, year.plants, year.plants.output_mwh.size
    province, fuel = plants.province[:n], plants.fuel[:n]
    active = plants.active(year.signals.year)[:n]
    cost = accounts.fuel_cost_cny + accounts.operation_cost_cny + accounts.capture_cost_cny
    provinces = power.load_mwh.size
    under_contract = (plants.contracted_share * (year.signals.year < plants.contract_end_year))[:n]
    return PowerRecord(
        output_mwh=generation_mwh(plants, power, accounts),
        curtailed_mwh=power.curtailed_mwh,
        capacity_mw=by_fuel(province, fuel, plants.capacity_mw[:n] * active, provinces),
        nameplate_margin=power.nameplate_margin,
        export_mwh=power.export_mwh,
        export_by_line_mwh=export_by_line_mwh,
        flow_mwh=power.flow_mwh,
        line_loss_mwh=power.line_loss_mwh,
        price_cny_per_mwh=power.prices.mean_price_cny_per_mwh,
        capacity_payment_cny=sum_by_group(province, accounts.capacity_payment_cny, provinces),
        renewable_premium_cny=sum_by_group(province, accounts.premium_cny, provinces),
        feed_in_cny=sum_by_group(province, accounts.feed_in_cny, provinces),
        difference_cny=sum_by_group(province, accounts.difference_cny, provinces),
        contracted_mwh=by_fuel(province, fuel, accounts.output_mwh * under_contract, provinces),
        reserve_cny=sum_by_group(province, accounts.reserve_cny, provinces),
        waste_fee_cny=sum_by_group(province, accounts.waste_fee_cny, provinces),
        own_use_cny=sum_by_group(province, accounts.own_use_cny, provinces),
        system_cost_cny=sum_by_group(province, cost, provinces)
        + power.border.bought_cny
        - power.border.charge_cny
        - power.border.sold_cny,
    )


def measure_security(power: PowerOutcome) -> SecurityRecord:
    """Measure how surely load is served."""
    return SecurityRecord(
        expected_shortage_hours=power.adequacy.shortage_hours,
        expected_shortage_mwh=power.adequacy.shortage_mwh,
        missing_mw=power.adequacy.missing_mw,
        capacity_credit=power.adequacy.credit,
        stored_water_mwh=power.stores.level_mwh.mean(axis=1),
        water_value_cny_per_mwh=power.stores.value_cny_per_mwh.mean(axis=1),
    )


def measure_demand(
    year: YearOutcome,
    plants: PowerPlants,
    industry: Industry,
    expected_load_mwh: Sequence[Floats],
    household_bill_cny: Floats,
) -> DemandRecord:
    """Measure the customers of electricity; the households' bill is given.

    `expected_load_mwh` is what every year so far expected of later load.
    """
    power, load = year.power, tier_load_mwh_per_day(industry, year.plan, year.demand)
    cut, prices = rationing(power, plants.fuel, load, industry), year.signals.prices
    return DemandRecord(
        load_mwh=power.load_mwh,
        # Nobody of the run looked ahead to its first years: what came stands for it.
        expected_load_mwh=expected_load_mwh[-CHECKED_YEARS - 1]
        if len(expected_load_mwh) > CHECKED_YEARS
        else power.load_mwh,
        peak_load_mw=power.hours.load_mw.max(axis=(1, 2, 3)),
        by_use_mwh=year.demand.parts_mwh.T,
        spared_by_use_mwh=year.demand.spared_mwh,
        forgone_use_cny=value_forgone_use(
            year.demand.spared_by_part_mwh,
            prices.part_price_cny_per_mwh[ANSWERING],
            prices.part_price_without_co2_cny_per_mwh[ANSWERING],
        ).sum(axis=0),
        unserved_mwh=power.unserved_mwh,
        shed_mwh=power.shed_mwh,
        shed_by_tier_mwh=cut.cut_mwh,
        days_with_cuts=cut.days,
        worst_day_mwh=cut.worst_day_mwh,
        tariff_cny_per_mwh=year.tariffs.components_cny_per_mwh,
        sold_mwh=year.tariffs.sold_mwh,
        household_bill_cny=household_bill_cny,
    )
