"""Who pays whom for carbon, electricity, goods and public works: parties known beforehand, and base times rate."""

import numpy as np

from tanlu.core.axes import (
    BUILDING_METHODS,
    CUSTOMERS,
    END_USE_TECHNOLOGIES,
    FUELS,
    SECTORS,
    SEGMENTS,
    VEHICLE_TECHNOLOGIES,
)
from tanlu.core.parties import COMPANIES, FIRST_PROVINCE, PARTY, REST
from tanlu.core.payments import NO_POLICY
from tanlu.core.units import GJ_PER_MWH
from tanlu.finance.companies import GREEN
from tanlu.markets.levies import charge
from tanlu.power.tariffs import COMPONENTS
from tanlu.records.border import PRICED
from tanlu.settlement.public_bonds import RAIL_LINE
from tests.laws.payments import NORTH, SOUTH, Parties, check, check_rate, payments, run, same

# --- carbon ------------------------------------------------------------------------------------------------------

MARKET = {"kind": "carbon_market", "from_year": 2022, "auction_share": 0.5}
CAPTURE = {"kind": "ccus_subsidy", "rate_cny_per_tco2": 1000, "sectors": ["cement"]}


def test_a_carbon_price_is_paid_to_the_province_by_who_emits() -> None:
    """A facility pays for itself, the block beside it through the customers that it stands for."""
    price = {"kind": "carbon_price", "price_cny_per_tco2": 100, "sectors": ["cement"], "regions": [NORTH]}
    model = run({"price": price})
    works, block = (
        np.array([lived.total(lived.emitted_tco2, "cement", NORTH, block=block) for lived in model.lived])
        for block in (False, True)
    )
    rate = 100.0 * model.in_force
    expected = {("industry_cement", NORTH): rate * works, ("small_industry", NORTH): rate * block}
    check(model, "carbon_price", expected)


def test_a_carbon_price_of_fuel_is_paid_by_households_and_services() -> None:
    """Households drive the cars; other vehicles, ships and aircraft serve businesses."""
    price = {"kind": "carbon_price", "price_cny_per_tco2": 100, "sectors": ["transport"], "regions": [SOUTH]}
    model = run({"price": price})
    is_car, here = model.vehicles.segment == SEGMENTS.index("car"), model.vehicles.province == 1
    burnt = np.array([lived.year.fleet.emitted_tco2 for lived in model.lived])
    block = [lived.total(lived.emitted_tco2, "transport", SOUTH, block=True) for lived in model.lived]
    rate = 100.0 * model.in_force
    households = rate * burnt[:, is_car & here].sum(axis=1)
    services = rate * (burnt[:, ~is_car & here].sum(axis=1) + block)
    check(model, "carbon_price", {("households", SOUTH): households, ("services", SOUTH): services})
    check_rate(model, "carbon_price", NO_POLICY, rate)


def test_captured_co2_needs_allowances_that_its_business_pays_for() -> None:
    """Power units and facilities pay their companies the year's price for what they need beyond the free ones."""
    model = run({"market": MARKET, "capture": CAPTURE}, last_year=2030)
    expected: dict[Parties, np.ndarray] = {}
    for row, lived in enumerate(model.lived):
        covered = lived.year.signals.policy.carbon.covered[lived.province, lived.sector] * ~lived.is_block
        short = covered * (lived.emitted_tco2 + lived.captured_tco2) - lived.free_tco2
        for business in set(lived.business):
            tonnes = float(short[np.array(lived.business) == business].sum())
            parties = (business, COMPANIES) if tonnes > 0.0 else (COMPANIES, business)
            if tonnes != 0.0:
                amounts = expected.setdefault(parties, np.zeros(len(model.lived)))
                amounts[row] = abs(tonnes) * lived.year.carbon.price_cny_per_tco2
    assert any(lived.captured_tco2.any() for lived in model.lived)
    check(model, "allowances_at_price", expected)


