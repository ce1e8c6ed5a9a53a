"""Tax in every appraisal: dated sums of taxed cash flows, closed forms, the law by class and year, and the accounts."""

from collections import Counter

import numpy as np
import pytest

from tanlu.core.axes import FUEL, SECTOR, F
from tanlu.core.taxes import OTHER_INCOME, TAX_CLASSES, TaxLaw
from tanlu.decisions.auctions import _worth_of_terms
from tanlu.finance.building import Room
from tanlu.finance.companies import Companies
from tanlu.industry.facilities import Industry
from tanlu.investment.appraisal import ProjectCase, Taxes, appraise
from tanlu.investment.taxation import worths_of_new, worths_of_standing
from tanlu.investment.valuation import appraise_projects
from tanlu.kernels.appraisal import Projects, TaxYears
from tanlu.power.adequacy import value_closing
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import load_region
from tanlu.region.power import BUILDABLE
from tanlu.settlement.failure.estate import read_estate
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs
from tests.model_runs import REGION, calls_of, scenario

LAW = REGION.finance.taxes
COAL, WIND, CEMENT = FUEL["coal"], FUEL["wind"], F + SECTOR["cement"]
RATE, INFLATION = 0.06, 0.015


def flat_law(rate: float = 0.25, holiday: int = 0, half: int = 0, write_off: int = 15) -> TaxLaw:
    """Return a law that treats all alike in all years."""
    classes = len(TAX_CLASSES) + 1
    years = (np.full(classes, n) for n in (holiday, half, write_off))
    return TaxLaw(TaxYears(np.full((classes, 126), rate), 2015, *years, holiday + half + 1), INFLATION)


def case(law: TaxLaw) -> ProjectCase:
    """Return a project of 1 CNY, built in two years, that earns 1 CNY a year for 25 years."""
    taxes = Taxes(
        rate=float(law.years.rate[0, 0]),
        written_off_shares=(1.0 / 15.0,) * 15,
        inflation=INFLATION,
        holiday_years=int(law.years.holiday_years[0]),
        half_years=int(law.years.half_years[0]),
    )
    return ProjectCase(1.0, 1.0, 25, RATE, lead_years=2, taxes=taxes)


def needed_receipts(law: TaxLaw) -> float:
    """Return the yearly receipts at which a project of 1 CNY is worth nothing."""
    taxed = case(law)
    outlay = -appraise(taxed._replace(annual_cash_cny=0.0)).npv_cny
    return outlay / appraise(taxed._replace(capex_cny=0.0)).npv_cny


@pytest.mark.parametrize(
    ("law", "percent"), [(flat_law(), 15.47), (flat_law(holiday=3, half=3), 11.81)], ids=("full", "holiday")
)
def test_tax_asks_for_more_receipts(law: TaxLaw, percent: float) -> None:
    """At 6 %, two years of building and a life of 25: the law's figure within 0.01 points, by each way of valuing."""
    more = needed_receipts(law) / needed_receipts(flat_law(0.0)) - 1.0
    assert 100.0 * more == pytest.approx(percent, abs=0.01)
    columns = np.array([COAL]), np.array([[RATE]]), np.array([2]), np.array([25])
    (worth, outlay), (plain_worth, plain_outlay) = (
        worths_of_new(x, *columns, 2026) for x in (law, flat_law(0.0))
    )
    assert outlay[0, 0] / worth[0, 0] * plain_worth[0, 0] / plain_outlay[0, 0] - 1.0 == pytest.approx(
        more, rel=1e-9
    )


def tax_by_hand(name: str, start: int, year: int) -> float:
    """Return the shipped law's rate of a year for what earns since `start`, written out."""
    if name != "wind":
        return 0.25
    full = 0.15 if year <= 2030 else 0.25
    return 0.0 if year < start + 3 else 0.5 * full if year < start + 6 else full


