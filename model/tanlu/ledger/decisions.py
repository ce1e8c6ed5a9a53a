"""The decision ledger: what each decider considered, what it chose, and what would have changed its mind."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.signals import Signals
from tanlu.core.units import CNY_PER_MCNY
from tanlu.investment.capture_terms import TERMS, CaptureTerms, Considered, capture_terms
from tanlu.investment.population import STAYS, Appraisal, Roster
from tanlu.ledger.adoption_shares import AdoptionEntry, adoption_rows
from tanlu.ledger.auctions import AuctionEntry, auction_table
from tanlu.ledger.columns import Column, Part, Text, constant_text, joined
from tanlu.ledger.margins import MarginEntry, margin_table
from tanlu.ledger.reasons import DecidersYear, closed_table
from tanlu.region.co2 import CO2Data
from tanlu.region.tables import select_rows

# Why a project did not start, in the order of the codes the lending market returns.
BINDING = (
    "none",
    "lender_capital",
    "leverage",
    "interest_coverage",
    "budget",
    "npv",
    "debt_service",
    "credit_rule",
)
OUTLETS = ("storage", "products")  # of captured CO2


class Entry(NamedTuple):
    """One population's decisions of one year."""

    year: int
    kind: str
    appraisal: Appraisal
    roster: Roster  # of the whole population
    province: Integers  # [N]
    choice: Integers  # [N] option
    funded: Booleans  # [N]
    loan_rate: Floats  # [N] NaN where no loan was asked for
    binding: Integers  # [N] position in BINDING


class CaptureEntry(NamedTuple):
    """What the cost terms of one population's capture options of one year follow from.

    They are worked out when somebody asks, which after most runs nobody does.
    """

    year: int
    kind: str
    appraisal: Appraisal
    considered: Considered  # that appraisal's capture projects
    roster: Roster  # of the whole population
    signals: Signals  # that the appraisal was made at
    co2: CO2Data
    hub_store_cost_cny_per_tco2: Floats  # [H] part of each hub's tariff
    thermal_tco2_per_mwh: Floats  # [P] of the expected year


class Ledger:
    """Collects entries during a run and turns them into tables afterwards."""

    def __init__(self, provinces: tuple[str, ...]) -> None:
        self.provinces = provinces
        self.entries: list[Entry] = []
        self.captures: list[CaptureEntry] = []
        self.adoption_shares: list[AdoptionEntry] = []
        self.margins: list[MarginEntry] = []
        self.auctions: list[AuctionEntry] = []

    def add_year(self, entries: Iterable[Entry], captures: Iterable[CaptureEntry]) -> None:
        """Keep the decisions of a year, and what their capture terms follow from."""
        self.entries += entries
        self.captures += captures

    def add_auctions(self, entries: Iterable[AuctionEntry]) -> None:
        """Keep what was bid in auctions, and what came of it."""
        self.auctions += entries

    def add_adoption(self, entry: AdoptionEntry) -> None:
        """Keep how the many buyers behind each row of a population divided."""
        self.adoption_shares.append(entry)

    def add_margins(self, entries: Iterable[MarginEntry]) -> None:
        """Keep what the margins of power units follow from."""
        self.margins += entries

    def margin_table(self) -> dict[str, Column]:
        """Build the table of margins, CNY per kW and year.

        One row per thermal unit, year and basis.
        """
        return margin_table(self.margins)

    def auction_table(self) -> dict[str, Column] | None:
        """Build the table of auctions, None where none was held."""
        return auction_table(self.auctions, self.provinces)

    def adoption_table(self) -> dict[str, np.ndarray]:
        """Build the table of adoption shares.

        One row per row of vehicles and builders, year and option on offer.
        """
        parts = [adoption_rows(entry, self.provinces) for entry in self.adoption_shares]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def capture_table(self) -> dict[str, Column]:
        """Build the table of capture terms, CNY a year.

        One row per decider, year and feasible capture option.
        """
        return joined([_NO_CAPTURE, *(_capture_rows(entry) for entry in self.captures)])

    def closed_table(self) -> dict[str, Column]:
        """Build the table of closed options and reasons.

        Deciders that are at no window included.
        """
        decider_years = [
            DecidersYear(e.year, e.kind, e.appraisal, e.roster, e.province) for e in self.entries
        ]
        return closed_table(decider_years, self.provinces)

    def table(self) -> dict[str, Column]:
        """Build the table of decisions.

        One row per decider, year and feasible option.
        """
        return joined([_rows(entry, self.provinces) for entry in (_EMPTY, *self.entries)])


