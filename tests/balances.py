"""What must balance in every year that is lived, to 1e-9 of the gross flow."""

from types import SimpleNamespace

import numpy as np

from tanlu.core.axes import FUELS, HOURS, PARTS, SECTOR, VEHICLE_TECHNOLOGIES, F
from tanlu.core.schedules import CAPTURE_CONTRACT, CAPTURE_SUBSIDY, FUEL_LICENCES, SCRAP_SUBSIDY, SUBSIDY_AXES
from tanlu.output.replications import TOLD_GAP_SHARE
from tanlu.records.carbon_tables.classes import CLASS_TABLE
from tanlu.records.carbon_tables.tables import YEARLY_TABLES
from tanlu.records.issuers import ISSUER_TABLE
from tanlu.region.finance import licences
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.industry import ENERGY
from tanlu.region.power import OPEN_END_YEAR
from tanlu.region.tables import year_index
from tests.model_runs import REGION, Lived, P, Watched, quantities

RELATIVE = 1e-9
FUEL_VEHICLES = VEHICLE_TECHNOLOGIES.index("fuel")
STORES = [FUELS.index("pumped_storage"), FUELS.index("battery")]


def close(one: object, other: object, gross: object = None) -> None:
    """Demand equality to 1e-9 of the gross flow: a small difference of large flows has no digits of its own."""
    a, b = np.asarray(one, float), np.asarray(other, float)
    size = np.abs(a) + np.abs(b) if gross is None else np.asarray(gross, float)
    assert np.all(np.abs(a - b) <= RELATIVE * np.maximum(size, 1.0)), (a, b)


MOST_GAP_SHARE = 1e-3  # of a year's cost


def electricity_by_hour(lived: Lived) -> None:
    """Rebuild supply and use of every province and hour from what was offered, and compare."""
    _, around, market, cleared, outcome = lived.clearing
    load = around.load_shape * (around.load_mwh / 8760.0)[:, None, None, None]
    natural = natural_mw(lived)
    surplus_offer = np.zeros((P, 12))
    np.add.at(surplus_offer, around.border.sales.zone, around.border.sales.mw)
    kept = 1.0 - around.line_loss_share[0]
    assert kept < 1.0, "the lines between the provinces lose something"
    sent = around.contract_mw + surplus_offer + np.array([[1.0], [-kept]]) * around.internal_mw[0]
    # Rivers are units of the market, at what a MWh costs them.
    before_stores = load + sent[:, :, None, None] - outcome.hours.must_run_mw - natural + river_mw(lived)
    off = outcome.hours.days_off_mw
    close(market.net_load_mw, before_stores - off, np.abs(load) + natural)
    stored = cleared.charge_mw - cleared.discharge_mw
    curtailed = np.minimum(outcome.hours.curtailed_mw, natural)
    sources = (
        outcome.hours.must_run_mw
        + natural
        - curtailed
        + cleared.reservoir_mw
        + outcome.hours.merit_order_mw
        + off
        + cleared.unserved_mw
    )
    pushed_out = outcome.hours.curtailed_mw - curtailed  # must-run and contracts beyond load
    forward, back = np.maximum(cleared.flow_mw[0], 0.0), np.maximum(-cleared.flow_mw[0], 0.0)
    out = np.stack([forward - kept * back, back - kept * forward])
    uses = load + sent[:, :, None, None] + stored + out + pushed_out
    close(sources, uses, np.abs(sources) + np.abs(uses) + natural)
    stores_keep_their_energy(stored, lived)
    weight = around.day_weight[None, :, :, None]
    close((load * weight).sum(axis=(1, 2, 3)), outcome.load_mwh)
    close((cleared.unserved_mw * weight).sum(axis=(1, 2, 3)), outcome.unserved_mwh)
    lost = (curtailed * weight).sum(axis=(1, 2, 3)) + cleared.spilled_mwh.sum(axis=1)
    close(lost, outcome.curtailed_mwh.sum(axis=1), lost + 1e6)


