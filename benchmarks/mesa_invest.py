"""The investment round of the object model: who stands at a window decides, lenders ration, projects start."""

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.mesa_build import premiums
from benchmarks.mesa_co2 import Gathered
from benchmarks.mesa_companies import Company, Site, Slot, fund
from benchmarks.mesa_industry import Facility
from benchmarks.mesa_plants import PowerUnit, Project, YearPrices
from benchmarks.mesa_power import Fleet
from benchmarks.mesa_value import annuity
from tanlu.core.axes import PROVINCES, F, P, S
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.randomness import Purpose, decider_id
from tanlu.core.signals import Signals
from tanlu.core.units import KW_PER_MW
from tanlu.industry.options import LOSS_DECIMALS
from tanlu.investment.learning import learn
from tanlu.power.adequacy import may_close
from tanlu.power.cofiring import can_cofire, cofiring_value, within_reach
from tanlu.power.flexibility import saved_by_row_cny
from tanlu.power.state import COAL, benchmark_class
from tanlu.power.system import clear_power_year
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE, OPEN_END_YEAR
from tanlu.simulation.steps.demand import trend_load
from tanlu.simulation.steps.electricity import ExpectedYear, expected_value, expected_year, planned_prices
from tanlu.simulation.steps.invest import CHEAPENED, lasting_share
from tanlu.simulation.steps.open_season import build_lines, open_season

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel


def scrap_committed(model: "ObjectModel") -> np.ndarray:
    """Return what this year's output takes of scrap by sector, projects under way included, t [S]."""
    use = np.zeros(S)
    for facility in model.facilities:
        use[facility.sector] += facility.coming_scrap_t()
    return use


def can_be_spared(
    model: "ObjectModel", prices: YearPrices, hurdles: list[tuple[float, float]]
) -> set[Facility]:
    """Return who may close without a shortage of his product, the greatest losers a tonne first."""
    spare: dict[tuple[int, int], float] = {}
    most = model.parameters["maximum_utilisation"]
    for x in model.facilities:
        if not x.is_block:
            group = x.province, x.product
            spare[group] = spare.get(group, 0.0) - x.output
            spare[group] += x.capacity * most if x.active(model.year + 1) else 0.0
    wants = [
        x
        for x in model.facilities
        if x.at_window(model.year) and x.closing_value(prices, hurdles[x.owner][0] + x.own_premium)[0] > 0.0
    ]
    spared = set()
    wants.sort(key=lambda x: round(sum(x.profits) / len(x.profits) / x.capacity, LOSS_DECIMALS))
    for x in wants:
        usable = x.capacity * most if x.active(model.year + 1) else 0.0
        if usable <= spare[x.province, x.product]:
            spare[x.province, x.product] -= usable
            spared.add(x)
    return spared