def _rows(entry: Entry, provinces: tuple[str, ...]) -> dict[str, Part]:
    a = entry.appraisal
    price_share = np.full(a.npv_cny.shape, np.nan) if a.earned_share is None else a.earned_share
    considered = a.feasible.copy()
    if considered.size:
        considered[:, STAYS] = True
    row, option = np.nonzero(considered)
    is_choice = entry.choice[row] == option
    funded = entry.funded[row] | (option == STAYS)
    return {
        "year": np.full(row.size, entry.year),
        "decider": Text(entry.roster.ids, entry.roster.positions[a.decider[row]]),
        "kind": constant_text(entry.kind, row.size),
        "province": Text(provinces, entry.province[row]),
        "option": Text(a.options, option),
        "npv_mcny": a.npv_cny[row, option] / CNY_PER_MCNY,
        "capex_mcny": a.capex_cny[row, option] / CNY_PER_MCNY,
        "hurdle": a.rate[row, option],
        "loan_rate": np.where(is_choice, entry.loan_rate[row], np.nan),
        "chosen": is_choice,
        "started": is_choice & funded,
        "binding_constraint": Text(BINDING, _binding(entry, row, option)),
        "switching_carbon_price_cny_per_tco2": a.switching_price_cny_per_tco2[row, option],
        "market_price_earned_share": price_share[row, option],
    }


def _capture_rows(entry: CaptureEntry) -> dict[str, Part]:
    """Build columns of the cost terms of feasible capture options."""
    feasible = entry.appraisal.feasible[entry.considered.row, entry.considered.option]
    considered = select_rows(entry.considered, np.flatnonzero(feasible))
    terms = capture_terms(
        entry.signals,
        entry.co2,
        considered,
        hub_store_cost_cny_per_tco2=entry.hub_store_cost_cny_per_tco2,
        replaced_tco2_per_mwh=entry.thermal_tco2_per_mwh[considered.projects.province],
    )
    roster = entry.roster
    deciders = Text(roster.ids, roster.positions[entry.appraisal.decider[considered.row]])
    options = Text(entry.appraisal.options, considered.option)
    research_factor = entry.signals.co2.research_cost_factor
    return _capture_columns(entry.year, entry.kind, deciders, options, terms, research_factor)


def _capture_columns(
    year: int, kind: str, deciders: Text, options: Text, terms: CaptureTerms, research_cost_factor: float
) -> dict[str, Part]:
    n = terms.sells.size
    by_term = {f"{name}_cny_per_year": terms.terms_cny[:, k] for k, name in enumerate(TERMS)}
    return {
        "year": np.full(n, year),
        "decider": deciders,
        "kind": constant_text(kind, n),
        "option": options,
        "outlet": Text(OUTLETS, terms.sells.astype(np.int64)),
        "captured_tco2_per_year": terms.captured_tco2,
        "avoided_at_source_tco2_per_year": terms.avoided_tco2,
        "worth_years": terms.worth_years,
        "research_cost_factor": np.full(n, research_cost_factor),
        **by_term,
    }


def _binding(entry: Entry, row: Integers, option: Integers) -> Integers:
    """Find the constraint that kept each considered option from starting.

    It is the lender's answer if the option was chosen, its NPV otherwise.
    """
    loses = entry.appraisal.npv_cny[row, option] <= 0.0
    constraint = np.where(loses & (option != STAYS), BINDING.index("npv"), BINDING.index("none"))
    return np.where(entry.choice[row] == option, entry.binding[row], constraint)


_EMPTY = Entry(
    0,
    "",
    Appraisal.empty(("keep",)),
    Roster((), np.zeros(0, np.int64)),
    *(np.zeros(0, t) for t in (np.int64, np.int64, bool, float, np.int64)),
)
_NO_CAPTURE = _capture_columns(
    0,
    "",
    constant_text("", 0),
    constant_text("", 0),
    CaptureTerms(np.zeros(0), np.zeros(0), np.zeros(0, bool), np.zeros(0), np.zeros((0, len(TERMS)))),
    1.0,
)
