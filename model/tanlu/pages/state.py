"""What one visitor has chosen: reactive values made once per browser tab, never shared."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

import solara

from tanlu.inputs.diagnostics import Finding
from tanlu.pages.address import Address, Moment, Notice, moment_from
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.routes import VIEWS
from tanlu.pages.service import AnswerView, Service

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """A setting and where it came from: one value, so that one change is one render."""

    levers: Levers
    move: int = 0  # number of the browser's last move
    given: int = 0  # rises when the setting did not come from the sliders, which then follow it


class Session:
    """The choices of one browser tab; pages read the reactives and call the actions."""

    def __init__(self, service: Service, address: Address, language: str) -> None:
        self.service = service
        self.asked = solara.reactive(Asked(address.levers))
        self.language = solara.reactive(address.language or language)
        self.grouping = solara.reactive(address.grouping)
        self.view = solara.reactive(address.view)
        self.moment: solara.Reactive[Moment] = solara.reactive(address.moment)
        self.notices: solara.Reactive[tuple[Notice, ...]] = solara.reactive(address.notices)
        self.dismissed: solara.Reactive[tuple[Finding, ...]] = solara.reactive(())
        self.last_good = Levers()

    def dismiss(self, findings: tuple[Finding, ...]) -> None:
        """Forget notices and these findings."""
        self.notices.set(())
        self.dismissed.set(findings)

    def move(self, moved: object) -> None:
        """Take the slider positions a browser sent: `{"move": number, "values": {lever: value}}`."""
        if not isinstance(moved, Mapping) or not isinstance(moved.get("values"), Mapping):
            return
        asked, number = self.asked.value, moved.get("move")
        levers = asked.levers.with_values(moved["values"])
        self.asked.set(replace(asked, levers=levers, move=number if isinstance(number, int) else asked.move))

    def start_from(self, scenario: object) -> None:
        """Choose another scenario under the same levers."""
        if isinstance(scenario, str) and scenario in self.service.presets:
            levers = Levers(scenario, self.asked.value.levers.moved)
            self.asked.set(replace(self.asked.value, levers=levers))

    def give(self, levers: Levers) -> None:
        """Set all levers from here, so that the sliders follow."""
        self.asked.set(replace(self.asked.value, levers=levers, given=self.asked.value.given + 1))

    def reset(self, _: object = None) -> None:
        """Return to the baseline and forget notices."""
        self.notices.set(())
        self.give(Levers())

    def back(self, _: object = None) -> None:
        """Return to the last setting the model could answer."""
        self.give(self.last_good)

    def switch_language(self, language: object) -> None:
        """Show the page in another language."""
        if language in ("en", "zh"):
            self.language.set(str(language))

    def group_by(self, grouping: object) -> None:
        """Colour the chart's bands by sector or by province."""
        if grouping in ("sector", "province"):
            self.grouping.set(str(grouping))

    def choose_view(self, view: object) -> None:
        """Show another view of the same answer."""
        if view in VIEWS:
            self.view.set(str(view))

    def choose_moment(self, chosen: object) -> None:
        """Take what a browser asks to see of the hours: any of month, year and place."""
        if isinstance(chosen, Mapping):
            self.moment.set(moment_from(chosen, self.moment.value, self.service.places, self.service.years))

    def address(self) -> Address:
        """Return what leads back here."""
        return Address(
            self.asked.value.levers,
            self.language.value,
            self.grouping.value,
            self.view.value,
            self.moment.value,
        )

    def answer(self) -> AnswerView | str:
        """Return the model's answer to the levers, or the number under which its failure is logged."""
        levers = self.asked.value.levers
        try:
            # the tables of these views bring the answer along
            if self.view.value == "electricity":
                self.service.hours(levers)
            elif self.view.value == "plants":
                self.service.plants(levers)
            view = self.service.run(levers)
        except Exception:
            return log_failure("model", levers)
        self.last_good = levers
        return view


def log_failure(part: str, context: object, error: BaseException | None = None) -> str:
    """Log the exception being handled, or the given one, and return the number a visitor can quote."""
    number = secrets.token_hex(4)
    logger.error("failure %s in %s (%s)", number, part, context, exc_info=error or True)
    return number