def invest(model: "ObjectModel", signals: Signals, prices: YearPrices, purse: list[float]) -> None:
    """Let units, facilities and companies choose, ask for money, and start what is funded."""
    finance = model.region.finance
    weight = finance.lenders.capital_cny / finance.lenders.capital_cny.sum()
    spread, greenium = float(weight @ finance.lenders.spread), float(finance.lenders.greenium.max())
    hurdles = [company.hurdle(prices, spread, greenium) for company in model.companies]
    ahead = look_ahead(model, signals, prices)
    expected = clear_power_year(model.region.power, ahead.offer, ahead.around)
    forward = model.books(prices, model.year + int(model.parameters["expectation_horizon_years"]), expected)
    model.scrap_committed = scrap_committed(model)
    gathered = Gathered(model)
    signals, season = open_season(
        gathered,
        signals,
        gathered.forward(forward),
        gathered.made(),
        np.array(hurdles),
        finance.owners.policy_belief,
    )
    if season is not None:
        gathered.sign()
        prices.signals = signals
    deciding = [(u, books) for u, books in zip(model.units, forward, strict=True) if u.decides(model.year)]
    worth = [(unit, unit.closing_value(prices, books, hurdles[unit.owner])) for unit, books in deciding]
    closing = approved(model, [(unit, value) for unit, value in worth if value > 0.0], expected)
    every, fuel = np.arange(len(model.units)), np.array([unit.fuel for unit in model.units])
    saved = saved_by_row_cny(model.region.power, fuel, expected, every)
    saves = dict(zip(model.units, saved.tolist(), strict=True))
    biomass = worth_of_biomass(model, signals, hurdles, deciding)
    projects = [
        unit.decide(prices, books, hurdles[unit.owner], unit in closing, saves[unit], biomass[unit])
        for unit, books in deciding
    ]
    spared = can_be_spared(model, prices, hurdles)
    for facility in model.facilities:
        if facility.decides(model.year):
            projects.append(facility.decide(prices, hurdles[facility.owner], facility in spared))
    chosen = [project for project in projects if project is not None]
    allowed, grants = _grants(model, chosen, prices, purse)
    sites = planned_sites(model, signals, ahead, expected.price_cny_per_mwh, hurdles)
    builds = [company.project(site) for company, site in sites]
    started = {id(x) for x in fund([*allowed, *builds], model.companies, model.lenders, prices)}
    for project in allowed:
        if id(project) in started:
            project.decider.start(project.option, project.capex_cny, model.year)
    built = [site for site, build in zip(sites, builds, strict=True) if id(build) in started]
    _build(model, built)
    if season is not None:
        gathered = Gathered(model)
        build_lines(gathered, signals, season)
        gathered.sign()
    for p in range(P):
        model.green_outstanding[p] += model.green_loans[p]
    captured = sum(x.capex_cny + grants[id(x)] for x in allowed if x.capture and id(x) in started)
    _learn(model, signals, built, captured)


def worth_of_biomass(
    model: "ObjectModel", signals: Signals, hurdles: list, deciding: list
) -> dict[PowerUnit, tuple[float, float]]:
    """Return NPV, -1 where it may not, and investment of burning biomass, by the array model's functions."""

    def column(name: str) -> np.ndarray:
        return np.array([getattr(unit, name) for unit, _ in deciding])

    if not deciding:
        return {}
    province, fuel, capacity = column("province"), column("fuel"), column("capacity_mw")
    value, capex, _ = cofiring_value(
        model.region,
        signals,
        province=province,
        fuel=fuel,
        capacity_mw=capacity,
        remaining_years=column("retired_year") - model.year,
        gross_tco2=np.array([books.gross_tco2 for _, books in deciding]),
        rate=np.array([hurdles[unit.owner][0] + unit.own_premium for unit, _ in deciding]),
        belief=np.array([model.belief[unit.owner] for unit, _ in deciding]),
    )
    may = can_cofire(model.region, model.year, fuel, column("capture_year"))
    may &= np.array([unit.at_window(model.year) and unit.contract_tco2 == 0.0 for unit, _ in deciding])
    may &= column("cofiring_year") == OPEN_END_YEAR
    equipped = np.zeros(P)
    for unit in model.units:
        if unit.cofiring_year < OPEN_END_YEAR and unit.active(model.year):
            equipped[unit.province] += unit.capacity_mw
    may[may] = within_reach(
        model.region,
        province=province[may],
        capacity_mw=capacity[may],
        npv_cny=value[may],
        equipped_mw=equipped,
    )
    worth = np.where(may, value, -1.0)
    return {unit: (float(worth[i]), float(capex[i])) for i, (unit, _) in enumerate(deciding)}


def look_ahead(model: "ObjectModel", signals: Signals, prices: YearPrices) -> ExpectedYear:
    """Return the year deciders look at."""
    x, horizon = model.parameters, int(model.parameters["expectation_horizon_years"])
    load = trend_load(
        model.load_history, horizon, x["slowest_expected_load_growth"], x["fastest_expected_load_growth"]
    )
    return expected_year(
        signals=signals,
        region=model.region,
        plants=Fleet(model, prices),
        load_mwh=load,
        load_shape=model.load_shape,
        years=horizon,
    )


