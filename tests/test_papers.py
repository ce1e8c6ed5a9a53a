"""Papers reproduced: inside their tolerances, and outside once the code under test is broken on purpose.

Run as a program, this file writes the table of docs/papers.md.
"""

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.carbon_market import market, national
from tanlu.cli.main import app
from tanlu.cli.papers import cells
from tanlu.evaluation.papers import reproduce as reproducing
from tanlu.evaluation.papers.p5 import paper as p5
from tanlu.evaluation.papers.p6 import paper as p6
from tanlu.evaluation.papers.p9 import paper as p9
from tanlu.evaluation.papers.p10 import paper as p10
from tanlu.evaluation.papers.p11 import paper as p11
from tanlu.evaluation.papers.reproduce import Paper, PaperFigure, paper_names, reproduce
from tanlu.finance import building
from tanlu.investment import appraisal

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "papers.md"
TABLE = re.compile(r"(<!-- figures: begin -->\n).*?(<!-- figures: end -->)", re.DOTALL)
KERNEL, WAITING = "kernels/appraisal.py", "investment/waiting.py"
SPREADING = "investment/share_dynamics.py"
SITES = "kernels/building_sites.py"
CLEARING, MARKET = "kernels/carbon_market.py", "carbon_market/market.py"
NATIONAL = "kernels/national_market.py"
DISPATCH, CLOSING, PLANS = "power/market.py", "power/adequacy.py", "decisions/plan_search.py"
ONE_CUT = {"cuts": "cut_20", "auctions": "fifth", "figures": "cut_20.(ratio|fifth|is_.*)"}  # of P11
FEWER_DRAWS = {"draws": "3", "years": "12", "ceiling": "35"}  # of P12
SLOW = ("P6",)  # papers that take more than a few seconds
# Where what is broken, and which papers must then fail.
MUTANTS = {
    "a rate that grows what it should discount": (
        (KERNEL, "step = 1.0 / (1.0 + rate)\n    leap", "step = 1.0 / (1.0 - rate)\n    leap"),
        ("P1", "P2", "P9"),
    ),
    "an investment that pays": (
        (KERNEL, "annuity - projects.capex_cny[i] * outlay", "annuity + projects.capex_cny[i] * outlay"),
        ("P1", "P2", "P9"),
    ),
    "spending a year late": (
        (KERNEL, "terms.spending_share[i, t] * factors[t]", "terms.spending_share[i, t] * factors[t + 1]"),
        ("P1", "P9"),
    ),
    "equal parts": ((KERNEL, "if phases == 0:", "phases = 0\n    if True:"), ("P1",)),
    "operation a year late": (
        (
            KERNEL,
            "first, life = terms.first_year[i], projects.life_years[i]\n    last_announced",
            "first, life = terms.first_year[i] + 1, projects.life_years[i]\n    last_announced",
        ),
        ("P1", "P9"),
    ),
    "a life a year short": ((KERNEL, "last = first + life - 1", "last = first + life - 2"), ("P2",)),
    "tax on what is written off": (
        (KERNEL, "(1.0 - credit) - (1.0 - terms", "(1.0 - credit) + (1.0 - terms"),
        ("P2",),
    ),
    "a credit that costs": ((KERNEL, "outlay * (1.0 - credit)", "outlay * (1.0 + credit)"), ("P2",)),
    "a credit that adds to what is written off": (
        (KERNEL, "1.0 - terms.credit_basis_share", "1.0 + terms.credit_basis_share"),
        ("P2",),
    ),
    "inflation that raises what is written off": ((KERNEL, "price_level /=", "price_level *="), ("P2",)),
    "a tax that pays": ((KERNEL, "1.0 - _tax_rate(terms, i, t", "1.0 + _tax_rate(terms, i, t"), ("P2",)),
    "no end, undiscounted": (
        (KERNEL, "factors[flat_from] / projects.rate[i]", "factors[flat_from] * projects.rate[i]"),
        ("P9",),
    ),
    "the other root": ((WAITING, "rate / variance) - half", "rate / variance) + half"), ("P9",)),
    "a multiple below 1": ((WAITING, "b / (b - 1.0)", "b / (b + 1.0)"), ("P9",)),
    "abatement that emits": (
        (CLEARING, "min(entities.abatement_slope[i] * price,", "min(-entities.abatement_slope[i] * price,"),
        ("P10",),
    ),
    "a bank above the reservation price": (
        (CLEARING, "if price > reservation", "if price < reservation"),
        ("P10",),
    ),
    "who is short sells": ((CLEARING, "total += _respond", "total -= _respond"), ("P10",)),
    "next year's price compounded": (
        (MARKET, "expected / (1.0 + rates)", "expected * (1.0 + rates)"),
        ("P10",),
    ),
    "a trigger without the multiple": ((WAITING, "return multiple * cost", "return cost"), ("P9",)),
    "the dearer one preferred": ((SPREADING, "lead >= 0.0", "lead < 0.0"), ("P5",)),
    "a lead the wrong way round": (
        (SPREADING, "[..., None, :] - costs[..., :, None]", "[..., :, None] - costs[..., None, :]"),
        ("P5",),
    ),
    "users who pass to what they leave": (
        (SPREADING, "gain - np.swapaxes(gain, -1, -2)", "np.swapaxes(gain, -1, -2) - gain"),
        ("P5",),
    ),
    "nobody who passes back": ((SPREADING, "gain - np.swapaxes(gain, -1, -2)", "gain"), ("P5",)),
    "turnover of the other one": ((SPREADING, "gain = rate *", "gain = rate.T *"), ("P5",)),
    "sites that earn what they cost to run": (
        (SITES, "value[p, k] - terms.running_cost", "value[p, k] + terms.running_cost"),
        ("P6",),
    ),
    "the dearest unit first": (
        (DISPATCH, "np.argsort(year.unit_cost_cny_per_mwh", "np.argsort(-year.unit_cost_cny_per_mwh"),
        ("P6",),
    ),
    "who loses stays": ((CLOSING, "~(mean < 0.0), mean", "mean < 0.0, mean"), ("P6",)),
    "closing that brings the profit": ((CLOSING, "return -profit_cny", "return profit_cny"), ("P6",)),
    "nobody remembers long enough": ((CLOSING, "missing > 0, limit", "missing <= 0, limit"), ("P6",)),
    "a floor that holds prices down": (
        (NATIONAL, "min(max(price, least), rules.limits.ceiling[y])", "min(price, least)"),
        ("P12",),
    ),
    "no ceiling": (
        (NATIONAL, "min(max(price, least), rules.limits.ceiling[y])", "max(price, least)"),
        ("P12",),
    ),
    "a reserve that takes below its threshold": (
        (NATIONAL, "bank - rules.limits.reserve_upper_share", "bank + rules.limits.reserve_upper_share"),
        ("P7",),
    ),
    "a reserve that gives what it takes": (
        (NATIONAL, "supply + release - intake", "supply + release + intake"),
        ("P7",),
    ),
    "a reserve that takes what it releases": (
        (NATIONAL, "supply + release - intake", "supply - release - intake"),
        ("P7",),
    ),
    "a reserve that cancels what may stay": (
        (
            NATIONAL,
            "accounts[RESERVE] - rules.limits.reserve_keeps",
            "accounts[RESERVE] + rules.limits.reserve_keeps",
        ),
        ("P7",),
    ),
    "allowances that cost output": (
        (NATIONAL, "price * (intensity - follows", "price * (intensity + follows"),
        ("P8", "P11"),
    ),
    "a standard that does not follow output": (
        (NATIONAL, "if kind == CAP else 1.0", "if kind == CAP else 0.0"),
        ("P8", "P11"),
    ),
    "a cap that follows output": (
        (NATIONAL, "follows = rules.allocation.follows_output_share[y, c]", "follows = 1.0"),
        ("P8", "P11"),
    ),
    "an auction that takes": (
        (NATIONAL, "auctioned = free * sold / (1.0 - sold)", "auctioned = -free * sold / (1.0 - sold)"),
        ("P11",),
    ),
    "abatement that adds": (
        (
            NATIONAL,
            "max(1.0 - position.abated_share[c] - position",
            "max(1.0 + position.abated_share[c] + position",
        ),
        ("P11",),
    ),
    "plans of the year before for ever": ((PLANS, "started >= best_mwh", "started > best_mwh"), ("P6",)),
}
# Who uses what of a file.
USED_BY = {
    KERNEL: [(appraisal, "value_projects"), (p6, "site_worths")],
    SITES: [(building, "find_fair_plans value_sites")],
    WAITING: [(p9, "option_exponent option_value trigger_price waiting_multiple")],
    SPREADING: [(p5, "advance_shares preference")],
    CLEARING: [(market, "clear_market")],
    MARKET: [(p10, "clear_carbon_market")],
    NATIONAL: [(national, "book_national_year solve_national_year")],
    DISPATCH: [(p6, "dispatch")],
    CLOSING: [(p6, "approve_closing not_losing short_memory value_closing")],
    PLANS: [(p6, "Planning agree")],
}
DECORATORS = re.compile(r"from tanlu\.compilation\.decorators import .*\n")
WITHOUT_COMPILER = "helper = kernel = plain = lambda function: function\n"