@pytest.mark.parametrize("name", ["wind", "coal", "cement"])
@pytest.mark.parametrize(("year", "lead", "life"), [(2024, 2, 25), (2029, 1, 9), (2040, 0, 20)])
def test_npv_of_agents_is_the_dated_sum_of_taxed_cash_flows(
    name: str, year: int, lead: int, life: int
) -> None:
    """The branch of agents, sites and standing plants, against sums written here; 1e-10 of the investment."""
    place = FUEL[name] if name in FUEL else F + SECTOR[name]
    signals = model_runs.watch(scenario(years=(2020, 2021))).lived[0].year.signals
    signals = signals._replace(year=year)
    price, free = 100.0, np.zeros_like(signals.carbon.carbon_cost_cny_per_tco2)
    signals = model_runs.heard(
        signals,
        carbon_cost_cny_per_tco2=free + price,
        carbon_path_cny_per_tco2=np.zeros_like(signals.carbon.carbon_path_cny_per_tco2) + price,
    )
    value = {"capex_cny": 1e9, "cash_cny": 4e7, "avoided_tco2": 5e5, "stored_tco2": 0.0, "rate": RATE}
    value |= {"belief": 1.0, "allowance_share": 0.0, "trust": 1.0}
    whole = {"province": 0, "sector": 0, "lead_years": lead, "life_years": life, "tax_class": place}
    columns = {k: np.full(1, v, float) for k, v in value.items()} | {
        k: np.array([v]) for k, v in whole.items()
    }
    npv = appraise_projects(signals, Projects(**columns))[0][0]

    written_off, start = min(15, life), year + lead + 1
    spent = [1e9 / lead / (1.0 + RATE) ** t for t in range(lead)] or [1e9]
    expected, earned, saved = -sum(spent), 0.0, 0.0
    for k in range(1, max(life, written_off) + 1):
        tax, factor = tax_by_hand(name, start, start + k - 1), (1.0 + RATE) ** -(lead + k)
        earned += (1.0 - tax) * factor
        saved += tax * (k <= written_off) / written_off * (1.0 + INFLATION) ** -k * factor
    expected += (4e7 + 5e5 * price) * earned + 1e9 * saved
    assert npv == pytest.approx(expected, abs=0.1)
    worth, outlay = worths_of_new(
        LAW, columns["tax_class"], np.array([[RATE]]), columns["lead_years"], columns["life_years"], year
    )
    assert worth[0, 0] == pytest.approx(earned, rel=1e-10)
    assert outlay[0, 0] == pytest.approx(sum(spent) / 1e9 - saved, rel=1e-10)


def test_what_stands_has_used_up_its_holiday() -> None:
    """A wind farm in its fifth year of income has one more at half the rate; a coal unit never had any."""
    columns = np.array([RATE] * 2), np.array([20] * 2), np.array([2036, 2036]), 2040
    worth, outlay = worths_of_standing(LAW, np.array([WIND, COAL]), *columns)
    annuity = sum((1.0 + RATE) ** -k for k in range(1, 21))
    assert worth[1] == pytest.approx(0.75 * annuity, rel=1e-12)
    assert worth[0] == pytest.approx(0.75 * annuity + 0.125 / (1.0 + RATE), rel=1e-12)
    worn = (1.0 + RATE) * (1.0 + INFLATION)
    saved = 0.25 * sum(worn**-k for k in range(1, 16)) / 15.0
    assert outlay[1] == pytest.approx(1.0 - saved, rel=1e-12)


def test_losses_that_end_are_taxed_as_profits_are() -> None:
    """Closing gives up a loss and its tax alike, so that tax alone never turns whether a plant closes for nothing."""
    worth, _ = worths_of_standing(
        LAW, np.array([COAL]), np.array([RATE]), np.array([10]), np.array([2000]), 2030
    )
    annuity = sum((1.0 + RATE) ** -k for k in range(1, 11))
    gain = value_closing(np.array([-1e8]), np.array([0.0]), worth)
    assert gain[0] == pytest.approx(0.75e8 * annuity, rel=1e-12)