def approved(
    model: "ObjectModel", wishes: list[tuple[PowerUnit, float]], expected: PowerOutcome
) -> set[PowerUnit]:
    """Return who may close early of those to whom closing is worth something, and what it is worth."""
    spare = expected.reserve_margin - model.parameters["planning_reserve_share"]
    allowed = may_close(
        province=np.array([unit.province for unit, _ in wishes], dtype=np.int64),
        firm_mw=np.array([unit.capacity_mw * unit.availability for unit, _ in wishes]),
        gain_cny=np.array([value for _, value in wishes]),
        wants=np.ones(len(wishes), dtype=bool),
        spare_mw=spare * expected.hours.load_mw.max(axis=(1, 2, 3)),
    )
    return {unit for (unit, _), yes in zip(wishes, allowed.tolist(), strict=True) if yes}


def planned_sites(
    model: "ObjectModel",
    signals: Signals,
    ahead: ExpectedYear,
    price: np.ndarray,
    hurdles: list[tuple[float, float]],
) -> list[tuple[Company, Site]]:
    """Let companies plan at the prices that all plans together lead to; return what each would build."""
    free = expected_value(model.region, signals, ahead, price)
    alone = _by_technology(_sites_at(model, signals, free, hurdles))
    planned = model.lasting_plan_share * alone
    full = expected_value(model.region, signals, ahead, planned_prices(model.region, ahead, planned))
    wanted = _by_technology(_sites_at(model, signals, full, hurdles))
    lasting = lasting_share(model.lasting_plan_share, alone, planned, wanted)
    sites = _sites_at(model, signals, free + lasting / model.lasting_plan_share * (full - free), hurdles)
    step = model.parameters["plan_adjustment_share"]
    model.lasting_plan_share = (1.0 - step) * model.lasting_plan_share + step * lasting
    counted, kept = _by_technology(sites), []
    for company, site in sites:
        at = site.slot.province, site.slot.technology
        part = min(1.0, planned[at] / counted[at]) if wanted[at] > 0.0 else 0.0
        if part > 0.0:
            kept.append(
                (company, site._replace(capacity_mw=site.capacity_mw * part, npv_cny=site.npv_cny * part))
            )
    return kept


def _sites_at(
    model: "ObjectModel",
    signals: Signals,
    value: np.ndarray,
    hurdles: list[tuple[float, float]],
) -> list[tuple[Company, Site]]:
    slots = yearly_slots(model, signals, value.tolist())
    return [(c, site) for c in model.companies for site in c.sites(slots, hurdles[c.row])]


def _by_technology(sites: list[tuple[Company, Site]]) -> np.ndarray:
    wanted = np.zeros((P, len(BUILDABLE)))
    for _, site in sites:
        wanted[site.slot.province, site.slot.technology] += site.capacity_mw
    return wanted


def _grants(
    model: "ObjectModel", chosen: list[Project], prices: YearPrices, purse: list[float]
) -> tuple[list[Project], dict[int, float]]:
    """Return the projects whose grants every scheme can pay, and the grants; schemes pay in order, kind by kind."""
    allowed, grants, left = [], {}, list(purse)
    shares = model.paths.ccus_capex_grant_share[:, model.paths.row(model.year)]
    for kind in (PowerUnit, Facility):
        offered, granted = list(left), [0.0] * len(left)
        for project in (x for x in chosen if isinstance(x.decider, kind)):
            at, ok = (project.province, project.sector), True
            promised = prices.grant[at[0]][at[1]] if project.capture else 0.0
            gross = project.capex_cny / (1.0 - promised) if project.capture else 0.0
            scale = promised / max(float(sum(share[at] for share in shares)), 1e-12)
            claims = [gross * float(share[at]) * scale for share in shares]
            for k, claim in enumerate(claims):
                paid = min(claim, offered[k])
                offered[k] -= paid
                ok = ok and paid >= claim * (1.0 - 1e-12)
            if ok:
                allowed.append(project)
                grants[id(project)] = sum(claims)
                granted = [a + b for a, b in zip(granted, claims, strict=True)]
            elif project.npv_cny > grant_worth(model, project, sum(claims)):  # it pays without the grant
                allowed.append(project._replace(capex_cny=project.capex_cny + sum(claims)))
                grants[id(allowed[-1])] = 0.0
        left = [max(a - b, 0.0) for a, b in zip(left, granted, strict=True)]
    return allowed, grants