def test_auctioned_allowances_are_paid_for_by_companies_to_the_province_of_who_gets_the_free_ones() -> None:
    """At an auction share of a half as many are sold as are given free."""
    model = run({"market": MARKET})
    sold = np.array([[lived.free_tco2[lived.province == p].sum() for p in (0, 1)] for lived in model.lived])
    paid = model.recorded("carbon_market.price_cny_per_tco2")[:, None] * sold
    check(model, "allowance_sales", {(COMPANIES, NORTH): paid[:, 0], (COMPANIES, SOUTH): paid[:, 1]})


def test_a_charge_at_the_border_is_paid_abroad_by_who_makes_what_is_exported() -> None:
    border = {"kind": "border_carbon_adjustment", "price_cny_per_tco2": 600, "charged_share": 0.5}
    model = run({"border": {**border, "sectors": ["aluminium"]}})
    trade, good = model.inputs.region.trade, model.industry.data.products.names.index("primary_aluminium")
    expected = np.zeros(len(model.lived))
    for row, lived in enumerate(model.lived):
        free, charged = lived.year.signals.trade.export_factor[0, 0, good]
        sent = trade.adjusted_share[good] * charged  # of exports as they were, where the charge holds
        exports = sent + (1.0 - trade.adjusted_share[good]) * free
        output = 1.0 + trade.export_share[0, good] * (exports - 1.0)
        share = trade.export_share[0, good] * sent / output
        expected[row] = 600 * 0.5 * share * lived.total(lived.emitted_tco2, "aluminium")
    check(model, "border_charge", {("industry_aluminium", REST): expected * model.in_force})


def test_carbon_revenue_is_given_back_as_the_shares_say() -> None:
    """Four uses of the revenue of a fixed price in one province; a refund stays in its sector."""
    price = {"kind": "carbon_price", "price_cny_per_tco2": 100, "regions": [NORTH]}
    shares = {"per_head_share": 0.2, "surcharge_share": 0.1, "output_share": 0.3, "green_fund_share": 0.4}
    model = run({"price": price, "use": {"kind": "revenue_use", "regions": [NORTH], **shares}})
    paid, refunds = payments(model, "carbon_price"), payments(model, "refund_by_output")
    revenue = np.sum([*paid.values()], axis=0)
    check(model, "carbon_dividend", {(NORTH, "households"): 0.2 * revenue})
    check(model, "lower_surcharges", {(NORTH, "surcharge_fund"): 0.1 * revenue})
    check(model, "paid_into_green_fund", {(NORTH, "green_fund"): 0.4 * revenue})
    steel = np.array([lived.total(lived.emitted_tco2, "steel", NORTH) for lived in model.lived])
    same(paid["industry_steel", NORTH], 100 * steel * model.in_force)
    same(refunds[NORTH, "industry_steel"], 30 * steel * model.in_force)
    power = np.sum([value for (payer, _), value in paid.items() if payer.startswith("power_")], axis=0)
    made = model.recorded("power.output_mwh")[:, 0]
    water = made[:, FUELS.index("hydro_reservoir")] / made.sum(axis=1)
    same(refunds[NORTH, "power_hydro_reservoir"], 0.3 * power * water)
    assert {payer for payer, _ in refunds} == {NORTH}


def test_the_green_fund_pays_companies_its_share_of_what_is_built() -> None:
    """Of wind, sun and storage and of what saves energy, from the second year with money on."""
    price = {"kind": "carbon_price", "price_cny_per_tco2": 100}
    use = {"kind": "revenue_use", "green_fund_share": 1.0, "green_fund_grant_share": 0.2}
    model = run({"price": price, "use": use})
    share = np.array([lived.year.invested.green_fund.share for lived in model.lived])
    power = (model.recorded("new_power.investment_cny") * GREEN).sum(axis=2)
    built = power + model.recorded("industry.investment_cny")
    check(model, "green_fund_grant", {("green_fund", COMPANIES): (share * built).sum(axis=1)})
    assert share[-1].tolist() == [0.2, 0.2], "there is money for all"


# --- electricity -------------------------------------------------------------------------------------------------