def river_mw(lived: Lived) -> np.ndarray:
    """Return what run-of-river plants would give, MW [P, month, 1, 1]."""
    capacity, around = lived.clearing.offer.capacity_by_fuel_mw, lived.clearing.around
    stored, run = (capacity[:, FUELS.index(f"hydro_{kind}"), None] for kind in ("reservoir", "run_of_river"))
    share = np.where(run > 0.0, REGION.power.hydrology.run_of_river_share, 0.0)
    river = (stored + run) * around.water.water.available_factor * share
    return river[:, :, None, None]


def natural_mw(lived: Lived) -> np.ndarray:
    """Return what rivers, wind and sun would give, MW [P, month, 1, hour]."""
    capacity, around = lived.clearing.offer.capacity_by_fuel_mw, lived.clearing.around
    data = REGION.power
    small = capacity[:, FUELS.index("small_hydro")] / data.small_hydro_full_mw
    standing = data.hydrology.small_hydro_mw * np.minimum(small, 1.0)[:, None]
    total = river_mw(lived)[:, :, 0] + standing[:, :, None] + np.zeros(HOURS)
    for row, name in enumerate(("wind", "solar_utility", "solar_distributed")):
        megawatts = capacity[:, FUELS.index(name)] * around.weather[:, row]
        total = total + megawatts[:, None, None] * data.renewable_profile[:, row]
    return total[:, :, None, :]


def stores_keep_their_energy(stored: np.ndarray, lived: Lived) -> None:
    """A day ends with the energy it began with, less what the round trip costs."""
    power = lived.clearing.offer.capacity_by_fuel_mw[:, STORES]
    efficiency = REGION.power.technologies.by_fuel.storage_efficiency[STORES]
    mean = np.divide(power @ efficiency, power.sum(axis=1), out=np.ones(P), where=power.sum(axis=1) > 0.0)
    charge, discharge = np.maximum(stored, 0.0), np.maximum(-stored, 0.0)
    size = np.abs(lived.clearing.market.net_load_mw).sum(axis=3)
    close(charge.sum(axis=3) * mean[:, None, None], discharge.sum(axis=3), size)
    limit = power.sum(axis=1)[:, None, None, None]
    assert np.all(np.abs(stored) <= limit * (1.0 + RELATIVE) + 1e-6)
    weight = lived.clearing.around.day_weight[None, :, :, None]
    gross = limit.max() * 8760.0 + (np.abs(lived.clearing.market.net_load_mw) * weight).sum(axis=(1, 2, 3))
    close((stored * weight).sum(axis=(1, 2, 3)), lived.clearing.outcome.storage_loss_mwh, gross)


def electricity_by_year(lived: Lived) -> None:
    """Generation by source, trade and load add up over the year, and units to their fuels."""
    offer, around, market, cleared, outcome = lived.clearing
    thermal = np.bincount(offer.zone, outcome.units.output_mwh, P) + offer.must_run_mw @ HOURS_IN_MONTH
    others = outcome.generation_mwh.sum(axis=1)
    storage = outcome.storage_loss_mwh + outcome.generation_mwh[:, STORES].sum(axis=1)
    supply = thermal + others + outcome.unserved_mwh + outcome.shed_mwh
    use = outcome.load_mwh + outcome.export_mwh + outcome.flow_mwh + outcome.line_loss_mwh + storage
    close(supply, use, supply + np.abs(use))
    weight = around.day_weight[None, :, :, None]
    by_zone = np.bincount(market.unit_zone, cleared.unit_output_mwh, P)
    close((cleared.units_mw * weight).sum(axis=(1, 2, 3)), by_zone, by_zone + outcome.load_mwh)
    assert np.all(cleared.unit_output_mwh[: offer.rows.size] <= offer.capacity_mw * 8760.0 * (1 + RELATIVE))
    flow = (cleared.flow_mw[0] * weight[0]).sum() + around.internal_mw[0] @ HOURS_IN_MONTH
    close(flow, outcome.flow_mwh[0])


