"""Carbon market: allocation, trade, banking and the year's price."""

from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.market import CarbonClearing, CarbonMarketYear, clear_carbon_market
from tanlu.carbon_market.national import NationalClearing, average_base
from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.industry.facilities import Industry
from tanlu.kernels.national_market import NationalRegion
from tanlu.markets.national import book_market, measure_region, split_market_price
from tanlu.markets.production import Operation
from tanlu.power.plants import PowerPlants
from tanlu.region.national_market import CAP_BASE_YEAR
from tanlu.region.pack import Region
from tanlu.state.drivers import Drivers
from tanlu.state.national_rules import INDUSTRY, INDUSTRY_SECTOR, IS_POWER, POWER, POWER_BENCHMARK
from tanlu.state.state import CarbonMarketState

ELECTRICITY = SECTOR["electricity"]


class CoveredEmitters(NamedTuple):
    """Who takes part; axis N."""

    kind: Integers  # benchmark class of a unit, sector of a facility
    needed_tco2: Floats
    free_tco2: Floats
    sold_tco2: Floats  # of its allocation
    output: Floats  # MWh of a unit, t of a facility


class RegionClasses(NamedTuple):
    """The region's emitters summed by national class; axis C."""

    emissions_tco2: Floats  # that need allowances
    free_tco2: Floats
    sold_tco2: Floats
    output: Floats  # MWh or t of those that need allowances


class CarbonOutcome(NamedTuple):
    """A cleared carbon-market year; axis W companies."""

    price_cny_per_tco2: float
    price_parts_cny_per_tco2: Floats  # [6] by `PRICE_PARTS`
    emissions_tco2: Floats
    allocation_tco2: Floats
    payment_cny: Floats
    auction_revenue_cny: Floats  # [P] of allowances sold
    price_correction_cny: Floats  # what banking changes against the accounts' estimate
    national: NationalClearing | None  # the nation's year; None before its market opens
    region: NationalRegion
    classes: RegionClasses
    units: CoveredEmitters
    facilities: CoveredEmitters
    opening_bank_tco2: Floats  # [W]
    trades: CarbonClearing  # of companies


class Obligations(NamedTuple):
    """Whose emissions count, and what is given for them; axis W companies."""

    power_tco2: Floats  # [W] of power units
    facility_tco2: Floats  # [W] of facilities
    allocation_tco2: Floats  # [W] free
    auctioned_tco2: Floats  # [P]
    units: CoveredEmitters
    facilities: CoveredEmitters
    needed_goods_tco2: Floats  # [N] of facilities, covered or not


def clear_carbon(
    state: CarbonMarketState,
    signals: Signals,
    drivers: Drivers,
    region: Region,
    plants: PowerPlants,
    industry: Industry,
    operation: Operation,
) -> tuple[CarbonMarketState, CarbonOutcome]:
    """Let the region's companies trade at the national price, and book the nation's year.

    Power has answered the price in its dispatch already, so no more is abated within the year. Captured CO2 needs
    allowances as any other, unless it counts and stays out of the air. See docs/model/carbon_market.md.
    """
    dues = _obligations(signals, plants, industry, operation, state.bank_tco2.size)
    _remember_base(signals, plants, industry, operation, dues)
    nation, classes = _place_in_nation(state, dues)
    price = signals.carbon.market_price_cny_per_tco2
    parts = split_market_price(state, signals.year, price, drivers, region.national_market)
    opening_bank_tco2 = state.bank_tco2
    state, national = book_market(state, signals.year, drivers, region.national_market, nation)
    emissions = dues.power_tco2 + dues.facility_tco2
    cleared = clear_carbon_market(_market_year(state, signals, region, dues))
    estimate = price * (emissions - dues.allocation_tco2)
    return state._replace(bank_tco2=cleared.end_bank_tco2), CarbonOutcome(
        price_cny_per_tco2=price,
        price_parts_cny_per_tco2=parts,
        emissions_tco2=emissions,
        allocation_tco2=dues.allocation_tco2,
        payment_cny=cleared.payment_cny,
        auction_revenue_cny=price * dues.auctioned_tco2,
        price_correction_cny=estimate - cleared.payment_cny,
        national=national,
        region=nation,
        classes=classes,
        units=dues.units,
        facilities=dues.facilities,
        opening_bank_tco2=opening_bank_tco2,
        trades=cleared,
    )


def _obligations(
    signals: Signals, plants: PowerPlants, industry: Industry, operation: Operation, companies: int
) -> Obligations:
    """Sum up companies' covered emissions, free allowances and auctions."""
    w, n = companies, len(plants)
    covered, share = signals.policy.carbon.covered, signals.carbon.auction_share
    free = operation.plants.allocated_tco2, operation.industry.allocated_tco2
    captured = np.concatenate([operation.plants.captured_tco2, operation.production.captured_tco2])
    obliged_tco2 = obliged_capture_tco2(signals, captured, operation.co2.returned_tco2)
    needed = operation.plants.emitted_tco2 + obliged_tco2[:n]
    power = needed * covered[plants.province, ELECTRICITY]
    needed_goods = (operation.production.emitted_tco2.sum(axis=1) + obliged_tco2[n:]) * ~industry.is_block
    goods = needed_goods * covered[industry.province, industry.sector]
    sold_power = free[0] * _ratio(share[plants.province, ELECTRICITY])
    sold_goods = free[1] * _ratio(share[industry.province, industry.sector])
    return Obligations(
        power_tco2=plants.holdings.by_owner(power, w),
        facility_tco2=sum_by_group(industry.owner, goods, w),
        allocation_tco2=plants.holdings.by_owner(free[0], w) + sum_by_group(industry.owner, free[1], w),
        auctioned_tco2=sum_by_group(plants.province, sold_power, len(covered))
        + sum_by_group(industry.province, sold_goods, len(covered)),
        units=CoveredEmitters(
            plants.benchmark_class, power, free[0], sold_power, operation.plants.output_mwh
        ),
        facilities=CoveredEmitters(industry.sector, goods, free[1], sold_goods, operation.production.output),
        needed_goods_tco2=needed_goods,
    )