def test_surcharges_are_paid_by_customers_to_the_grid_and_by_it_to_their_fund() -> None:
    model = run({})
    rate = model.recorded("demand.tariff_cny_per_mwh")[:, :, :, COMPONENTS.index("surcharges")]
    bill = (rate * model.recorded("demand.sold_mwh")).sum(axis=1)  # by class of customers
    paid = payments(model, "electricity_surcharges")
    classes = {"residential": "households", "commercial": "services", "agricultural": "agriculture"}
    assert set(paid) == {(payer, "grid") for payer in (*classes.values(), "small_industry")}
    for name, payer in classes.items():
        same(paid[payer, "grid"], bill[:, CUSTOMERS.index(name)], payer)
    check(model, "surcharges", {("grid", "surcharge_fund"): bill.sum(axis=1)})


def test_a_premium_is_paid_by_the_grid_on_what_the_technology_feeds_in() -> None:
    premium = {"kind": "renewable_support", "premium_cny_per_mwh": 100, "technologies": ["wind"]}
    model = run({"premium": {**premium, "regions": [SOUTH]}})
    fed_in = model.recorded("power.output_mwh")[:, 1, FUELS.index("wind")]
    check(model, "renewable_premium", {("grid", "power_wind"): 100 * fed_in * model.in_force})


def test_a_capacity_payment_is_paid_by_the_grid_on_what_stands_ready() -> None:
    """Pumped storage has the capacity payment of its tariff beside it."""
    payment = {"kind": "capacity_payment", "rate_cny_per_kw_year": 165, "technologies": ["gas"]}
    model = run({"payment": {**payment, "regions": [NORTH]}})
    standing = model.recorded("power.capacity_mw")[:, 0, FUELS.index("gas")]
    ready = (np.append(standing[0], standing[:-1]) + standing) / 2.0  # half a year of what starts in it
    paid = payments(model, "capacity_payment")
    assert set(paid) == {("grid", "power_gas"), ("grid", "power_pumped_storage")}
    same(paid["grid", "power_gas"], 165e3 * ready * model.in_force)


# --- vehicles, buildings, industry -------------------------------------------------------------------------------


def test_a_subsidy_of_cars_is_paid_by_the_province_to_households_who_pay_it_for_licences() -> None:
    block = {
        "kind": "vehicle_incentive",
        "segments": ["car"],
        "regions": [NORTH],
        "technologies": ["battery"],
    }
    sums = {"subsidy_cny_per_vehicle": 5000, "fuel_licence_cny_per_vehicle": 10_000}
    model = run({"cars": {**block, **sums}})
    sales = model.recorded("road.sales")[:, 0, SEGMENTS.index("car")] * model.in_force[:, None]
    battery, fuel = (VEHICLE_TECHNOLOGIES.index(name) for name in ("battery", "fuel"))
    check(model, "vehicle_subsidy", {(NORTH, "households"): 5000 * sales[:, battery]})
    check(model, "fuel_licences", {("households", NORTH): 10_000 * sales[:, fuel]})
    check_rate(model, "fuel_licences", "cars", 10_000 * model.in_force)
    check_rate(model, "vehicle_subsidy", "cars", 5000 * model.in_force)


def test_licences_of_two_policies_add_up_each_in_its_own_name() -> None:
    block = {"kind": "vehicle_incentive", "segments": ["bus"], "regions": [SOUTH]}
    fees = {"first": 10_000, "second": 20_000}
    model = run({name: {**block, "fuel_licence_cny_per_vehicle": fee} for name, fee in fees.items()})
    sales = model.recorded("road.sales")[:, 1, SEGMENTS.index("bus"), VEHICLE_TECHNOLOGIES.index("fuel")]
    check(model, "fuel_licences", {("services", SOUTH): 30_000 * sales * model.in_force})
    for name, fee in fees.items():
        check_rate(model, "fuel_licences", name, fee * model.in_force)
        named = np.array([year.public.by_policy_cny.get(name, np.zeros(2))[1] for year in model.records])
        same(-named, fee * sales * model.in_force, name)


