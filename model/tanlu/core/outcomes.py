"""What the markets of a year bring: tuples of arrays with named axes, replaced and never edited."""

from collections.abc import Mapping
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.kernels.power.settlement import UnitYear
from tanlu.kernels.power.units import PowerOffer


class StackBlocks(NamedTuple):
    """The blocks of a supply stack, in its order; each is the places of its members."""

    units: slice  # of the region
    purchases: slice  # what neighbours sell
    sales: slice  # what neighbours buy, given up at their price
    recall: slice  # of contracted exports, one for each zone
    idle_load: slice  # load of added agents, not served below its bid
    supplies: slice  # of added agents
    shedding: slice  # of industry, one for each zone
    rivers: slice  # run-of-river, one for each zone; a merit order is without

    @classmethod
    @cache
    def lay_out(
        cls, *, units: int, purchases: int, sales: int, bids: int, supplies: int, zones: int
    ) -> "StackBlocks":
        """Lay out blocks of so many members one after the other."""
        sizes = (units, purchases, sales, zones, bids, supplies, zones, zones)
        ends = accumulate(sizes, initial=0)
        return cls(*(slice(first, last) for first, last in pairwise(ends)))


class MeritUnits(NamedTuple):
    """The merit order: the supply stack without rivers; axis U."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    cost_cny_per_mwh: Floats  # [U] of equal costs the one listed first runs first
    availability: Floats  # [U, month]
    rows: Integers  # of the population of power plants; the first of U
    blocks: StackBlocks  # of U


class PowerHours(NamedTuple):
    """The hours of a cleared electricity year, MW; axes P, month, day type, hour.

    merit order + days off + must-run + natural + reservoir + discharge + unserved
        = load + bids + charge + export + flow + curtailed.
    """

    day_weight: Floats  # [month, day type] days; a third type in a year with a dry spell (`core.days`)
    load_mw: Floats
    must_run_mw: Floats  # [P, month, 1, 1] least output of what is online included
    floor_mw: Floats  # [thermal unit, month] that least output
    natural_mw: Floats  # [source, P, month, 1, hour] run-of-river, small hydro and RENEWABLE_FUELS, before curtailment
    reservoir_mw: Floats
    charge_mw: Floats
    discharge_mw: Floats
    merit_order_mw: Floats  # of all `units`, above their least output
    days_off_mw: Floats  # [P, month, day type, 1] industry that was told the day before to stop
    unserved_mw: Floats
    curtailed_mw: Floats
    export_mw: Floats  # [P, month, 1, 1] contracted out of the region
    bid_mw: Floats  # [P, month, 1, 1] load of added agents that is served up to its bid
    flow_mw: Floats  # to other provinces; what arrives is less by what the line loses
    units: MeritUnits


class HydroSales(NamedTuple):
    """Water's contracts within its own province (`markets.hydro_contracts`)."""

    sold_mwh: Floats  # [P, month]
    worth_cny: Floats  # [P, month] at the hours' prices
    paid_cny: Floats  # [P, month] for it
    rebate_cny: Floats  # [P] less than at the hours' prices, negative: more


class StoreCourse(NamedTuple):
    """What seasonal stores did; they move no water in an observed year, whose figures hold what they did."""

    inflow_mwh: Floats  # [P, month] of reservoirs
    release_mwh: Floats  # [P, month]
    spilled_mwh: Floats  # [P, month] that neither turbines nor stores could take
    level_mwh: Floats  # [P, month] at the month's end; 0 in an observed year, as the next two
    lowest_mwh: Floats  # [P, month] least level then that the rules allow
    highest_mwh: Floats  # [P, month]
    value_cny_per_mwh: Floats  # [P, month] of a MWh kept at the month's end
    table_cny_per_mwh: (
        Floats  # [P, month, class of the last month, level] of a MWh in store when a month begins
    )


class BorderTrade(NamedTuple):
    """Trade with neighbours by price, and the CO2 of all that crosses the border."""

    bought_mwh: Floats  # [P]
    bought_cny: Floats  # [P] paid for it, with what is charged on its CO2
    charge_cny: Floats  # [P] of that, what the province gets
    bought_official_tco2: Floats  # [P] at the mean factor of the sender's grid
    bought_tco2: Floats  # [P] at the blocks called
    sold_mwh: Floats  # [P]
    sold_cny: Floats  # [P] got for it
    sold_avoided_tco2: Floats  # [P] that neighbours do not emit for it
    contract_tco2: Floats  # [P] of what contracts bring, at the sender's mean block
    contract_avoided_tco2: Floats  # [P] that neighbours do not emit for what contracts send, recall taken off


class PowerPrices(NamedTuple):
    """What a MWh costs in a year."""

    mean_price_cny_per_mwh: Floats  # [P] load-weighted, without uplift
    must_run_price_cny_per_mwh: Floats  # [P] time-weighted
    heat_led_price_cny_per_mwh: Floats  # [P] the same, weighted with the heat of the months
    shadow_price_cny_per_mwh: Floats  # [P] of the yearly limits of units
    price_cny_per_mwh: Floats  # [P, month, day type, hour]
    gap_share: float  # of the year's cost: by which that may at most exceed the least