def test_the_law_of_the_packs() -> None:
    """Western rate to 2030 for wind, the general one for coal and works, and one reader for both packs."""
    law = LAW.years
    assert law.rate[WIND, 2030 - 2015] == 0.15 and law.rate[WIND, 2031 - 2015] == 0.25
    assert law.rate[COAL, 0] == law.rate[CEMENT, -1] == law.rate[OTHER_INCOME, 5] == 0.25
    assert (law.holiday_years[WIND], law.half_years[WIND], law.holiday_years[COAL]) == (3, 3, 0)
    small = load_region("two_provinces").finance.taxes.years
    assert (small.rate[WIND, 7], small.rate[COAL, 7], small.holiday_years[WIND]) == (0.15, 0.25, 3)

    def rates(kind: int, first_income_year: int, from_year: int) -> list[float]:
        years = (np.array([year]) for year in (first_income_year, from_year))
        return LAW.spread(np.array([kind]), np.array([25]), *years)[0][0].tolist()

    assert rates(WIND, 2026, 2026)[:7] == [0.0, 0.0, 0.0, 0.075, 0.075, 0.125, 0.25]
    assert rates(WIND, 2026, 2026)[-1] == 0.25, "the last column is for ever"
    assert rates(WIND, 2030, 2027)[0] == 0.0, "what does not earn yet is in its first year"
    assert rates(COAL, 2030, 2027)[0] == 0.25


# --- who is taxed ------------------------------------------------------------------------------------------------


def shield(rate: float, lead: int, life: int) -> float:
    """Return what writing off a CNY saves at a flat 25 %, now."""
    years = min(15, life)
    return sum(
        0.25 / years * (1.0 + INFLATION) ** -k * (1.0 + rate) ** -(lead + k) for k in range(1, years + 1)
    )


def spent(rate: float, lead: int) -> float:
    """Return the present worth of a CNY spent in equal parts over the lead time."""
    return sum((1.0 + rate) ** -t / lead for t in range(lead)) if lead else 1.0


def test_every_option_of_units_and_facilities_pays_the_tax() -> None:
    """At a flat rate each option earns three quarters of what it did, and saves tax on what it costs; in one law.

    Lead time and years of writing off are found again here: those of the option, or of what is left of the plant.
    """
    pairs = []

    class Units(PowerPlants):
        def appraise(self, signals, *rest):
            asked = super().appraise(signals, *rest)
            pairs.append(
                (self, signals.year, *(super(Units, self).appraise(s, *rest) for s in both(signals)))
            )
            return asked

    class Works(Industry):
        def appraise(self, signals, *rest):
            asked = super().appraise(signals, *rest)
            pairs.append(
                (self, signals.year, *(super(Works, self).appraise(s, *rest) for s in both(signals)))
            )
            return asked

    def both(signals):
        return tuple(signals._replace(taxes=flat_law(rate)) for rate in (0.0, 0.25))

    kinds = {"power_plants": Units, "industry": Works}
    RegionModel(Inputs(scenario(years=(2020, 2025)), REGION), populations=kinds).run()
    tried = Counter()
    for agents, year, plain, taxed in pairs:
        for i, k in zip(*np.nonzero(plain.capex_cny * plain.feasible), strict=True):
            option, row = plain.options[k], plain.decider[i]
            capex, rate = plain.capex_cny[i, k], plain.rate[i, k]
            if option in (Industry.closing, PowerPlants.closing):
                expected = 0.75 * plain.npv_cny[i, k]
            else:
                lead, life = years_of(agents, option, row, year)
                gross = plain.npv_cny[i, k] + capex * spent(rate, lead)
                expected = 0.75 * gross - capex * (spent(rate, lead) - shield(rate, lead, life))
            assert taxed.npv_cny[i, k] == pytest.approx(expected, rel=1e-9, abs=1e-9 * capex), option
            tried[option] += 1
    assert min(tried.values()) > 0 and len(tried) > 10, tried