def test_a_levy_for_the_nation_is_paid_to_it() -> None:
    """No instrument has one so far: the payee stands in the schedule."""
    licence = {"kind": "vehicle_incentive", "fuel_licence_cny_per_vehicle": 10_000, "segments": ["car"]}
    model = run({"cars": licence})
    policy, bases = model.lived[-1].year.signals.policy, model.vehicles.charged(model.lived[-1].year.fleet)
    (local,) = charge(policy, bases)
    national = policy._replace(levies=tuple(levy._replace(payee="national") for levy in policy.levies))
    (block,) = charge(national, bases)
    assert set(local.lines.payee) == {FIRST_PROVINCE, FIRST_PROVINCE + 1}
    assert set(block.lines.payee) == {PARTY["national"]}
    same(block.amount_cny, local.amount_cny)


def test_a_subsidy_of_trucks_in_both_provinces_is_paid_by_the_ministry_to_services() -> None:
    block = {"kind": "vehicle_incentive", "segments": ["heavy_truck"], "subsidy_cny_per_vehicle": 5000}
    model = run({"trucks": block})
    sales = model.recorded("road.sales")[:, :, SEGMENTS.index("heavy_truck"), 1:].sum(axis=(1, 2))
    check(model, "vehicle_subsidy", {("national", "services"): 5000 * sales * model.in_force})
    check_rate(model, "vehicle_subsidy", "trucks", 5000 * model.in_force)


def test_a_subsidy_of_building_is_paid_to_builders_by_floor_area() -> None:
    block = {"kind": "modular_building", "subsidy_cny_per_m2": 100, "methods": ["modular"]}
    model = run({"modules": {**block, "regions": [SOUTH]}})
    area = model.recorded("buildings.floor_area_m2")[:, 1, BUILDING_METHODS.index("modular")]
    check(model, "building_subsidy", {(SOUTH, "builders"): 100 * area * model.in_force})
    check_rate(model, "building_subsidy", "modules", 100 * model.in_force)


def test_of_claims_beyond_its_budget_a_policy_pays_the_budget() -> None:
    block = {"kind": "modular_building", "subsidy_cny_per_m2": 300, "budget_bn_cny_per_year": 0.05}
    model = run({"modules": block})
    check(model, "building_subsidy", {("national", "builders"): 0.05e9 * model.in_force})


def test_a_subsidy_of_scrap_is_paid_to_aluminium_works_by_what_they_melt() -> None:
    pack = {"pack.processes[process=aluminium_smelting].scrap_t_per_t": 0.1}
    model = run({"scrap": {"kind": "recycled_aluminium", "subsidy_cny_per_t": 500}}, pack=pack)
    melted = model.recorded("industry.scrap_t")[:, :, SECTORS.index("aluminium")].sum(axis=1)
    check(model, "scrap_subsidy", {("national", "industry_aluminium"): 500 * melted * model.in_force})
    check_rate(model, "scrap_subsidy", "scrap", 500 * model.in_force)


def test_a_grant_is_paid_for_its_share_of_the_price_to_those_who_buy_equipment() -> None:
    block = {"kind": "equipment_grant", "technologies": ["electric"], "capex_grant_share": 0.25}
    model = run({"boilers": {**block, "sectors": ["heat", "agriculture"], "regions": [SOUTH]}})
    adopters, region = model.adopters, model.inputs.region
    k, cohorts = END_USE_TECHNOLOGIES.index("electric"), region.cohorts
    years = np.array([lived.year.signals.year for lived in model.lived]) - region.base_year
    expected = {}
    for sector, payee in (("heat", "small_industry"), ("agriculture", "agriculture")):
        here = (adopters.province == 1) & (adopters.sector == SECTORS.index(sector))
        cohort = np.flatnonzero(here) % len(cohorts.names)
        price = cohorts.capex_cny_per_gj_year[cohort, k]
        price = price * (1.0 - cohorts.capex_fall_per_year[cohort, k]) ** years[:, None]
        bought = [lived.year.end_use for lived in model.lived]
        sales = np.array([use.sales_gj_per_year[here] * use.shares[here, k] for use in bought])
        expected[SOUTH, payee] = 0.25 * (sales * price).sum(axis=1) * model.in_force
    check(model, "equipment_grant", expected)
    check_rate(model, "equipment_grant", "boilers", 0.25 * model.in_force)