class Adequacy(NamedTuple):
    """Whether there is enough power, in the mean of the years that a year may be like and of outages."""

    shortage_hours: Floats  # [P] in which load asks for more than there is
    shortage_mwh: Floats  # [P] by which it does
    missing_mw: Floats  # [P] firm, for just the accepted hours of shortage; negative: what could leave
    credit: Floats  # [P, `CREDITED`] of a MW more, where the province has what it needs


class Trade(NamedTuple):
    """What a kind of added agents traded in a year's electricity market; axis P."""

    firm_mwh: Floats  # [P] of firm load, served or not, as of other customers
    firm_cny: Floats  # [P] for it at the hours' prices
    bid_mwh: Floats  # [P] served to load with a bid
    bid_cny: Floats  # [P] for it at the hours' prices
    grid_charge_cny: Floats  # [P]
    supplied_mwh: Floats  # [P]
    earned_cny: Floats  # [P] for it at the hours' prices
    carbon_cost_cny: Floats  # [P] of its CO2
    by_carrier_tco2: Floats  # [P, C]

    @property
    def taken_mwh(self) -> Floats:
        """Electricity taken [P]."""
        return self.firm_mwh + self.bid_mwh

    @property
    def paid_cny(self) -> Floats:
        """Payments for electricity taken, at the hours' prices and for the grid [P]."""
        return self.firm_cny + self.bid_cny + self.grid_charge_cny

    @property
    def emitted_tco2(self) -> Floats:
        """CO2 emitted [P]."""
        return np.asarray(self.by_carrier_tco2.sum(axis=1))


def sum_trades(trades: Mapping[str, Trade]) -> Trade:
    """Sum the trades of all kinds, of which there is one at least."""
    return Trade(*(np.sum(field, axis=0) for field in zip(*trades.values(), strict=True)))


class PowerOutcome(NamedTuple):
    """A cleared electricity year."""

    offer: PowerOffer  # of the region's plants
    generation_mwh: Floats  # [P, F] fed in
    curtailed_mwh: Floats  # [P, F]
    revenue_cny_per_mw: Floats  # [P, F] of what runs outside the merit order, water under its cap
    units: UnitYear  # thermal, without must-run; uplift is what load pays to make those online whole over each day
    load_mwh: Floats  # [P] served and unserved
    unserved_mwh: Floats  # [P] firm load not served
    shed_mwh: Floats  # [P] industrial load shed
    export_mwh: Floats  # [P] net to outside the region, contracts and price-responsive
    trades: Mapping[str, Trade]  # of added agents, by kind
    flow_mwh: Floats  # [P] to other provinces, as sent; negative: from them
    line_loss_mwh: Floats  # [P] of it, where it arrives
    received_share: Floats  # [P, P] of what a province receives from others, by each of them
    storage_loss_mwh: Floats  # [P]
    hydro_sales: HydroSales
    stores: StoreCourse
    prices: PowerPrices
    border: BorderTrade
    nameplate_margin: Floats  # [P] spare capacity in the tightest hour over peak load
    adequacy: Adequacy
    hours: PowerHours

    @property
    def reliable_margin(self) -> Floats:
        """Reliable capacity beyond what the accepted hours of shortage take, over peak load [P]."""
        return np.asarray(
            -self.adequacy.missing_mw / np.maximum(self.hours.load_mw.max(axis=(1, 2, 3)), 1e-9)
        )


class CO2Purchase(NamedTuple):
    """What a kind of added agents bought of the year's captured CO2; axis P."""

    bought_tco2: Floats  # [P]
    permanently_bound_tco2: Floats  # [P] the part of it that is kept from the air for good
    paid_cny: Floats  # [P] to those who captured it


class CO2Outcome(NamedTuple):
    """Where captured CO2 went; axis N emitters, of a year power units and then facilities; B products."""

    captured_tco2: Floats  # [N] = sold + stored + vented
    sold_tco2: Floats  # [N] to products
    permanently_bound_tco2: Floats  # [N] the part of what was sold that products keep from the air for good
    stored_tco2: Floats  # [N]
    vented_tco2: Floats  # [N] captured but neither sold nor stored
    product_revenue_cny: Floats  # [N]
    transport_storage_cost_cny: Floats  # [N] what is reserved and not shipped included
    transport_cost_cny: Floats  # [N] the part of it that is not the stores'
    bought_tco2: Floats  # [B]
    product_price_cny_per_tco2: Floats  # [B]
    purchase_limit_tco2: Floats  # [B] the most that could be sold, by market and material
    shipped_tco2: Floats  # [H] through each hub
    idle_charge_cny: Floats  # [H] for what is reserved and not shipped
    corridor_tco2: Floats  # [E] through the lines in each corridor
    agents_purchases: Mapping[str, CO2Purchase]  # of added agents, by kind

    @property
    def sequestered_tco2(self) -> Floats:
        """CO2 that stays out of the air, stored or bound in products [N]."""
        return self.stored_tco2 + self.permanently_bound_tco2

    @property
    def returned_tco2(self) -> Floats:
        """CO2 that reaches the air: vented, or released by products [N]."""
        return self.vented_tco2 + (self.sold_tco2 - self.permanently_bound_tco2)
