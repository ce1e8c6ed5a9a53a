"""What one visitor has chosen: reactive values made once per browser tab, never shared."""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import solara

from tanlu.inputs.diagnostics import Finding
from tanlu.output.charts import GROUPINGS
from tanlu.pages.address import Address, Moment, moment_from
from tanlu.pages.builder.actions import Builder
from tanlu.pages.builder.asked import Asked
from tanlu.pages.builder.dry_pair import DRY, DryShown, dry_pair
from tanlu.pages.builder.notice import Notice
from tanlu.pages.compare.actions import Workbench
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers
from tanlu.pages.plans.actions import PlanDesk
from tanlu.pages.rooms.routes import VIEWS
from tanlu.pages.rooms.small_picks import SmallPicks
from tanlu.pages.seek.actions import SeekDesk
from tanlu.pages.service import Service
from tanlu.pages.sure.draws import MORE, Drawn
from tanlu.pages.worked.attributions import NOT_YET, Worked
from tanlu.pages.workers.ensembles import Ensemble
from tanlu.pages.workers.notifier import Notifier
from tanlu.pages.workers.orders import Tables
from tanlu.pages.workers.views import AnswerView

DRY_VISITORS = ("here", "other")  # in whose names the pair with and without a dry year is asked
PATIENCE_SECONDS = 1.0  # after which a visitor is told his place


class Standing(NamedTuple):
    """What is still to come of an answer."""

    computing: bool  # what is on show answers an earlier setting
    answered: int  # number of the browser's last move that was answered
    ahead: int  # orders before the first that waits, once that has taken a while
    drawn: int  # of what is on show
    draws: int
    prepared: bool = False  # whether what is on show was made ahead


def against_tables(tables: Tables) -> Tables:
    """Return which of an answer's tables its reference needs too: those that are compared with its own."""
    return tables if tables in ("plants", "payments") else ""


