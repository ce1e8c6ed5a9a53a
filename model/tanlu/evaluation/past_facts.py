"""What the backtests ask a region pack for besides its statistics: years, bounds and notes of its own."""

from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import build_message
from tanlu.region.catalogue import BACKTESTS, RegionError, backtest_settings
from tanlu.region.pack import READING_ERRORS, Region


class Shortage(NamedTuple):
    """Months in which load was cut."""

    province: str  # where the model must find load not served
    year: int
    months: tuple[int, ...]  # 1 to 12


class PastFacts(NamedTuple):
    """Facts about the past of one region."""

    shortage: Shortage | None
    ownership_fitted_to: int  # the last statistic that the ownership curve is fitted to
    inventory_first_years: Mapping[str, int]  # by sector: where its inventory begins to be one series
    frozen_bound_percent: tuple[float, ...]  # [P] mean absolute error of a year's thermal generation
    notes: Mapping[str, tuple[str, ...]]  # by backtest

    def notes_of(self, backtest: str, *general: str) -> tuple[str, ...]:
        """List the notes of a backtest, general ones first.

        Those of the pack follow.
        """
        return (*general, *self.notes.get(backtest, ()))


def past_facts(region: Region) -> PastFacts:
    """Read the facts of a pack (`backtests.yaml`).

    Raises:
        RegionError: if the file is not there, or says something that cannot be.
    """
    settings = backtest_settings(region.place)
    try:
        short = settings.get("shortage")
        facts = PastFacts(
            shortage=Shortage(short["province"], int(short["year"]), tuple(short["months"]))
            if short
            else None,
            ownership_fitted_to=int(settings["ownership_fitted_to"]),
            inventory_first_years={
                name: int(year) for name, year in settings["inventory_first_years"].items()
            },
            frozen_bound_percent=tuple(
                float(settings["frozen_bound_percent"][p]) for p in region.axes.provinces
            ),
            notes={name: tuple(notes) for name, notes in settings["notes"].items()},
        )
    except READING_ERRORS as error:
        message = build_message("of_pack_file", pack=region.name, file=BACKTESTS, what=explain_error(error))
        raise RegionError(message) from error
    if facts.shortage and facts.shortage.province not in region.axes.provinces:
        reason = build_message(
            "shortage_elsewhere", name=facts.shortage.province, names=region.axes.provinces
        )
        raise RegionError(build_message("of_pack_file", pack=region.name, file=BACKTESTS, what=reason))
    return facts