def test_a_penalty_is_paid_to_the_province_on_energy_beyond_the_ceiling() -> None:
    rule = {"kind": "efficiency_standard", "energy_ceiling_share": 0.9, "penalty_cny_per_gj": 60}
    model = run({"norms": {**rule, "sectors": ["cement"], "regions": [NORTH]}})
    processes = model.industry.data.processes
    kiln = processes.names.index("clinker_dry_kiln")
    usual = processes.energy_gj_per_t[kiln].sum() + GJ_PER_MWH * processes.electricity_mwh_per_t[kiln]
    expected = np.zeros(len(model.lived))
    for row, lived in enumerate(model.lived):
        made, units = lived.year.production, lived.year.plants.output_mwh.size
        used = made.energy_gj.sum(axis=1) + GJ_PER_MWH * made.electricity_mwh
        excess = np.maximum(used - 0.9 * usual * made.output, 0.0)
        expected[row] = 60 * lived.total(np.append(np.zeros(units), excess), "cement", NORTH)
    check(model, "efficiency_penalty", {("industry_cement", NORTH): expected * model.in_force})
    check_rate(model, "efficiency_penalty", "norms", 60 * model.in_force)


def test_of_two_standards_the_higher_penalty_is_paid_once_and_shared_between_their_names() -> None:
    rule = {
        "kind": "efficiency_standard",
        "energy_ceiling_share": 0.9,
        "sectors": ["cement"],
        "regions": [NORTH],
    }
    rates = {"first": 20, "second": 60}
    model = run({name: {**rule, "penalty_cny_per_gj": rate} for name, rate in rates.items()})
    paid = payments(model, "efficiency_penalty")["industry_cement", NORTH]
    for name, rate in rates.items():
        named = np.array([year.public.by_policy_cny.get(name, np.zeros(2))[0] for year in model.records])
        same(-named, paid * rate / 80, name)
        check_rate(model, "efficiency_penalty", name, 60 * rate / 80 * model.in_force)


def test_a_charge_on_imports_is_paid_to_the_province_on_the_co2_of_what_was_bought() -> None:
    """Neighbours pay nothing here that could be taken off."""
    rule = {"kind": "import_carbon_charge", "price_cny_per_tco2": 20, "deducted_share": 0}
    model = run({"imports": {**rule, "regions": [SOUTH]}})
    tonnes = model.recorded("border.tco2_in")[:, 1, PRICED]
    assert (tonnes * model.in_force).sum() > 0.0
    check(model, "import_charge", {("grid", SOUTH): 20 * tonnes * model.in_force})
    check_rate(model, "import_charge", "imports", 20 * model.in_force)


def test_chargers_lines_and_research_are_paid_for_by_the_province() -> None:
    """In the north rail issues bonds for a part of the lines, and the province pays what these ask."""
    road = {"kind": "vehicle_incentive", "charger_investment_bn_cny_per_year": 0.3, "regions": [SOUTH]}
    centre = {"kind": "ccus_innovation_centre", "budget_bn_cny_per_year": 0.2, "regions": [SOUTH]}
    rail = {"kind": "rail_transit", "investment_bn_cny_per_year": 2}
    model = run({"road": road, "rail": rail, "centre": centre})
    check(model, "public_chargers", {(SOUTH, REST): 0.3e9 * model.in_force})
    check(model, "capture_research", {(SOUTH, REST): 0.2e9 * model.in_force})
    lines = 2e9 * model.in_force
    check(model, "lines_and_operation", {("rail", REST): 2 * lines})
    drawn, interest = np.zeros((2, len(model.lived)))
    for row, lived in enumerate(model.lived):
        bonds, year = lived.public_bonds, lived.year.signals.year
        for_lines = bonds.purpose.option == RAIL_LINE
        drawn[row] = bonds.terms.principal_cny[for_lines & (bonds.purpose.year == year)].sum()
        earlier = for_lines & (bonds.purpose.year < year)
        interest[row] = (bonds.terms.coupon * bonds.terms.principal_cny)[earlier].sum()
    assert drawn.any() and interest.any()
    north = lines - (drawn - interest) / model.price_level
    check(model, "rail_transit", {(NORTH, "rail"): north, (SOUTH, "rail"): lines})
