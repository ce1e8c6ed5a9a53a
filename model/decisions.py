"""The decision ledger: what each decider considered, what it chose, and what would have changed its mind."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from model.capture_terms import TERMS, CaptureTerms
from model.population import Appraisal
from model.signals import PROVINCES, Booleans, Floats, Integers

# Why a project did not start, in the order of the codes the lending market returns.
BINDING = ("none", "lender_capital", "leverage", "interest_coverage", "budget", "npv")


class Entry(NamedTuple):
    """One population's decisions of one year."""

    year: int
    kind: str
    appraisal: Appraisal
    ids: Sequence[str]  # of the whole population, which only grows
    province: Integers  # [N]
    chosen: Integers  # [N] option
    funded: Booleans  # [N]
    loan_rate: Floats  # [N] NaN where no loan was asked for
    binding: Integers  # [N] position in BINDING


class CaptureEntry(NamedTuple):
    """The cost terms of one population's capture options of one year; axis n projects."""

    year: int
    kind: str
    ids: Sequence[str]  # of the whole population, which only grows
    decider: Integers  # [n] row of the population
    option: tuple[str, ...]  # [n]
    terms: Callable[[], CaptureTerms]  # worked out when somebody asks


class Ledger:
    """Collects entries during a run and turns them into tables afterwards."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.captures: list[CaptureEntry] = []

    def add(self, entry: Entry) -> None:
        """Keep `entry` if anybody stood at a decision window."""
        if entry.appraisal.decider.size:
            self.entries.append(entry)

    def add_capture(self, entry: CaptureEntry) -> None:
        """Keep the cost terms of capture options."""
        self.captures.append(entry)

    def capture_table(self) -> dict[str, np.ndarray]:
        """Return one row per decider, year and feasible capture option, as columns, terms in CNY a year."""
        parts = [_capture_rows(entry) for entry in self.captures]
        names = _capture_rows(_NO_CAPTURE).keys()
        return {
            name: np.concatenate([part[name] for part in parts])
            if parts
            else _capture_rows(_NO_CAPTURE)[name]
            for name in names
        }

    def table(self) -> dict[str, np.ndarray]:
        """Return one row per decider, year and feasible option, as columns."""
        parts = [_rows(entry) for entry in self.entries]
        names = _rows(_EMPTY).keys()
        return {
            name: np.concatenate([part[name] for part in parts]) if parts else _rows(_EMPTY)[name]
            for name in names
        }


def _rows(entry: Entry) -> dict[str, np.ndarray]:
    a = entry.appraisal
    considered = a.feasible.copy()
    if considered.size:
        considered[:, 0] = True
    row, option = np.nonzero(considered)
    chosen = entry.chosen[row] == option
    funded = entry.funded[row] | (option == 0)
    return {
        "year": np.full(row.size, entry.year),
        "decider": np.array([entry.ids[i] for i in a.decider.tolist()], dtype=object)[row],
        "kind": np.full(row.size, entry.kind, dtype=object),
        "province": np.array(PROVINCES, dtype=object)[entry.province[row]],
        "option": np.array(a.options, dtype=object)[option],
        "npv_mcny": a.npv_cny[row, option] / 1e6,
        "capex_mcny": a.capex_cny[row, option] / 1e6,
        "hurdle": a.rate[row, option],
        "loan_rate": np.where(chosen, entry.loan_rate[row], np.nan),
        "chosen": chosen,
        "started": chosen & funded,
        "binding_constraint": np.array(BINDING, dtype=object)[_binding(entry, row, option)],
        "switching_carbon_price_cny_per_tco2": a.switching_price_cny_per_tco2[row, option],
    }


def _capture_rows(entry: CaptureEntry) -> dict[str, np.ndarray]:
    n, terms = entry.decider.size, entry.terms()
    by_term = {f"{name}_cny_per_year": terms.terms_cny[:, k] for k, name in enumerate(TERMS)}
    return {
        "year": np.full(n, entry.year),
        "decider": np.array([entry.ids[i] for i in entry.decider.tolist()], dtype=object),
        "kind": np.full(n, entry.kind, dtype=object),
        "option": np.array(entry.option, dtype=object),
        "outlet": np.where(terms.sells, "products", "storage").astype(object),
        "captured_tco2_per_year": terms.captured_tco2,
        "avoided_tco2_per_year": terms.avoided_tco2,
        "worth_years": terms.worth_years,
        **by_term,
    }


def _binding(entry: Entry, row: Integers, option: Integers) -> Integers:
    """Return why each considered option did not start: the lender's answer if chosen, its NPV otherwise."""
    loses = entry.appraisal.npv_cny[row, option] <= 0.0
    own = np.where(loses & (option > 0), BINDING.index("npv"), BINDING.index("none"))
    return np.where(entry.chosen[row] == option, entry.binding[row], own)


_EMPTY = Entry(
    0,
    "",
    Appraisal.empty(("keep",)),
    (),
    *(np.zeros(0, t) for t in (np.int64, np.int64, bool, float, np.int64)),
)
_NO_CAPTURE = CaptureEntry(
    0,
    "",
    (),
    np.zeros(0, np.int64),
    (),
    lambda: CaptureTerms(np.zeros(0), np.zeros(0), np.zeros(0, bool), np.zeros(0), np.zeros((0, len(TERMS)))),
)
