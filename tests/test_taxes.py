"""Tax in every appraisal: dated sums of taxed cash flows, closed forms, the law by class and year, and the accounts."""

import math

import numpy as np
import pytest

from tanlu.core.axes import FUEL, SECTOR, F
from tanlu.core.taxes import OTHER_INCOME, TAX_CLASSES, TaxLaw
from tanlu.investment.appraisal import ProjectCase, Taxes, appraise
from tanlu.investment.taxation import worths_of_new, worths_of_standing
from tanlu.investment.valuation import appraise_projects
from tanlu.kernels.appraisal import Projects
from tanlu.power.adequacy import value_closing
from tanlu.region.pack import load_region
from tests import model_runs
from tests.model_runs import REGION, scenario

LAW = REGION.finance.taxes
COAL, WIND, CEMENT = FUEL["coal"], FUEL["wind"], F + SECTOR["cement"]
RATE, INFLATION = 0.06, 0.015


def flat_law(rate: float = 0.25, holiday: int = 0, half: int = 0, write_off: int = 15) -> TaxLaw:
    """Return a law that treats all alike in all years."""
    classes = len(TAX_CLASSES) + 1
    years = (np.full(classes, n) for n in (holiday, half, write_off))
    return TaxLaw(np.full((classes, 126), rate), *years, INFLATION, holiday + half + 1)


def case(law: TaxLaw) -> ProjectCase:
    """Return a project of 1 CNY, built in two years, that earns 1 CNY a year for 25 years."""
    taxes = Taxes(
        rate=float(law.rate[0, 0]),
        written_off_shares=(1.0 / 15.0,) * 15,
        inflation=INFLATION,
        holiday_years=int(law.holiday_years[0]),
        half_years=int(law.half_years[0]),
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
    assert LAW.rate[WIND, 2030 - 2015] == 0.15 and LAW.rate[WIND, 2031 - 2015] == 0.25
    assert LAW.rate[COAL, 0] == LAW.rate[CEMENT, -1] == LAW.rate[OTHER_INCOME, 5] == 0.25
    assert (LAW.holiday_years[WIND], LAW.half_years[WIND], LAW.holiday_years[COAL]) == (3, 3, 0)
    small = load_region("two_provinces").finance.taxes
    assert (small.rate[WIND, 5], small.rate[COAL, 5], small.holiday_years[WIND]) == (0.15, 0.25, 3)
    early = LAW.rates(np.array([WIND]), np.array([2026]), 2026)[0]
    assert early[:7].tolist() == [0.0, 0.0, 0.0, 0.075, 0.075, 0.125, 0.25]
    assert math.isclose(early[-1], 0.25), "the last column is for ever"
    before = LAW.rates(np.array([WIND, COAL]), np.array([2030, 2030]), 2027)[:, 0]
    assert before.tolist() == [0.0, 0.25], "what does not earn yet is in its first year"