def carbon(lived: Lived) -> None:
    """Carbon in fuel and feedstock is emitted or captured, by facility; captured is used, stored or vented."""
    year = lived.year
    factor = REGION.power.carrier_co2_t_per_gj[: len(ENERGY)]
    in_fuel = (year.production.energy_gj * factor).sum(axis=1) + lived.industry.process_tco2
    close(in_fuel, year.production.emitted_tco2.sum(axis=1) + year.production.captured_tco2)
    close(year.production.gross_tco2, in_fuel)
    close(year.plants.gross_tco2, year.plants.emitted_tco2 + year.plants.captured_tco2)
    for part in (year.production.emitted_tco2, year.production.captured_tco2, year.plants.emitted_tco2):
        assert np.all(part >= 0.0)
    co2 = year.co2
    close(co2.captured_tco2, np.concatenate([year.plants.captured_tco2, year.production.captured_tco2]))
    close(co2.captured_tco2, co2.sequestered_tco2 + co2.returned_tco2)
    for part in (
        co2.sold_tco2,
        co2.permanently_bound_tco2,
        co2.stored_tco2,
        co2.vented_tco2,
        co2.sold_tco2 - co2.permanently_bound_tco2,
    ):
        assert np.all(part >= 0.0)
    close(co2.bought_tco2.sum(), co2.sold_tco2.sum())
    assert np.all(co2.bought_tco2 <= co2.purchase_limit_tco2 * (1.0 + 1e-9))
    close(year.co2.captured_tco2.sum(), year.plants.captured_tco2.sum() + year.production.captured_tco2.sum())


def allowances(lived: Lived, last_bank: np.ndarray) -> np.ndarray:
    """Every allowance of every company is used, sold, kept or lost, and what is kept is there next year.

    Returns:
        the bank at the end of the year.
    """
    before, after, asked, cleared = lived.trade
    close(before.bank_tco2, last_bank)
    if cleared is None:
        close(after.bank_tco2, before.bank_tco2)
        return after.bank_tco2
    close(asked.bank_tco2, before.bank_tco2)
    had = asked.allocation_tco2 + asked.bank_tco2 + cleared.purchases_tco2
    went = cleared.sales_tco2 + cleared.surrendered_tco2 + cleared.end_bank_tco2 + cleared.expired_tco2
    close(had, went, had + went)
    owed = asked.emissions_tco2
    close(
        owed,
        cleared.abatement_tco2 + cleared.surrendered_tco2 + cleared.offsets_tco2 + cleared.unmet_tco2,
    )
    for part in (cleared.purchases_tco2, cleared.sales_tco2, cleared.end_bank_tco2, cleared.expired_tco2):
        assert np.all(part >= 0.0)
    close(after.bank_tco2, cleared.end_bank_tco2)
    bought = cleared.purchases_tco2.sum() + cleared.rest_purchases_tco2
    sold = cleared.sales_tco2.sum() + cleared.rest_sales_tco2 + cleared.auction_sales_tco2
    close(bought, sold)
    close(
        cleared.payment_cny.sum() + cleared.rest_payment_cny,
        cleared.auction_revenue_cny,
        np.abs(cleared.payment_cny).sum(),
    )
    return after.bank_tco2


