"""While draws are to come every figure says so, and nothing is held against anything: neither figure nor word does."""

import csv

import pytest

from tanlu.core.words import LANGUAGES
from tanlu.inputs.diagnostics import Place, Severity, build_finding
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import ABOUT, ABSENT, EFFECT, FIXED, PROVISIONAL, SETTLED
from tanlu.output.figures.levels import in_year, levels
from tanlu.output.figures.paths import match_draws, paths_of
from tanlu.output.figures.phrases import against_in_words, plain
from tanlu.output.take_away.brief import brief
from tanlu.pages.address import Address
from tanlu.pages.builder.dry_pair import DRY, DryShown, dry_pair
from tanlu.pages.explore import what_changes
from tanlu.pages.levers import Levers
from tanlu.pages.measures import figures_csv, measured, summary, targets_of
from tanlu.pages.money.bearers import bearer_rows, told_against
from tanlu.pages.rooms.dry_year import dry_tables
from tanlu.pages.rooms.emissions import paths_by_name
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.take_away.panel import name_of
from tanlu.pages.worked.attributions import NOT_YET
from tanlu.pages.workers.views import found_in
from tests.fake_result import fake_draw, write_fake_pack, write_fake_scenarios
from tests.test_app_workers import ByHand

DRAWS = 5
MARK = {"en": "rovisional (1/5)", "zh": "初步 (1/5)"}
SIGNS = ("+", "\N{MINUS SIGN}", "avoided", "more", "less", "减排", "高", "低")
SETTING = Levers.of(
    "baseline",
    {
        "policies": {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}},
        "world": {"drought": {2030: 2022}},
    },
)


class Patient(ByHand):
    """Workers who carry out what a visitor no longer waits for, too."""

    def leave(self, visitor, *, but=""):
        """Keep all orders."""


class Answered:
    """A setting with its reference and its dry year, of which as many draws have come as the test says."""

    def __init__(self, folder) -> None:
        pack, files = write_fake_pack(folder), write_fake_scenarios(folder)
        written = files["baseline"].read_text(encoding="utf-8")
        files["baseline"].write_text(
            written.replace("replications: 1", f"replications: {DRAWS}"), encoding="utf-8"
        )
        self.workers = Patient(lambda order: fake_draw(order, pack))
        self.service = Service(self.workers, files, pack)
        self.service.begin()
        for draw in range(DRAWS):
            self.workers.come(draw)
        self.pair = dry_pair(SETTING, self.service.scenarios)
        of = (SETTING, self.service.scenarios.against(SETTING), self.pair.normal)
        self.ensembles = [
            self.service.watch(f"visitor-{n}", one, "", lambda: None) for n, one in enumerate(of)
        ]
        self.workers.come(0)

    @property
    def views(self):
        return [one.view for one in self.ensembles]

    def summed_up(self):
        view, base, _ = self.views
        return summary(view, base, self.service, targets_of(base, self.service))

    @property
    def dry(self):
        view, _, normal = self.views
        return DryShown(self.pair, DRY, view, normal)

    def phrases(self, language):
        """All that the page says in phrases: its sentence, its cards, and the panel of the dry year."""
        shown = self.summed_up()
        cards = [line for card in shown.cards(language) for line in card["lines"]]
        (table,) = dry_tables(self.dry, self.service, language)
        return shown.sentence(language), cards, [cell for row in table["rows"] for cell in row["cells"]]

    def come(self):
        for draw in range(1, DRAWS):
            self.workers.come(draw)