class Session:
    """The choices of one browser tab; pages read the reactives and call the actions."""

    def __init__(self, service: Service, address: Address, language: str) -> None:
        self.service = service
        self.asked = solara.reactive(Asked(address.levers, loaded=address.levers))
        self.language = solara.reactive(address.language or language)
        self.grouping = solara.reactive(address.grouping)
        self.view = solara.reactive(address.view)
        self.region = solara.reactive(address.region)
        self.moment: solara.Reactive[Moment] = solara.reactive(address.moment)
        self.notices: solara.Reactive[tuple[Notice, ...]] = solara.reactive(address.notices)
        self.dismissed: solara.Reactive[tuple[Finding, ...]] = solara.reactive(())
        self.more: solara.Reactive[tuple[Levers, int]] = solara.reactive((address.levers, 0))
        self.last_good = Levers()
        self.id = secrets.token_hex(8)
        self.workbench = Workbench(service, address.choice, self.id)
        self.smalls = SmallPicks(address.smalls)
        self._answered = 0  # number of the browser's last move that was answered
        self._shown: AnswerView | None = None
        self._reference: AnswerView | None = None  # of what is shown
        self._ensemble: Ensemble | None = None
        self._against: Ensemble | None = None  # of its reference
        self._dry = DryShown(None)  # what was last shown of a dry year
        self._worked = NOT_YET  # what was last shown of shares
        self._since = 0.0  # when the setting was asked for
        self._notifier = Notifier()
        self.builder = Builder(service.scenarios, lambda: self.asked.value, self.asked.set)
        self.plan_desk = PlanDesk(service.plans, lambda: self.asked.value.levers, self.id)
        self.desk = SeekDesk(service.searches, self.builder, self.id, address.problem)

    def dismiss(self, findings: tuple[Finding, ...]) -> None:
        """Forget notices and these findings."""
        self.notices.set(())
        self.dismissed.set(findings)

    def reset(self, where: object = None) -> None:
        """Return to the baseline, to what was `loaded` or to the last `run`, and forget notices."""
        self.notices.set(())
        if where == "run":
            self.back()
        else:
            self.builder.reset(where)

    def back(self, _: object = None) -> None:
        """Return to the last setting the model could answer."""
        self.asked.set(self.asked.value.set(self.last_good))

    def switch_language(self, language: object) -> None:
        """Show the page in another language."""
        if language in ("en", "zh"):
            self.language.set(str(language))

    def choose_region(self, region: object) -> None:
        """Show the whole page of a province, or of the provinces together."""
        if region in self.service.places:
            self.region.set(str(region))

    @property
    def shown_region(self) -> str:
        """The region of figures on show: the chosen one, all provinces where the model does not split the view."""
        chosen, whole = self.region.value, self.service.axes.region
        return whole if chosen == BOTH or VIEWS[self.view.value].together else chosen

    def group_by(self, grouping: object) -> None:
        """Draw the emissions against the baseline, by sector or by province."""
        if grouping in GROUPINGS:
            self.grouping.set(str(grouping))

    def choose_view(self, view: object) -> None:
        """Show another view of the same answer."""
        if view in VIEWS:
            self.view.set(str(view))

    def choose(self, asked: object) -> None:
        """Show another view where a browser names one, else another moment."""
        if isinstance(asked, Mapping) and "view" in asked:
            self.choose_view(asked["view"])
        else:
            self.choose_moment(asked)

    def choose_moment(self, chosen: object) -> None:
        """Take what a browser asks to see of the hours: any of month, year and dry year."""
        if isinstance(chosen, Mapping):
            self.moment.set(moment_from(chosen, self.moment.value, self.service.years))

    def address(self) -> Address:
        """Return what leads back here."""
        return Address(
            self.asked.value.levers,
            self.language.value,
            self.grouping.value,
            self.view.value,
            self.moment.value,
            self.workbench.choice.value,
            self.smalls.chosen.value,
            self.desk.problem.value,
            self.region.value,
        )

    def answer(self) -> AnswerView | str:
        """Return what is there of the model's answer in the region on show, or the number of its failure.

        Until the first draw of a new setting and of its reference is there, that is what was there before. A view that
        shows nothing of the package asks for none of its runs.
        """
        self._notifier.listen()
        if not VIEWS[self.view.value].shows_package:
            return self._leave_package()
        asked, tables = self.asked.value, VIEWS[self.view.value].tables
        ensemble = self.service.watch(self.id, asked.levers, tables, self._notifier.tell)
        against = self._watch_reference(asked.levers, tables)
        if ensemble is not self._ensemble:
            self._ensemble, self._since = ensemble, time.monotonic()
        self._against = against
        for one, needed in ((ensemble, tables), (against, against_tables(tables))):
            if one.failure and not (one.is_whole and not one.lacks(needed)):
                return one.failure  # a whole answer is shown though tables of another room failed
        there = not ensemble.lacks(tables) and not against.lacks(against_tables(tables))
        view, before = ensemble.view, against.view
        if view is not None and before is not None and there:
            self.last_good, self._answered = asked.levers, asked.move
            is_new = self._shown is None or self._shown.levers != asked.levers
            if is_new or (ensemble.is_whole and against.is_whole):  # drawn anew twice at most
                self._shown, self._reference = view, view if against is ensemble else before
        elif view is None or before is None:
            self._notifier.tell_in(PATIENCE_SECONDS)
        return (self._shown or self.service.baseline()).in_region(self.shown_region)

    def _leave_package(self) -> AnswerView:
        """Ask for nothing of the package any more; what was shown of it last stays."""
        self.service.leave(self.id)
        self.service.leave(f"{self.id}-reference")
        self._ensemble = self._against = None
        self._answered = self.asked.value.move
        return (self._shown or self.service.baseline()).in_region(self.shown_region)

    def dry_shown(self, answer: AnswerView) -> DryShown:
        """Return what is there of an answer with and without its dry year; ask for both where one is chosen."""
        if self.view.value != "electricity":
            return self._leave_dry_year(DryShown(None))
        pair, which = dry_pair(answer.levers, self.service.scenarios), self.moment.value.dry
        if pair is None or not which or answer.levers != self.asked.value.levers:
            return self._leave_dry_year(DryShown(pair))
        both = (pair.dry, pair.normal) if which == DRY else (pair.normal, pair.dry)
        needed: tuple[Tables, Tables] = ("hours", "")
        here, other = (
            self.service.watch(f"{self.id}-{name}", levers, tables, self._notifier.tell)
            for name, levers, tables in zip(DRY_VISITORS, both, needed, strict=True)
        )
        there = None if here.lacks("hours") else here.view
        shown = DryShown(pair, which, there, other.view, here.failure or other.failure)
        is_new = (self._dry.pair, self._dry.which) != (pair, which) or self._dry.both is None
        if is_new or shown.failure or (here.is_whole and other.is_whole):  # drawn anew twice at most
            self._dry = shown
        return self._dry.in_region(self.shown_region)

    def _leave_dry_year(self, shown: DryShown) -> DryShown:
        for name in DRY_VISITORS:
            self.service.leave(f"{self.id}-{name}")
        self._dry = shown
        return shown

    def _watch_reference(self, levers: Levers, tables: Tables) -> Ensemble:
        """Return what is there of the answer against which effects are measured, and ask for what is not."""
        against = self.service.scenarios.against(levers)
        return self.service.watch(
            f"{self.id}-reference", against, against_tables(tables), self._notifier.tell
        )

    def reference(self) -> AnswerView:
        """Return the answer against which the effects of what is shown are measured."""
        return (self._reference or self.service.baseline()).in_region(self.shown_region)

    def worked(self, answer: AnswerView) -> Worked:
        """Return which policy of an answer does what, as far as it is known; ask for it once all draws are there."""
        is_whole = answer.drawn == answer.draws
        wanted = answer.levers == self.asked.value.levers and is_whole and VIEWS[self.view.value].shares
        changed = self._notifier.tell if wanted else None
        shares = self.service.shares.look(answer.levers, self.id, changed)
        shown = shares if is_whole or shares.attribution is None else NOT_YET
        if (shown.sig, shown.draws) != (
            self._worked.sig,
            self._worked.draws,
        ):  # each draw of shares is not drawn anew
            self._worked = shown
        return self._worked.in_region(answer.region)

    def ask_draws(self, number: object) -> None:
        """Ask for more draws of the setting, until another is asked for."""
        if number in MORE or number == 0:
            self.more.set((self.asked.value.levers, int(str(number))))

    def drawn(self, answer: AnswerView) -> Drawn:
        """Return the draws of an answer and its reference that are there; ask for those that the visitor wants."""
        levers, more = self.more.value
        current = answer.levers == self.asked.value.levers and answer.drawn == answer.draws
        self._notifier.listen()
        wanted = max(more if levers == answer.levers else 0, answer.draws)
        changed = self._notifier.tell if current else None
        return self.service.drawn(answer.levers, wanted, self.id, changed)

    def listen(self) -> Callable[[], None]:
        """Let whoever calls this be drawn again, and return how to tell that something has come."""
        self._notifier.listen()
        return self._notifier.tell

    def standing(self) -> Standing:
        """Return what is still to come of the answer."""
        shown = self._shown or self.service.baseline()
        asked = self._ensemble
        computing = asked is not None and not asked.failure and shown.levers != asked.levers
        waited = time.monotonic() - self._since >= PATIENCE_SECONDS
        ahead = self.service.ahead_of(self.id) - 1 if computing and waited else 0
        drawn = min(shown.drawn, self.reference().drawn)
        if asked is not None and self._against is not None and not computing:
            drawn = min(
                len(asked.draws), len(self._against.draws)
            )  # those that the page will show with all others
        prepared = shown.is_prepared and self.reference().is_prepared
        return Standing(computing, self._answered, max(ahead, 0), drawn, shown.draws, prepared)

    def has_tables(self, view: AnswerView) -> bool:
        """Check whether the tables that the chosen view needs are there."""
        return self.service.has(view.levers, VIEWS[self.view.value].tables)

    def leave(self) -> None:
        """Ask for nothing more."""
        self._leave_package()
        self._leave_dry_year(DryShown(None))
        self.workbench.leave()
        self.desk.leave()
        self.plan_desk.leave()