def years_of(agents: PowerPlants | Industry, option: str, row: int, year: int) -> tuple[int, int]:
    """Return lead time of an option, and years in which it earns."""
    if isinstance(agents, Industry):
        o = agents.data.options
        return int(o.lead_time_years[o.ids.index(option)]), int(o.lifetime_years[o.ids.index(option)])
    left = int(agents.retired_year[row]) - year
    tech, x = REGION.power.technologies, REGION.parameters
    if option == "capture_retrofit":
        lead = int(tech.capture.lead_time_years[agents.fuel[row]])
        return lead, min(max(left - lead, 0), int(x["capture_life_years"]))
    if option == "cofiring_retrofit":
        return REGION.power.cofiring.lead_time_years, max(left - REGION.power.cofiring.lead_time_years, 0)
    return 0, max(left, 1) if option == "flexibility_retrofit" else int(x["life_extension_years"])


def test_estates_auctions_and_sites_pay_the_tax() -> None:
    """At a flat rate all receipts are worth three quarters; a contract is taxed in its own years."""
    model = RegionModel(Inputs(scenario(years=(2020, 2023)), REGION))
    model.run()
    signals = model.announce()
    plain, taxed = (signals._replace(taxes=flat_law(rate)) for rate in (0.0, 0.25))
    estates = [read_estate(model.actors, s) for s in (plain, taxed)]
    rows = np.flatnonzero(estates[0].has_run)
    worth = [estate.worth_cny(rows, np.full(rows.size, 0.07)) for estate in estates]
    assert (worth[0] != 0.0).any()
    np.testing.assert_allclose(worth[1], 0.75 * worth[0], rtol=1e-12)
    companies, k = model.companies, len(BUILDABLE)
    hurdle, room = companies.hurdle(plain, model.state.finance.granted), Room.nothing((2, k))
    untaxed, after_tax = (
        companies.build_terms(s, np.ones((2, k)), np.zeros(k), room, hurdle) for s in (plain, taxed)
    )
    np.testing.assert_allclose(after_tax.sites.worth, 0.75 * untaxed.sites.worth, rtol=1e-12)
    tech = REGION.power.technologies
    for j in range(k):
        saved = shield(float(untaxed.rate[0, j]), int(tech.lead_time_years[j]), int(tech.lifetime_years[j]))
        assert untaxed.sites.outlay[0, j] - after_tax.sites.outlay[0, j] == pytest.approx(saved, rel=1e-12)
    years = np.full((2, k), 12)
    contracts = [_worth_of_terms(REGION, s, years, untaxed) for s in (plain, taxed)]
    np.testing.assert_allclose(np.array(contracts[1]), 0.75 * np.array(contracts[0]), rtol=1e-12)


def test_accounts_tax_each_plant_by_its_class_and_age() -> None:
    """A wind farm in its holiday pays nothing though its owner's coal does; against a sum over all that each holds."""
    model = RegionModel(Inputs(scenario(years=(2020, 2026)), REGION))
    with calls_of(Companies, "settle") as calls:
        model.run()
    (_, cashflow, due), _, (tax, _) = calls[-1]
    rates = cashflow.interest_tax_rate
    assert ((rates >= 0.0) & (rates <= 0.25)).all() and rates.min() < 0.1 < rates.max() == 0.25
    expected = np.maximum(cashflow.tax_before_interest_cny - rates * due.interest_cny, 0.0)
    np.testing.assert_allclose(tax, expected)
    before = cashflow.operating_cny - cashflow.depreciation_cny
    mixed = (before > 0.0) & (rates < 0.25)
    assert (cashflow.tax_before_interest_cny[mixed] < 0.25 * before[mixed]).all()
    pure = rates == 0.25
    np.testing.assert_allclose(cashflow.tax_before_interest_cny[pure], 0.25 * before[pure], rtol=1e-9)