@pytest.fixture
def answered(tmp_path):
    return Answered(tmp_path)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentence_cards_and_dry_year_are_marked_and_tell_no_difference(answered, language):
    sentence, cards, dry = answered.phrases(language)
    assert len(sentence) == 2 and len(dry) == 12, "what droughts do, no warning"
    parts = [part for line in (*sentence, *cards, *dry) for part in line if part["figure"]]
    assert len(parts) > 12
    for part in parts:  # in one element: about how much, and how many draws that is of
        assert part["state"] == PROVISIONAL and part["text"].startswith(ABOUT), part
        assert part["text"].endswith(MARK[language]), part
    groups = answered.summed_up().cards(language)
    of_groups = {card["state"]: (card["number"][0], card["mark"][-5:]) for card in groups}
    assert of_groups == {PROVISIONAL: (ABOUT, MARK[language][-5:]), ABSENT: ("\N{EN DASH}", "")}
    figures = answered.summed_up().figures
    assert figures and EFFECT not in {figure.kind for figure in figures.values()}
    told = [plain(line) for line in (*sentence, *cards, *dry)]
    assert not [line for line in told if any(sign in line for sign in SIGNS)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_once_all_draws_are_there_the_differences_are_told(answered, language):
    answered.come()
    sentence, cards, dry = answered.phrases(language)
    states = {part["state"] for line in (*sentence, *cards, *dry) for part in line if part["figure"]}
    assert states <= {SETTLED, FIXED}
    assert MARK[language][:3] not in "".join(plain(line) for line in (*sentence, *cards, *dry))
    shown = {part["figure"] for line in (*sentence, *cards, *dry) for part in line}
    assert {"avoided", "wholesale@2030 change", "avoided_share"} <= shown


def test_value_less_reference_is_the_difference_at_every_moment(answered):
    for there in range(1, DRAWS + 1):
        view, base, normal = answered.views
        whole = paths_of(measured(answered.service.baseline(), answered.service))
        for views in ((view, base), (view, normal)):
            now, before = match_draws(*(paths_of(measured(one, answered.service)) for one in views), whole)
            assert len(now.emissions_mtco2) == len(before.emissions_mtco2) in (1, DRAWS)
            found = effects(now, before)
            cumulative, usual = (levels(one)["emissions_cumulative"].value for one in (now, before))
            assert found["avoided"].value == pytest.approx(usual - cumulative)
            rise = found["drought_price_rise_2030"]
            prices = [in_year(one, one.wholesale_cny_per_mwh, 2030).mean() for one in (now, before)]
            assert rise.value == pytest.approx(prices[0] - prices[1])
            assert (rise.state == PROVISIONAL) == (rise.draws < DRAWS) and (rise.sign == 0 or rise.draws > 1)
        if there < DRAWS:
            answered.workers.come(there)


def test_an_answer_is_drawn_twice_first_one_draw_and_then_all(answered):
    seen = [[one.view.id for one in answered.ensembles]]
    for draw in range(1, DRAWS):
        answered.workers.come(draw)
        seen.append([one.view.id for one in answered.ensembles])
    drawn = [list(dict.fromkeys(of)) for of in zip(*seen, strict=True)]
    assert [[one.partition("-")[2] for one in of] for of in drawn] == [[f"1-of-{DRAWS}", ""]] * 3


def test_a_reference_of_which_draws_are_to_come_leaves_an_answer_preliminary(answered):
    answered.come()
    view, base, _ = answered.views
    part = base.measures._replace(values=base.measures.values[:2])
    found = summary(view, type(base)(**{**vars(base), "measures": part}), answered.service, ())
    assert {figure.state for figure in found.figures.values()} == {PROVISIONAL}
    assert found.progress == (2, DRAWS) and "avoided" not in found.figures


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_line_below_the_chart_waits_for_all_draws(answered, language):
    view, base, _ = answered.views
    shown = answered.summed_up()
    told = what_changes(view, base, shown, language)
    assert MARK[language] in told and against_in_words(shown.kind, language) in told


def test_tables_of_money_wait_for_all_draws(answered):
    view, base, _ = answered.views
    shown = answered.summed_up()
    assert not told_against(view, base, shown)
    rows = bearer_rows(view, base, shown, answered.service).rows if base.payments else []
    assert all(row.before is None for row in rows)
    answered.come()
    view, base, _ = answered.views
    assert told_against(view, base, answered.summed_up())


def test_shares_of_policies_wait_for_all_draws(answered):
    session = Session(answered.service, Address(levers=SETTING), "en")
    assert session.worked(answered.views[0]) is NOT_YET
    answered.come()
    assert session.worked(answered.views[0]).is_whole


def test_files_of_an_early_answer_say_so_in_name_and_title(answered):
    view, base, _ = answered.views
    early = f"1-of-{DRAWS}"
    assert early in name_of(view) and view.id.endswith(early)
    of = paths_by_name(view, base, answered.service)
    assert sum(f"(1 of {DRAWS} draws)" in name for name in of) == 2, "all but the baseline"
    rows = csv.DictReader(figures_csv(answered.summed_up().figures, (), (), "x").splitlines()[0:])
    told = [(row["draws"], row["requested_draws"], row["state"]) for row in rows]
    assert set(told) == {("1", str(DRAWS), PROVISIONAL)}
    answered.come()
    view, base, _ = answered.views
    assert "of" not in name_of(view).split("-") and view.levers.name in paths_by_name(
        view, base, answered.service
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_is_marked_and_has_no_change(language):
    from tests.test_brief import measured as one_draw
    from tests.test_brief import subject

    now = one_draw("high_carbon_price", replications=DRAWS)
    told = brief(subject("high_carbon_price", measured=now), language)
    assert told.count(MARK[language]) > 7 and ' change"' not in told
    assert f"{MARK[language]}</title>" in told
    assert ' change"' in brief(subject("high_carbon_price"), language)


def test_findings_of_an_answer_are_told_of_all_draws_and_errors_at_once():
    odd, void = (
        build_finding(severity, "says-nothing", Place("x"), name="x", kind="y")
        for severity in (Severity.warning, Severity.error)
    )
    assert found_in([(odd,)], 2) == ()
    assert found_in([(odd, void)], 2) == (void,)
    assert found_in([(odd,), (odd,)], 2) == (odd,)
    assert found_in([(odd,), ()], 2) == ()