def grant_worth(model: "ObjectModel", project: Project, grant_cny: float) -> float:
    """Return what a grant adds to a project's NPV: it is paid as the investment is, over the lead time."""
    decider = project.decider
    facility = isinstance(decider, Facility)
    lead = model.options[project.option].lead_years if facility else model.capture_lead[decider.fuel]
    years = max(lead, 1)
    return grant_cny / years * annuity(project.rate, years) * (1.0 + project.rate)


def yearly_slots(model: "ObjectModel", signals: Signals, value: list[list[float]]) -> list[Slot]:
    """Return what each technology is worth in each province, and how much of it can be started."""
    tech, t = model.region.power.technologies, signals.data_row
    factor = np.ones(len(BUILDABLE))
    factor[CHEAPENED] = model.scenario_inputs.world.renewable_cost_factor.at(model.year)
    capex = (tech.capex_cny_per_kw[t] * KW_PER_MW * model.learned[:-1] * factor).tolist()
    stock, lead_years = np.zeros((P, F)), np.zeros(F, np.int64)
    lead_years[FUEL_OF_BUILDABLE] = tech.lead_time_years
    for unit in model.units:
        if unit.retired_year > model.year + lead_years[unit.fuel]:
            stock[unit.province, unit.fuel] += unit.capacity_mw
    room = np.minimum(tech.maximum_build_mw_per_year, tech.potential_mw - stock[:, FUEL_OF_BUILDABLE])
    room[:, BUILDABLE.index("coal")] *= signals.coal_new_build_allowed
    room = np.maximum(room, 0.0).tolist()
    running = (tech.fixed_om_cny_per_kw_year[t] * KW_PER_MW).tolist()
    lead, life = tech.lead_time_years.tolist(), tech.lifetime_years.tolist()
    return [
        Slot(p, k, value[p][k], running[k], capex[k], room[p][k], lead[k], life[k])
        for p in range(P)
        for k in range(len(BUILDABLE))
    ]


def _build(model: "ObjectModel", built: list[tuple[Company, Site]]) -> None:
    """Make the units of funded sites."""
    tech = model.region.power.technologies
    names = [
        f"{BUILDABLE[s.slot.technology]}_{PROVINCES[s.slot.province].lower()}_{company.id}_{model.year}"
        for company, s in built
    ]
    number = np.array([decider_id(name) for name in names], dtype=np.int64)
    premium = premiums(model, number, Purpose.HURDLE_RATE)
    for i, (company, site) in enumerate(built):
        slot, fuel = site.slot, int(FUEL_OF_BUILDABLE[site.slot.technology])
        begins = model.year + max(slot.lead_years, 1)
        classes = benchmark_class(np.array([fuel]), np.array([site.capacity_mw]), np.array([False]))
        PowerUnit(
            model,
            province=slot.province,
            fuel=fuel,
            owner=company.row,
            capacity_mw=site.capacity_mw,
            commissioned_year=begins,
            retired_year=begins + slot.life_years,
            heat_rate=float(tech.net_heat_rate_gj_per_mwh[slot.technology]),
            must_run_share=0.0,
            minimum_load_share=float(tech.flexible_minimum_load_share[fuel]),
            availability=model.parameters["new_unit_availability"],
            book_value_cny=slot.capex_cny_per_mw * site.capacity_mw,
            number=int(number[i]),
            own_premium=premium[i],
            benchmark_class=int(classes[0]),
            site=model.new_sites[slot.province],
        )


def _learn(
    model: "ObjectModel", signals: Signals, built: list[tuple[Company, Site]], capture_cny: float
) -> None:
    """Add what was started to local experience."""
    added = np.zeros(len(BUILDABLE) + 1)
    for _, site in built:
        added[site.slot.technology] += site.capacity_mw
    unit_cost = model.region.power.technologies.capture_capex_cny_per_tco2_year[signals.data_row, COAL]
    added[-1] = capture_cny / (unit_cost * signals.capture_cost_factor)
    model.learned = learn(model.region, model.learned, model.added, added)
    model.added = model.added + added