def covered_emissions(model: Watched, lived: Lived) -> None:
    """What companies owe is what their covered plants and facilities emitted."""
    year, asked = lived.year, lived.trade.asked
    if not asked:
        return
    covered, n = year.signals.policy.carbon.covered, year.plants.output_mwh.size
    plants, industry, owners = lived.plants, model.industry, year.opening
    owed = np.zeros(len(model.companies))
    counts, returned = year.signals.policy.carbon.capture_counts, year.co2.returned_tco2
    needed = returned + (1.0 - counts) * (year.co2.captured_tco2 - returned)
    emitted = year.plants.emitted_tco2 + needed[:n]
    held = plants.holdings
    row, share = (column[: owners.unit_owner.size] for column in (held.row, held.share))
    np.add.at(owed, owners.unit_owner, (emitted * covered[plants.province[:n], 0])[row] * share)
    facility = covered[industry.province, industry.sector] * ~industry.is_block
    emitted = year.production.emitted_tco2.sum(axis=1) + needed[n:]
    np.add.at(owed, owners.facility_owner, emitted * facility)
    close(asked.emissions_tco2, owed)
    free = np.zeros(len(model.companies))
    np.add.at(free, owners.unit_owner, year.plants.allocated_tco2[row] * share)
    np.add.at(free, owners.facility_owner, year.industry.allocated_tco2)
    close(asked.allocation_tco2, free)


def money(model: Watched, lived: Lived) -> None:
    """Claims paid are what the regulators spent, and every loan of a company stands in a lender's book."""
    year, accounts = lived.year, lived.accounts
    budgets, subsidies = year.budgets, {kind: year.budgets.paid_for_cny(kind) for kind in SUBSIDY_AXES}
    assert {kind for _, kind in budgets.paid_cny} <= set(subsidies)
    for kind, amount in subsidies.items():
        close(amount, accounts.spent_cny.get(kind, 0.0))
    hubs = year.finance.hubs.support_cny + year.invested.hubs.grant_cny
    close(hubs.sum(), accounts.spent_cny.get("co2_hub_support", 0.0))
    close(year.finance.hubs.rescue_cny.sum(), accounts.spent_cny.get("hub_rescue", 0.0))
    subsidised = year.finance.interest_subsidy_cny.sum() + year.invested.borrowed.first.subsidy_cny.sum()
    close(subsidised, accounts.spent_cny.get("interest_subsidy", 0.0))
    close(year.finance.failures.guarantee_cny.sum(), accounts.spent_cny.get("guarantee", 0.0))
    rescued = year.finance.settlement.rescued_cny
    close(year.finance.rescue_cny.sum(), accounts.spent_cny.get("rescue", 0.0))
    close(year.finance.rescue_cny.sum(), rescued[model.companies.is_local].sum())
    emitted = np.concatenate([year.plants.emitted_tco2, year.production.emitted_tco2.sum(axis=1)])
    sector = np.concatenate(
        [np.full(year.plants.output_mwh.size, SECTOR["electricity"]), model.industry.sector]
    )
    place = np.concatenate([lived.plants.province[: year.plants.output_mwh.size], model.industry.province])
    price = year.signals.policy.carbon.price_cny_per_tco2[place, sector]
    fixed_price = price @ (emitted + year.co2.returned_tco2) + year.road.carbon_cny.sum()
    close(fixed_price, accounts.received_cny.get("carbon_price", 0.0))
    close(year.road.charger_cny.sum(), accounts.spent_cny.get("public_chargers", 0.0))
    research_cny = year.signals.policy.research.capture_research_cny.sum()
    close(research_cny, accounts.spent_cny.get("capture_research", 0.0))
    fees = year.signals.levies[FUEL_LICENCES].reshape(-1) @ year.fleet.sales_vehicles[:, FUEL_VEHICLES]
    close(fees, accounts.received_cny.get("fuel_licences", 0.0))
    close(year.industry.levies_cny.sum(), accounts.received_cny.get("efficiency_penalty", 0.0))
    close(year.carbon.auction_revenue_cny.sum(), accounts.received_cny.get("allowance_sales", 0.0))
    co2, facility = year.co2, ~model.industry.is_block
    n = year.plants.output_mwh.size
    province = np.concatenate([lived.plants.province[:n], model.industry.province])
    hub = (
        year.signals.co2.co2_tariff_cny_per_tco2[province] @ co2.captured_tco2 + co2.product_revenue_cny.sum()
    )
    earned = year.plants.profit_cny.sum() + year.industry.profit_cny[facility].sum()
    earned += sum(subsidies[kind] for kind in (CAPTURE_SUBSIDY, CAPTURE_CONTRACT, SCRAP_SUBSIDY))
    earned += year.finance.recycling.returned.output_cny.sum()
    earned += hub - co2.transport_storage_cost_cny.sum()
    earned += year.carbon.price_correction_cny.sum()
    gross = year.plants.revenue_cny.sum() + year.industry.revenue_cny.sum() + hub
    close(lived.cashflow.operating_cny.sum(), earned, gross)
    promised: dict[str, float] = {}  # who decided under an older law keeps the larger budget
    for scheme in (scheme for law in year.signals.laws for scheme in law.subsidies):
        promised[scheme.policy] = max(promised.get(scheme.policy, 0.0), float(scheme.budget_cny))
    for policy in {policy for policy, _ in budgets.paid_cny}:
        spent = sum(amount for (payer, _), amount in budgets.paid_cny.items() if payer == policy)
        assert spent <= promised[policy] * (1.0 + RELATIVE)
    close(accounts.lent_cny.sum(), accounts.debt_cny.sum(), 100.0 * accounts.debt_cny.sum())
    paid = year.finance.settlement.interest_cny.sum() + year.finance.interest_subsidy_cny.sum()
    paid += year.finance.hubs.money.interest_cny.sum()
    close(lived.interest_received_cny, paid)
    assert np.all(accounts.cash_cny >= -1.0) and np.all(accounts.debt_cny >= 0.0)


