"""Outcome: what a round of decisions started, and who paid for it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.decisions.funding import Borrowed, Choice, Funding
from tanlu.decisions.green_fund import FundGrants, GreenFundYear
from tanlu.decisions.open_season import HubOutcome
from tanlu.decisions.outlook import Outlook
from tanlu.decisions.plan_search import by_technology
from tanlu.finance.building import Room
from tanlu.investment.population import STAYS
from tanlu.ledger.auctions import AuctionEntry
from tanlu.ledger.decisions import CaptureEntry, Entry
from tanlu.ledger.margins import MarginEntry
from tanlu.power.state import GAS
from tanlu.region.power import BUILDABLE
from tanlu.settlement.public_bonds import PublicBonds

K = len(BUILDABLE)


class InvestOutcome(NamedTuple):
    """What was started this year, CNY of 2020, at what owners and green funds pay of it."""

    power_cny: Floats  # [P, K]
    capture_cny: Floats  # [P]
    industry_cny: Floats  # [P]
    borrowed: Borrowed
    hubs: HubOutcome
    started_mw: Floats  # [P, K] new units
    room: Room  # what could be started, and on which sites
    capture_started_tco2: float  # a year, built for
    capture_room_tco2: float  # a year, that could be started
    green_fund: GreenFundYear
    cost_of_debt_ordinary: float = np.nan  # nominal, on which companies count, mean by what they owe
    cost_of_debt_green: float = np.nan
    public: PublicBonds = PublicBonds.nothing(0)
    added_cny: Mapping[str, Floats] = MappingProxyType({})  # [P] by added kind
    gap_share: tuple[float, float] = (0.0, 0.0)  # as in `Outlook`
    entries: tuple[Entry, ...] = ()  # for the ledger: who chose what
    captures: tuple[CaptureEntry, ...] = ()  # and what capture projects were valued at
    margins: tuple[MarginEntry, ...] = ()  # of units that decide, in the expected year
    auctions: tuple[AuctionEntry, ...] = ()  # of the year, and what came of bids

    @classmethod
    def nothing(cls, rates: tuple[float, float], borrowed: Borrowed, hubs: int) -> "InvestOutcome":
        """Build the outcome of a year in which nobody decides."""
        provinces = borrowed.first.subsidy_cny.size
        zero_p, zero_pk = np.zeros(provinces), np.zeros((provinces, K))
        return cls(
            zero_pk,
            zero_p,
            zero_p,
            borrowed,
            HubOutcome.nothing(hubs, provinces),
            zero_pk,
            Room.nothing(zero_pk.shape),
            0.0,
            0.0,
            GreenFundYear.nothing(provinces),
            *rates,
        )


def sum_outcome(
    outlook: Outlook, offer: FundGrants, answers: list[Funding], borrowed: Borrowed, hubs: HubOutcome
) -> InvestOutcome:
    """Add up what was started, and note who chose what."""
    choices, sites, provinces = offer.choices, outlook.sites, offer.share.size
    fund_cny = [grant * answer.funded for grant, answer in zip(offer.grants_cny, answers, strict=True)]
    owner_cny = [c.capex_cny * a.funded * c.needs_loan for c, a in zip(choices, answers, strict=True)]
    spending = [a + b for a, b in zip(owner_cny, fund_cny, strict=True)]
    retrofits, industry, power, *added_spending = spending
    units, facilities, _, *kinds = choices
    captured = [sum_by_province(c, s * c.captures, provinces) for c, s in zip(choices, spending, strict=True)]
    place = sites.province * K + sites.technology
    built_cny = sum_by_group(place, power, provinces * K).reshape(provinces, K)
    # Units that run lower or longer burn coal or gas.
    gas = units.population.fuel[units.appraisal.decider] == GAS
    technology = np.where(gas, BUILDABLE.index("gas"), BUILDABLE.index("coal"))
    place = units.province * K + technology
    spent_on = sum_by_group(place, retrofits * ~units.captures, provinces * K)
    built_cny = built_cny + spent_on.reshape(provinces, K)
    return InvestOutcome(
        power_cny=built_cny,
        capture_cny=np.add.reduce(captured),
        industry_cny=sum_by_province(facilities, industry * ~facilities.captures, provinces),
        borrowed=borrowed,
        hubs=hubs,
        started_mw=by_technology(sites, answers[2].funded),
        room=sites.room,
        capture_started_tco2=sum(map(_capture_started, choices, answers)),
        capture_room_tco2=outlook.room.maximum_tco2,
        green_fund=GreenFundYear.nothing(provinces)._replace(
            paid_out_cny=np.add.reduce(
                [sum_by_province(c, g, provinces) for c, g in zip(choices, fund_cny, strict=True)]
            ),
            share=offer.share,
        ),
        added_cny={
            c.population.kind: sum_by_province(c, s, provinces)
            for c, s in zip(kinds, added_spending, strict=True)
        },
        gap_share=outlook.gap_share,
        entries=tuple(
            _list_choice(outlook.views.signals.year, c, a) for c, a in zip(choices, answers, strict=True)
        ),
        captures=outlook.captures,
        margins=(outlook.margins,),
        auctions=_list_auctions(outlook, choices[2], answers[2]),
    )


def _list_auctions(outlook: Outlook, choice: Choice, answer: Funding) -> tuple[AuctionEntry, ...]:
    """Build the ledger's entry of the year's auctions, if any were held."""
    sites, is_started = outlook.sites, (choice.option != STAYS) & answer.funded
    if sites.bids is None:
        return ()
    cells = sites.owner, sites.province, sites.technology
    awarded_mwh = sites.capacity_mw * sites.contracts.share * sites.bids.energy[cells[1:]]
    year, roster = outlook.views.signals.year, choice.population.roster
    return (AuctionEntry(year, roster, sites.bids, cells, awarded_mwh, is_started),)


def _capture_started(choice: Choice, answer: Funding) -> float:
    """Add up the capture plants that start, t CO2 a year."""
    size = choice.appraisal.capture_tco2
    return 0.0 if size is None else float((size * choice.captures * answer.funded).sum())


def _list_choice(year: int, choice: Choice, answer: Funding) -> Entry:
    """Build the ledger's entry of one population's choice."""
    return Entry(
        year,
        choice.population.kind,
        choice.appraisal,
        choice.population.roster,
        choice.province,
        choice.option,
        answer.funded,
        answer.loan_rate,
        answer.binding,
    )


def sum_by_province(choice: Choice, value: Floats, provinces: int) -> Floats:
    """Add up the values of a choice by province [P]."""
    return sum_by_group(choice.province, value, provinces)