def _remember_base(
    signals: Signals, plants: PowerPlants, industry: Industry, operation: Operation, dues: Obligations
) -> None:
    """Move base periods on where no cap holds yet.

    Units that start after the base year of the cap have none: free allowances for entry would pay for building coal.
    """
    if not signals.carbon.is_capped[ELECTRICITY]:
        base_mwh = average_base(plants.base_period_mwh, operation.plants.output_mwh)
        plants.base_period_mwh = np.where(plants.commissioned_year <= CAP_BASE_YEAR, base_mwh, 0.0)
    is_open = ~signals.carbon.is_capped[industry.sector]
    base = industry.base_period_tco2, industry.base_period_output
    of_year = dues.needed_goods_tco2, operation.production.output
    tco2, output = (
        np.where(is_open, average_base(before, now), before)
        for before, now in zip(base, of_year, strict=True)
    )
    industry.remember_base(tco2, output)


def _place_in_nation(state: CarbonMarketState, dues: Obligations) -> tuple[NationalRegion, RegionClasses]:
    """Sum up the region's emissions, allowances and output by national class."""
    sums, emitted, issued_allowances = np.zeros((4, IS_POWER.size)), 0.0, 0.0
    for emitters, classes, kinds in (
        (dues.units, POWER, POWER_BENCHMARK),
        (dues.facilities, INDUSTRY, INDUSTRY_SECTOR),
    ):
        is_covered = emitters.needed_tco2 > 0.0
        amounts = np.array(
            (emitters.needed_tco2, emitters.free_tco2, emitters.sold_tco2, emitters.output * is_covered)
        )
        totals = amounts.sum(axis=1)
        emitted += totals[0]
        issued_allowances += totals[1] + totals[2]
        for c, kind in zip(classes, kinds, strict=True):
            sums[:, c] = amounts.compress(emitters.kind == kind, axis=1).sum(axis=1)
    emissions, free, sold, output = sums
    allowances = free + sold
    issued = 1.0 - state.national.withheld_share
    # where all are withheld, what the region would get is what it last got
    before_withheld = allowances / issued if issued > 0.0 else state.region.allowances
    beyond = issued_allowances - allowances.sum() - (emitted - emissions.sum())
    region = measure_region(
        state, state.national.emissions_tco2[0], emissions, before_withheld, float(beyond)
    )
    return region, RegionClasses(emissions, free, sold, output)


def obliged_capture_tco2(signals: Signals, captured_tco2: Floats, returned_tco2: Floats) -> Floats:
    """Compute the captured CO2 that needs allowances, t [N].

    What returned to the air needs them, and the rest unless the law lets it count.
    """
    return returned_tco2 + (1.0 - signals.policy.carbon.capture_counts) * (captured_tco2 - returned_tco2)


def _ratio(share: Floats) -> Floats:
    """Compute allowances auctioned per free one, from the auctioned share."""
    return share / (1.0 - share)


def _market_year(
    state: CarbonMarketState, signals: Signals, region: Region, dues: Obligations
) -> CarbonMarketYear:
    """Build the market's input; the rest of the country trades any amount at its price."""
    rules = region.finance.carbon_market
    target, base = _banking(signals, region, dues)
    return CarbonMarketYear(
        emissions_tco2=dues.power_tco2 + dues.facility_tco2,
        allocation_tco2=dues.allocation_tco2,
        bank_tco2=state.bank_tco2,
        abatement_slope_tco2_per_cny=0.0,
        abatement_limit_tco2=0.0,
        expected_price_cny_per_tco2=signals.carbon.market_path_cny_per_tco2[0],
        discount_rate=region.parameters["allowance_discount_rate"],
        offset_price_cny_per_tco2=np.inf,
        offset_share=0.0,
        bank_target_tco2=target,
        carry_over_base_tco2=base,
        carry_over_factor=rules.carry_over_factor[signals.data_row],
        reference_price_cny_per_tco2=signals.carbon.market_price_cny_per_tco2,
        rest_of_market_slope_tco2_per_cny=np.inf,
        floor_cny_per_tco2=0.0,
        ceiling_cny_per_tco2=np.inf,
        auctioned_tco2=float(dues.auctioned_tco2.sum()),
    )


def _banking(signals: Signals, region: Region, dues: Obligations) -> tuple[Floats, Floats]:
    """Compute targets of banking and limits of carry-over, t CO2 [W].

    A company is one holder for its power units and one for its facilities.
    """
    if signals.policy.carbon.unlimited_carry_over:
        short = np.maximum(dues.power_tco2 + dues.facility_tco2 - dues.allocation_tco2, 0.0)
        return region.parameters["bank_target_years"] * short, np.full(short.size, np.inf)
    power, facilities = region.finance.carbon_market.carry_over_base_tco2[signals.data_row]
    base = power * (dues.power_tco2 > 0.0) + facilities * (dues.facility_tco2 > 0.0)
    return base, base