def vehicles(lived: Lived) -> None:
    """Vehicles sold and left are those in use, shares make a whole, and charging and trains are in the load."""
    fleet, demand = lived.year.fleet, lived.year.demand
    close(fleet.shares.sum(axis=1), 1.0)
    sold = fleet.sales_vehicles.sum(axis=1)
    close(sold[:, None] * fleet.shares, fleet.sales_vehicles, sold[:, None])
    stock = fleet.fleet_vehicles.sum(axis=(1, 2))
    close(stock.reshape(P, -1), REGION.vehicles.stock(lived.year.signals.year))
    charged = np.bincount(np.repeat(np.arange(P), stock.size // P), fleet.electricity_mwh, P)
    close(charged + fleet.rail.electricity_mwh, demand.parts_mwh[PARTS.index("vehicles")])


def buildings(lived: Lived) -> None:
    """Floor area by method is all that is built, which is the pack's times the world's factor on demand."""
    built, year = lived.year.new_buildings, lived.year.signals.year
    close(built.shares.sum(axis=1), 1.0)
    area = built.floor_area_m2.sum(axis=1)
    close(area[:, None] * built.shares, built.floor_area_m2, area[:, None])
    given = REGION.buildings.floor_area_m2[year_index(year)]
    close(area[0] / given[0], area[1] / given[1])


def tables_of_the_year(model: Watched, lived: Lived) -> None:
    """What the record and the plants table say of a year is what was so when it was lived, not what came after."""
    year, at = lived.year, lived.year.signals.year - model.lived[0].year.signals.year
    plants, stock, n = lived.plants, model.records[at], lived.year.plants.output_mwh.size
    group = plants.province[:n] * F + plants.fuel[:n]
    others = [f for f in range(F) if f not in STORES]
    made = np.bincount(group, year.plants.output_mwh, P * F).reshape(P, F)
    close(made[:, others], stock.power.output_mwh[:, others])
    support = np.bincount(plants.province[:n], year.plants.support_cny, P)
    paid = stock.power.capacity_payment_cny + stock.power.renewable_premium_cny + stock.power.feed_in_cny
    outside = stock.power.own_use_cny + stock.power.waste_fee_cny + stock.power.reserve_cny
    close(paid + outside + stock.power.difference_cny, support)
    close(stock.emissions.by_sector_tco2.sum(axis=1), stock.emissions.by_carrier_tco2.sum(axis=1))
    rows = model.tables.plants["industry"][at]
    np.testing.assert_array_equal(rows.process, lived.industry.process[rows.rows])
    power = (
        year.production.electricity_mwh
        * year.signals.prices.electricity_price_cny_per_mwh[model.industry.province]
    )
    bought = power + lived.industry.bought_metal_cny  # of others here, whose cost it is
    cost = lived.industry.production_cost_cny - bought + year.industry.capture_cost_cny
    close(stock.industry.system_cost_cny, np.bincount(model.industry.province, cost, P))


def written_off(model: Watched) -> None:
    """What is stranded by the end of a year leaves its owners' assets in the next."""
    for before, now in zip(model.lived[:-1], model.lived[1:], strict=True):
        close(now.cashflow.stranded_cny.sum(), before.year.stranded.by_sector_cny.sum())


def capacity(model: Watched) -> None:
    """Units stand from commissioning to their end; beyond its life a unit is last year's less what leaves."""
    stays, names = 1.0 - REGION.parameters["exit_share_beyond_life"], model.plants.holdings.names.ids
    place = np.zeros(len(names), np.int64)  # of the unit of each holding
    for lived in model.lived:
        place[lived.plants.holdings.name] = lived.plants.place[lived.plants.holdings.row]
    plants = SimpleNamespace(
        **{name: value[place] for name, value in vars(model.ever).items() if name != "ids"}
    )
    tables = model.tables.plants["power_plants"]
    for before, now, record in zip(tables[:-1], tables[1:], model.records[1:], strict=True):
        was, mw = np.zeros((2, len(names)))
        was[before.name], mw[now.name] = before.capacity_mw, now.capacity_mw
        new, gone = (was == 0.0) & (mw > 0.0), (was > 0.0) & (mw == 0.0)
        assert np.all(plants.commissioned_year[new] == now.year) and np.all(
            plants.retired_year[gone] == now.year
        )
        same = np.abs(mw - was) <= RELATIVE * was
        beyond = np.abs(mw - stays * was) <= RELATIVE * was
        assert np.all(new | gone | same | beyond)
        early = (plants.life_end_year > now.year) & (plants.life_end_year < OPEN_END_YEAR)
        assert not (beyond & early & (was > 0.0) & (plants.extended_year == OPEN_END_YEAR)).any()
        group = plants.province * F + plants.fuel
        close(record.power.capacity_mw, np.bincount(group, mw, P * F).reshape(P, F))


def allowance_prices(model: Watched) -> None:
    """Nobody pays, or gets, more for a tonne in the national market than an allowance costs."""
    for year in model.records:
        effective = year.tables[CLASS_TABLE.name][:, CLASS_TABLE.position["effective_price_cny_per_tco2"]]
        assert np.all(np.abs(effective) <= year.carbon_market.price_cny_per_tco2 + 1e-9)


def national_allowances(model: Watched) -> None:
    """Add up the nation from classes, the region from companies, and what others use from the border, to 1e-9.

    None of the sums is of the bank, which the market books.
    """
    bank = REGION.national_market.opening_bank_tco2
    for lived, year in zip(model.lived, model.records, strict=True):
        tables = {table.name: table for table in YEARLY_TABLES}
        account, classes, companies, price = (
            dict(zip(tables[name].position, year.tables[name].T, strict=True))
            for name in ("national_account", "national_market", "carbon_positions", "carbon_price_parts")
        )
        nation = {name: float(values[0]) for name, values in account.items()}
        parts = [float(values[0]) for values in price.values()]
        close(parts[0], sum(parts[1:]), np.abs(parts).sum())
        if lived.year.carbon.national is None:
            continue
        issued, unsold = nation["issued_tco2"], classes["offered_tco2"].sum() - nation["auctioned_tco2"]
        others = nation["released_tco2"] - nation["taken_tco2"] - nation["made_up_tco2"]
        others += bank - nation["national_bank_tco2"] - nation["expired_tco2"] + nation["national_short_tco2"]
        bank = nation["national_bank_tco2"]
        brought = nation["auctioned_tco2"] + others + nation["beyond_classes_tco2"]
        close(
            classes["net_bought_tco2"].sum(), brought, max(issued, abs(brought))
        )  # under no cap nothing is issued
        close(classes["verified_tco2"].sum(), nation["national_emissions_tco2"])
        close(classes["free_tco2"].sum(), nation["free_tco2"])
        close(classes["bought_tco2"] - classes["sold_tco2"], classes["net_bought_tco2"])
        freed = year.border.allowances
        own = classes["free_tco2"].sum() + classes["offered_tco2"].sum() - unsold
        own -= float((freed.left_tco2 + classes["region_emissions_tco2"]).sum())
        used = own + float(freed.left_in_all_tco2) + nation["credits_tco2"] + others
        close(nation["used_by_others_tco2"], used, issued)
        close(nation["left_to_others_tco2"], freed.left_in_all_tco2, issued)
        left = companies["free_tco2"] - companies["verified_tco2"]
        of_classes = classes["region_free_tco2"] + classes["region_auctioned_tco2"]
        of_classes = of_classes - classes["region_emissions_tco2"]
        close(
            left.sum() + nation["region_auctioned_in_all_tco2"],
            of_classes.sum() + nation["beyond_classes_tco2"],
            issued,
        )
        close(
            left + companies["opening_bank_tco2"] + companies["bought_tco2"] + companies["short_tco2"],
            companies["sold_tco2"] + companies["bank_tco2"] + companies["expired_tco2"],
            companies["verified_tco2"] + companies["opening_bank_tco2"],
        )


def without_blanks(name: str, values: np.ndarray) -> np.ndarray:
    """Return the values without those that are blank by what they mean: limits of issuers that have none."""
    if name != "tables.issuers":
        return values
    has_limit = np.isfinite(REGION.finance.issuers.debt_limit_factor)
    limit = ISSUER_TABLE.position["debt_limit_cny"]
    assert np.isnan(values[~has_limit, limit]).all()
    return np.concatenate([np.delete(values, limit, axis=1).ravel(), values[has_limit, limit]])


def finite(model: Watched) -> None:
    """No number of the record is missing or infinite, and what cannot be negative is not, but for rounding."""
    first = quantities(model.records[0]).items()
    largest = {name: np.abs(without_blanks(name, values)).max() for name, values in first}
    for year in model.records:
        for name, all_values in quantities(year).items():
            values = without_blanks(name, all_values)
            assert np.isfinite(values).all(), name
            signed = name in (
                "co2.avoided_tco2",  # who captures and vents adds to emissions
                "rail.avoided_tco2",  # trains may take more CO2 in power than they spare on the road
                "earnings.left_cny",  # plants may earn less than they cost
                "power.export_mwh",
                "power.flow_mwh",
                "public.received_cny",  # air that biomass cleans is paid for
                "earnings.rent_cny",  # and earn less than they cost
                "industry.carbon_cny",  # free allowances may be worth more than what is emitted
                "earnings.sold_cny",  # stores pay for what they charge
                "demand.tariff_cny_per_mwh",
                "demand.spared_by_use_mwh",  # carbon revenue may lower tariffs by more than CO2 adds
                "road.spared_km",
                "demand.forgone_use_cny",
                "road.forgone_use_cny",
                "industry.forgone_use_cny",  # a price below the usual one adds to use
                "end_use.forgone_use_cny",
                "trade.net_purchases_cny",  # more may leave than comes in
                "power.system_cost_cny",  # water sold to neighbours may bring more than fuel costs
                "power.nameplate_margin",
                "security.missing_mw",  # below zero where capacity could leave
                "power.difference_cny",  # who has a contract pays back what the market pays above its price
                # Free allowances may be more than what is emitted, and output may bring more than it needs.
                "tables.carbon_price_parts",  # parts take from each other
                "tables.national_account",  # the region may take from others
                "tables.national_market",
                "tables.carbon_positions",  # who sells is paid
                "border.allowances.left_tco2",
                "border.allowances.beyond_tco2",
                "book.change_tco2",  # CO2 falls
            ) or name.startswith("public.by_policy_cny.")  # levies are less than nothing
            assert signed or np.all(values >= -1e-6 - 1e-15 * largest.get(name, 0.0)), name


def shares(model: Watched) -> None:
    """Shares lie between nothing and all."""
    assert np.all((model.plants.capture_rate >= 0.0) & (model.plants.capture_rate <= 1.0))
    schemes = model.lived[-1].year.signals.policy.subsidies
    paid = [np.array(model.state.budgets.payout_ratio(scheme)) for scheme in schemes]
    for rate in (model.industry.capture_rate, model.industry.capturable_share, *paid):
        assert np.all((rate >= 0.0) & (rate <= 1.0))
    for lived in model.lived:
        for path in (lived.year.signals.policy.carbon.covered, lived.year.signals.carbon.auction_share):
            assert np.all((path >= 0.0) & (path <= 1.0))


def stores_fill(model: Watched) -> None:
    """A site holds what was stored in it, at most its capacity and its yearly injection."""
    stores = REGION.co2.stores
    held = np.stack([lived.accounts.stored_tco2 for lived in model.lived])
    into = np.diff(held, axis=0, prepend=0.0)
    close(into.sum(axis=1), [lived.year.co2.stored_tco2.sum() for lived in model.lived], held.max() + 1.0)
    assert np.all(into <= stores.injection_limit_tco2_per_year * (1.0 + RELATIVE))
    assert np.all(held <= stores.capacity_tco2 * (1.0 + RELATIVE))


def started(model: Watched) -> list[tuple[str, str]]:
    """Return who started which technology, one pair a site."""
    return [
        (
            entry.roster.ids[entry.roster.positions[entry.appraisal.decider[row]]],
            entry.appraisal.options[entry.choice[row]].removeprefix("build_"),
        )
        for entry in model.ledger.entries
        if entry.kind == "Companies"
        for row in np.flatnonzero(entry.funded & (entry.choice > 0)).tolist()
    ]


def licensed(model: Watched) -> None:
    """Nobody starts what it has no licence for."""
    may = dict(zip(REGION.finance.owners.ids, licences(REGION.tables["owners"]), strict=True))
    assert not [(who, what) for who, what in started(model) if what not in may[who]]


def least_cost(model: Watched) -> None:
    """Certify that each year's electricity costs next to the least: as it was, as was expected, and with plans."""
    gaps = np.stack([record.prices.gap_share for record in model.records])
    assert (
        gaps.shape[1] == 3 and (gaps >= -1e-15).all() and gaps.any()
    )  # the bound lies below the cost, but for rounding
    assert gaps.max() <= MOST_GAP_SHARE
    assert (gaps > TOLD_GAP_SHARE).mean() <= 0.01


def everything(model: Watched) -> None:
    bank = np.zeros(len(model.companies))
    for lived in model.lived:
        electricity_by_hour(lived)
        electricity_by_year(lived)
        carbon(lived)
        bank = allowances(lived, bank)
        covered_emissions(model, lived)
        money(model, lived)
        vehicles(lived)
        buildings(lived)
        tables_of_the_year(model, lived)
    written_off(model)
    capacity(model)
    stores_fill(model)
    finite(model)
    allowance_prices(model)
    national_allowances(model)
    shares(model)
    licensed(model)
    least_cost(model)
    for record in model.records:
        assert record.balances.electricity_error < RELATIVE
        assert record.balances.carbon_error < RELATIVE
        assert record.balances.money_error < RELATIVE
        assert record.balances.flows_error < RELATIVE
