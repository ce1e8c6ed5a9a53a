"""The record of balances: how far electricity, carbon, money, capacity and people are from adding up."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import FUELS
from tanlu.core.outcomes import sum_trades
from tanlu.core.payments import YearPayments
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.power.state import WASTE
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.year import cash_errors
from tanlu.region.industry import ENERGY
from tanlu.state.actors import Actors

STORES = [FUELS.index("pumped_storage"), FUELS.index("battery")]


class BalancesRecord(NamedTuple):
    """Residuals, each relative to the whole."""

    electricity_error: Floats  # []
    carbon_error: Floats  # []
    money_error: Floats  # []
    flows_error: Floats  # [] of the account that misses its cash by most
    capacity_error: Floats  # [] of new power units, and of what holders have of each unit
    people_error: Floats  # [] of vehicles that people hold, and of what those who buy and build choose


def measure_balances(
    year: YearOutcome, actors: Actors, output_mwh: Floats, table: YearPayments
) -> BalancesRecord:
    """Measure the residuals of all balances.

    Args:
        year: what happened.
        actors: everybody, at the end of the year.
        output_mwh: what power plants generated, [P, F].
        table: payments of the year.
    """
    return BalancesRecord(
        electricity_error=np.array(_electricity_error(year, output_mwh)),
        carbon_error=np.array(_carbon_error(year, actors.industry)),
        money_error=np.array(max(year.finance.money_error, year.extensions.money_error)),
        flows_error=np.array(cash_errors(table.payments, table.cash_change_cny).max()),
        capacity_error=np.array(_capacity_error(year, actors.plants)),
        people_error=np.array(_people_error(year)),
    )


def _electricity_error(year: YearOutcome, output_mwh: Floats) -> float:
    """Compute the largest residual of electricity, relative to the load.

    It is that of supply and use in each province.
    """
    power = year.power
    stores = power.storage_loss_mwh + output_mwh[:, STORES].sum(axis=1)  # what was charged
    supply = output_mwh.sum(axis=1) + power.unserved_mwh + power.shed_mwh
    use = power.load_mwh + power.export_mwh + power.flow_mwh + power.line_loss_mwh + stores
    if power.trades:
        traded = sum_trades(power.trades)
        supply, use = supply + traded.supplied_mwh, use + traded.bid_mwh
    return float(np.abs(supply - use).max() / np.maximum(power.load_mwh.max(), 1.0))


def _carbon_error(year: YearOutcome, industry: Industry) -> float:
    """Compute the largest residual of carbon, relative to the intake.

    It is that of any unit or facility. In fuel, feedstock and process = emitted + captured; captured = sold for good or
    not + stored + vented. Where agents buy too, all that is sold is bought.
    """
    production, co2 = year.production, year.co2
    factor = industry.region.power.carrier_co2_t_per_gj[: len(ENERGY)]
    intake_tco2 = (production.energy_gj * factor).sum(axis=1) + industry.process_tco2 * production.output
    gross = np.concatenate([year.plants.gross_tco2, intake_tco2])
    emissions = np.concatenate([year.plants.emitted_tco2, production.emitted_tco2.sum(axis=1)])
    released = co2.sold_tco2 - co2.permanently_bound_tco2
    placed = co2.permanently_bound_tco2 + released + co2.stored_tco2 + co2.vented_tco2
    residual = np.maximum(np.abs(gross - emissions - co2.captured_tco2), np.abs(co2.captured_tco2 - placed))
    worst = float((residual / np.maximum(gross, 1.0)).max(initial=0.0))
    if co2.agents_purchases:
        bought = float(co2.bought_tco2.sum()) + sum(
            float(purchase.bought_tco2.sum()) for purchase in co2.agents_purchases.values()
        )
        worst = max(worst, abs(float(co2.sold_tco2.sum()) - bought) / max(bought, 1.0))
    return worst


def _capacity_error(year: YearOutcome, plants: PowerPlants) -> float:
    """Compute the residual of capacity, relative to all, or of holders' parts.

    Units that owners decide to build are new rows, cities' waste plants among them, and what all holders have of a unit
    is the whole of it.
    """
    is_owners = plants.fuel[year.opening.units :] != WASTE
    added_mw = plants.capacity_mw[year.opening.units :][is_owners].sum()
    decided = year.invested.started_mw.sum()
    held_share = sum_by_group(plants.holdings.row, plants.holdings.share, len(plants))
    residual = np.abs(added_mw - decided) / np.maximum(plants.capacity_mw.sum(), 1.0)
    return float(max(residual, np.abs(held_share - 1.0).max(initial=0.0)))


def _people_error(year: YearOutcome) -> float:
    """Compute the residual of vehicles or of choosers' shares.

    That of vehicles is relative to those that people hold.

    Held before + bought = scrapped + held after; the shares in which buyers and builders divide add up to 1.
    """
    fleet, stock = year.fleet, year.fleet.fleet_vehicles.sum(axis=(1, 2))
    residual = year.opening.vehicles + fleet.sales_vehicles.sum(axis=1) - fleet.scrapped_vehicles - stock
    shares = np.concatenate([fleet.shares.sum(axis=1), year.new_buildings.shares.sum(axis=1)])
    return float(max(np.abs(residual / np.maximum(stock, 1.0)).max(), np.abs(shares - 1.0).max()))