def broken(file: str, old: str, new: str) -> ModuleType:
    """Return a module of the package with one text in it changed, its kernels as plain Python."""
    text = (ROOT / "model" / "tanlu" / file).read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"{file} no longer has: {old}"
    module = ModuleType(f"broken_{Path(file).stem}")
    code = DECORATORS.sub(WITHOUT_COMPILER, text.replace(old, new))
    exec(compile(code, file, "exec"), vars(module))
    return module


def install(monkeypatch: pytest.MonkeyPatch, file: str, module: ModuleType) -> None:
    """Let the papers use a module in place of ours."""
    for user, names in USED_BY[file]:
        for name in names.split():
            monkeypatch.setattr(user, name, getattr(module, name))


@cache
def foreseen() -> np.ndarray:
    """Return the prices that come true if they are expected, by the code as it stands."""
    rows = reproducing._rows(reproducing.FOLDER / "p10" / "market.csv")
    return p10.foresight({row["item"]: float(row["value"]) for row in rows}, 0.5)


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only so many agents wait as tell a trigger from another, and expect what is known to come true.

    Plants begin near where they end, and the year has fewer steps.
    """
    read, prices = reproducing._rows, foreseen()
    monkeypatch.setattr(p10, "foresight", lambda *_: prices)
    monkeypatch.setattr(p6, "MOST_YEARS", 150)
    monkeypatch.setattr(p11, "COST_STEPS", 40)

    def fewer(path: Path) -> reproducing.Rows:
        rows = read(path)
        if path.parent.name == "p6" and path.name == "market.csv":
            return [row | {"value": "120"} if row["item"] == "days" else row for row in rows]
        if path.parent.name == "p11" and path.stem in ONE_CUT:
            return [row for row in rows if re.fullmatch(ONE_CUT[path.stem], next(iter(row.values())))]
        if path.parent.name == "p12" and path.name == "market.csv":
            return [row | {"value": FEWER_DRAWS.get(row["item"], row["value"])} for row in rows]
        if path.name == "starts.csv":
            return [row | {"coal_mw": "480", "gas_mw": "530"} for row in rows]
        if path.name == "agents.csv":
            return [row | {"value": "2000"} if row["item"] == "agents" else row for row in rows]
        if path.name == "figures.csv":
            return [row | {"bound": "15"} if row["figure"].startswith("agents.") else row for row in rows]
        return rows

    monkeypatch.setattr(reproducing, "_rows", fewer)


@cache
def reproduced(name: str) -> Paper:
    """Return a paper by the code as it stands."""
    return reproduce(name)


BY_SPEED = [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in paper_names()]


@pytest.mark.parametrize("name", BY_SPEED)
def test_every_figure_is_within_its_tolerance(name: str) -> None:
    paper = reproduced(name)
    assert paper.bounded >= 4
    assert not [figure for figure in paper.figures if figure.verdict == "missed"]


@pytest.mark.parametrize("name", BY_SPEED)
def test_a_paper_says_where_its_figures_are_from(name: str) -> None:
    paper = reproduced(name)
    assert len({figure.name for figure in paper.figures}) == len(paper.figures)
    assert all(figure.place for figure in paper.figures if figure.published is not None)
    assert all(figure.published is not None for figure in paper.figures if figure.bound is not None)
    assert all(
        figure.label["en"] and re.search(r"[\u4e00-\u9fff(]", figure.label["zh"]) for figure in paper.figures
    )
    assert paper.citation and paper.data_licence and paper.kind in ("published table", "closed form")
    assert len(paper.notes["en"]) == len(paper.notes["zh"]) > 0
    for module in paper.modules:
        import_module(module)


def test_the_code_as_it_stands_passes_without_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken(monkeypatch)
    for file in USED_BY:
        install(monkeypatch, file, broken(file, "import", "import"))
    assert {name: reproduce(name).missed for name in paper_names()} == dict.fromkeys(paper_names(), 0)


@pytest.mark.parametrize("what", MUTANTS)
def test_a_paper_fails_if_its_module_is_broken(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (file, old, new), papers = MUTANTS[what]
    quicken(monkeypatch)
    install(monkeypatch, file, broken(file, old, new))
    for name in papers:
        assert fails(name), name


def fails(name: str) -> bool:
    try:
        return reproduce(name).missed > 0
    except (ArithmeticError, ValueError, IndexError, RuntimeWarning):
        return True


def test_every_paper_has_a_mutant() -> None:
    tried = {name for _, papers in MUTANTS.values() for name in papers}
    assert tried == set(paper_names())


def test_any_split_of_the_allowances_has_the_same_foresight() -> None:
    """Prices that come true for one split come true for another: the fixed point is the same."""
    rows = reproducing._rows(reproducing.FOLDER / "p10" / "market.csv")
    market_of = {row["item"]: float(row["value"]) for row in rows}
    for share in (0.0, 0.31, 1.0):
        years = p10._clear_years(market_of, p10.UNLIMITED, share, foreseen())
        np.testing.assert_allclose(p10._prices(years), foreseen(), rtol=1e-5)


# --- the command ------------------------------------------------------------------------------------------


def tanlu(*arguments: str):
    return CliRunner().invoke(app, ["reproduce", *arguments])


def test_the_table_shows_published_and_ours() -> None:
    shown = tanlu("p2")
    assert shown.exit_code == 0, shown.output
    assert re.search(r"43\.164328 . +43\.164328 .*0\.0001 . met", shown.stdout)
    assert "8 of 8 figures are within their tolerance" in re.sub(r"\s+", " ", shown.stdout)
    assert "吻合" in tanlu("P2", "--lang", "zh").stdout


def test_a_miss_is_shown_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, KERNEL, broken(*MUTANTS["a tax that pays"][0]))
    shown = tanlu("P2")
    assert shown.exit_code == 1
    assert "missed" in shown.stdout and "4 of 8 figures" in shown.stdout


@pytest.mark.parametrize(("name", "near"), [("P22", "did you mean `P2`"), ("Q1", "there are: P1, P2")])
def test_a_wrong_name_is_told_with_the_nearest(name: str, near: str) -> None:
    done = tanlu("P1", name)
    assert done.exit_code == 2 and done.stdout == ""
    assert f"no paper `{name}`" in done.stderr and near in done.stderr


@pytest.mark.parametrize(
    ("published", "simulated", "bound", "unit", "verdict"),
    [
        (100.0, 101.4, 1.5, "percent", "met"),
        (100.0, 101.6, 1.5, "percent", "missed"),
        (-100.0, -98.4, 1.5, "percent", "missed"),
        (2.0, 2.0011, 1e-3, "GBP", "missed"),
        (2.0, float("nan"), 1e-3, "GBP", "missed"),
        (2.0, 9.0, None, "", ""),
        (None, 9.0, None, "", ""),
    ],
)
def test_verdicts(published, simulated, bound, unit, verdict) -> None:
    assert PaperFigure("x", {}, "GBP", published, simulated, bound, unit, 1, "p. 1").verdict == verdict


# --- the page ---------------------------------------------------------------------------------------------


HEADING = [
    "| paper | figure | unit | published | ours | off by | tolerance | verdict | place |",
    "| --- | --- | --- | ---: | ---: | ---: | ---: | --- | --- |",
]


def lines_of(name: str) -> list[str]:
    """Return the bounded figures of a paper as lines of docs/papers.md."""
    bounded = [figure for figure in reproduced(name).figures if figure.verdict]
    return ["| " + " | ".join((name, *cells(figure, "en"))) + " |" for figure in bounded]


@pytest.mark.parametrize("name", BY_SPEED)
def test_the_page_has_the_figures_of_the_command(name: str) -> None:
    shown = TABLE.search(PAGE.read_text(encoding="utf-8")).group(0).splitlines()
    assert shown[1:3] == HEADING
    there = [line for line in shown if line.startswith(f"| {name} |")]
    assert there == lines_of(name), "write it again: uv run python -m tests.test_papers"


def test_the_page_has_all_papers_in_order() -> None:
    shown = TABLE.search(PAGE.read_text(encoding="utf-8")).group(0).splitlines()[3:-1]
    assert list(dict.fromkeys(line.split(" | ")[0].strip("| ") for line in shown)) == list(paper_names())


if __name__ == "__main__":
    TEXT = "\n".join([*HEADING, *(line for name in paper_names() for line in lines_of(name))]) + "\n"
    PAGE.write_text(TABLE.sub(rf"\g<1>{TEXT}\g<2>", PAGE.read_text(encoding="utf-8")), encoding="utf-8")
