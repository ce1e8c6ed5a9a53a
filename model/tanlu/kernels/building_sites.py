"""New sites: what each company would build of a technology in a province, and which of them win a contract.

A contract for difference pays the strike price S less the mean market price of the technology in the month, for a share
c of what a MW feeds in, for a term. All plants of a technology in a province share its hours, so the months add up to
c (S E - R), with E what a MW feeds in a year and R what the market pays it. The strike is fixed in money of its year:

    gain(S) = c (S E fixed - R real)      fixed, real: present worth of a CNY a year of the term, in that money or this

A company asks for a contract where gain(S) >= 0, for it sells its output in the market otherwise, and takes of its
share of the room the part that pays with it. So its bids are a rising curve, whose first is the levelised cost, or what
the market pays if that is more. The strike is the lowest at which enough is asked for (docs/model/power_auctions.md).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel, plain


class SiteTerms(NamedTuple):
    """What building takes in a year, whatever a site earns; axes W companies, P provinces, K technologies."""

    worth: NDArray[np.float64]  # [W, K] now, of a CNY a year of operation
    outlay: NDArray[np.float64]  # [W, K] now, of a CNY invested
    running_cost: NDArray[np.float64]  # [K] CNY per MW and year
    capex: NDArray[np.float64]  # [P, K] CNY per MW
    room: NDArray[np.float64]  # [P, K] MW that can be started
    share: NDArray[np.float64]  # [W, P, K] of the room; who has none of it builds nothing
    full_index: float  # NPV per CNY invested at which a company takes all of its share
    smallest: float  # MW that is worth a site
    gain: NDArray[np.float64]  # [W, P, K] CNY now, of a contract for a MW
    won: NDArray[np.float64]  # [W, P, K] of what a company bids, that has one


class AuctionLots(NamedTuple):
    """What contracts are auctioned in a year, and what they are worth; nothing where the volume is 0."""

    volume_mwh: NDArray[np.float64]  # [P, K] a year
    cap: NDArray[np.float64]  # [P, K] CNY/MWh
    floor: NDArray[np.float64]  # [P, K] CNY/MWh, not above the cap
    budget: NDArray[np.float64]  # [P, K] CNY a year at the prices expected
    least_bids: NDArray[np.float64]  # [P, K] MWh bid for each that is awarded
    energy: NDArray[np.float64]  # [P, K] MWh that a MW feeds in
    support: NDArray[np.float64]  # [P, K] CNY per MW and year in what it earns, that the market does not pay
    covered: NDArray[np.float64]  # [P, K] share of its energy for which a site may have a contract
    fixed_worth: NDArray[np.float64]  # [W, P, K] now, of a CNY a year of the term in money of this year
    real_worth: NDArray[np.float64]  # [W, P, K] now, of a CNY of the same worth in each year of the term

    @classmethod
    def nothing(cls, shape: tuple[int, int, int]) -> "AuctionLots":
        """Return lots without any volume, of shape [W, P, K]."""
        return cls(*[np.zeros(shape[1:])] * 8, *[np.zeros(shape)] * 2)


class PlanRange(NamedTuple):
    """The plans between which fair ones are searched, and two cleared years on the line of what a MW earns."""

    lower_mwh: float  # of wind and sun a year
    upper_mwh: float
    first_mwh: float  # planned in the first cleared year
    second_mwh: float
    first_value: NDArray[np.float64]  # [P, K] CNY per MW and year in it
    second_value: NDArray[np.float64]  # [P, K]


HALVINGS = 40  # of a price interval: to 1e-9 CNY/MWh
PLAN_HALVINGS = 8  # of a range of plans


@plain
def _size_site(terms, value, gain, w, p, k):  # type: ignore[no-untyped-def]
    """Return the share taken, the NPV per MW and the MW of a site.

    A company takes a part of its share of the room.
    """
    margin = value[p, k] - terms.running_cost[k]
    per_mw = margin * terms.worth[w, k] - terms.capex[p, k] * terms.outlay[w, k] + gain
    part = min(max(per_mw / terms.capex[p, k] / terms.full_index, 0.0), 1.0)
    return part, per_mw, terms.room[p, k] * terms.share[w, p, k] * part


@plain
def _divide_site(terms, value, w, p, k):  # type: ignore[no-untyped-def]
    """Return share taken, NPV per MW, MW, and the share of it under contract.

    Of what a company bids a part wins; what it would build without a contract it builds of the rest.
    """
    part, per_mw, alone = _size_site(terms, value, 0.0, w, p, k)
    won = terms.won[w, p, k]
    if won <= 0.0:
        return part, per_mw, alone, 0.0
    most, with_gain, bid = _size_site(terms, value, terms.gain[w, p, k], w, p, k)
    capacity = won * bid + (1.0 - won) * alone
    npv = won * bid * with_gain + (1.0 - won) * alone * per_mw
    return won * most + (1.0 - won) * part, npv / capacity, capacity, won * bid / capacity


@plain
def _gain(lots, value, strike, w, p, k):  # type: ignore[no-untyped-def]
    """Compute what a contract at a strike price is worth now, CNY per MW."""
    revenue = value[p, k] - lots.support[p, k]
    paid = strike * lots.energy[p, k] * lots.fixed_worth[w, p, k]
    return lots.covered[p, k] * (paid - revenue * lots.real_worth[w, p, k])


@plain
def _bid_mwh(terms, lots, value, strike, w, p, k):  # type: ignore[no-untyped-def]
    """Compute the energy for which a company wants a contract at a strike."""
    gain = _gain(lots, value, strike, w, p, k)
    if gain < 0.0:
        return 0.0
    _, _, capacity = _size_site(terms, value, gain, w, p, k)
    return capacity * lots.covered[p, k] * lots.energy[p, k] if capacity >= terms.smallest else 0.0


@plain
def _sum_bids(terms, lots, value, strike, p, k):  # type: ignore[no-untyped-def]
    """Sum bids at a strike price over companies, MWh."""
    total = 0.0
    for w in range(terms.share.shape[0]):
        total += _bid_mwh(terms, lots, value, strike, w, p, k)
    return total


@plain
def _cost(lots, value, strike, energy, p, k):  # type: ignore[no-untyped-def]
    """Compute what contracts for an energy cost a year at expected prices."""
    revenue = value[p, k] - lots.support[p, k]
    return max(strike * lots.energy[p, k] - revenue, 0.0) / lots.energy[p, k] * energy


@plain
def _find_highest(terms, lots, value, p, k):  # type: ignore[no-untyped-def]
    """Find the highest strike whose bids the budget could pay, within the cap."""
    low, high = lots.floor[p, k], lots.cap[p, k]
    if _cost(lots, value, high, _sum_bids(terms, lots, value, high, p, k), p, k) <= lots.budget[p, k]:
        return high
    for _ in range(HALVINGS):
        strike = 0.5 * (low + high)
        energy = _sum_bids(terms, lots, value, strike, p, k)
        if _cost(lots, value, strike, energy, p, k) <= lots.budget[p, k]:
            low = strike
        else:
            high = strike
    return low


@plain
def _find_target(terms, lots, value, highest, p, k):  # type: ignore[no-untyped-def]
    """Compute the energy that is awarded, MWh.

    It is the volume, as far as there are bids enough and the budget pays for it at the floor.
    """
    bids = _sum_bids(terms, lots, value, highest, p, k)
    target = min(lots.volume_mwh[p, k], bids / lots.least_bids[p, k])
    dearest = _cost(lots, value, lots.floor[p, k], 1.0, p, k)
    return min(target, lots.budget[p, k] / dearest) if dearest > 0.0 else target


@plain
def _find_strike(terms, lots, value, p, k):  # type: ignore[no-untyped-def]
    """Find the strike at which bids reach the target, that below which all win, and the share in between.

    Of what is bid just at the strike that share wins. The first is 0 where nothing is awarded, the second -1 where
    nobody wins for bidding less: no company asks for a contract that costs it money.
    """
    low, high = lots.floor[p, k], _find_highest(terms, lots, value, p, k)
    target = _find_target(terms, lots, value, high, p, k)
    if target <= 0.0:
        return 0.0, -1.0, 0.0
    at_low = _sum_bids(terms, lots, value, low, p, k)
    if at_low >= target:
        return low, -1.0, target / at_low
    for _ in range(HALVINGS):
        strike = 0.5 * (low + high)
        bids = _sum_bids(terms, lots, value, strike, p, k)
        if bids >= target:
            high = strike
        else:
            low, at_low = strike, bids
    return high, low, (target - at_low) / (_sum_bids(terms, lots, value, high, p, k) - at_low)


@plain
def _award(terms, lots, value, strikes, gains, won):  # type: ignore[no-untyped-def]
    """Write strikes, what contracts are worth, and which part of bids wins.

    All are 0 where nothing is awarded.
    """
    companies, provinces, kinds = terms.share.shape
    strikes[:], gains[:], won[:] = 0.0, 0.0, 0.0
    for p in range(provinces):
        for k in range(kinds):
            if lots.volume_mwh[p, k] <= 0.0 or lots.energy[p, k] <= 0.0:
                continue
            strikes[p, k], below, between = _find_strike(terms, lots, value, p, k)
            for w in range(companies):
                bid = _bid_mwh(terms, lots, value, strikes[p, k], w, p, k)
                if bid > 0.0:
                    safe = _bid_mwh(terms, lots, value, below, w, p, k)
                    gains[w, p, k] = _gain(lots, value, strikes[p, k], w, p, k)
                    won[w, p, k] = (safe + between * (bid - safe)) / bid


@plain
def _add_up_sites(terms, value, total_mw):  # type: ignore[no-untyped-def]
    """Write the capacity of the sites of `value_sites`, summed over companies."""
    companies, provinces, kinds = terms.share.shape
    total_mw[:] = 0.0
    for w in range(companies):
        for p in range(provinces):
            for k in range(kinds):
                _, _, capacity, _ = _divide_site(terms, value, w, p, k)
                if capacity >= terms.smallest:
                    total_mw[p, k] += capacity


@plain
def _interpolate(plans, planned_mwh, value):  # type: ignore[no-untyped-def]
    """Write what a MW earns with a planned energy, on the line through both years."""
    apart_mwh = max(plans.second_mwh - plans.first_mwh, 1.0)
    for p in range(value.shape[0]):
        for k in range(value.shape[1]):
            slope = (plans.second_value[p, k] - plans.first_value[p, k]) / apart_mwh
            value[p, k] = plans.first_value[p, k] + slope * (planned_mwh - plans.first_mwh)


@plain
def _sum_energy(capacity_mw, hours):  # type: ignore[no-untyped-def]
    """Sum what capacity generates a year, MWh."""
    total_mwh = 0.0
    for p in range(hours.shape[0]):
        for k in range(hours.shape[1]):
            total_mwh += capacity_mw[p, k] * hours[p, k]
    return total_mwh


@kernel
def award_contracts(terms, lots, value):  # type: ignore[no-untyped-def]
    """Auction contracts, each technology of a province by itself.

    The lowest bids win, and all are paid the highest that wins. Who bids just that wins in part.

    Args:
        terms: `SiteTerms`; its contracts are not read.
        lots: `AuctionLots`.
        value: f8[P, K] CNY per MW and year before fixed operation, without contracts.

    Returns:
        strike in CNY/MWh, 0 where nothing is awarded, f8[P, K]; worth now of a contract for a MW in CNY, and which part
        of what each company bids wins, f8[W, P, K].
    """
    strikes, gains, won = np.empty(terms.room.shape), np.empty(terms.share.shape), np.empty(terms.share.shape)
    _award(terms, lots, value, strikes, gains, won)
    return strikes, gains, won


@kernel
def value_sites(terms, value):  # type: ignore[no-untyped-def]
    """List the sites that companies would build, with size and NPV.

    There is one for each company, province and technology, if it is large enough. A site earns `value` less its running
    cost a year for life, and what its contract is worth. A company takes of its share of the room a part that grows
    with profit per CNY invested.

    Args:
        terms: `SiteTerms`.
        value: f8[P, K] CNY per MW and year before fixed operation.

    Returns:
        owner, province and technology i8[M]; capacity in MW, NPV in CNY and the share of the capacity under contract
        f8[M]; the part of its share of the room that each company would take f8[W, P, K].
    """
    companies, provinces, kinds = terms.share.shape
    site_limit, n = companies * provinces * kinds, 0
    index, figures = np.empty((3, site_limit), np.int64), np.empty((3, site_limit))
    parts = np.empty((companies, provinces, kinds))
    for w in range(companies):
        for p in range(provinces):
            for k in range(kinds):
                parts[w, p, k], per_mw, capacity, contracted = _divide_site(terms, value, w, p, k)
                if capacity >= terms.smallest:
                    index[0, n], index[1, n], index[2, n] = w, p, k
                    figures[0, n], figures[1, n], figures[2, n] = capacity, per_mw * capacity, contracted
                    n += 1
    places = index[0, :n].copy(), index[1, :n].copy(), index[2, :n].copy()
    return *places, figures[0, :n].copy(), figures[1, :n].copy(), figures[2, :n].copy(), parts


@kernel
def find_fair_plans(terms, lots, plans, hours):  # type: ignore[no-untyped-def]
    """Halve a range of plans until companies want about as much as is planned.

    Each time they see what a MW earns with plans in the middle of the range, and the auctions of that year.

    Args:
        terms: `SiteTerms`; its contracts are not read.
        lots: `AuctionLots`.
        plans: `PlanRange`.
        hours: f8[P, K] of a year at full output of wind and sun, 0 of the rest.

    Returns:
        the lower end of the range in MWh, and what companies want there in MW, f8[P, K].
    """
    strikes, value, wanted_mw = np.empty(hours.shape), np.empty(hours.shape), np.empty(hours.shape)
    gains, won = np.empty(terms.share.shape), np.empty(terms.share.shape)
    bidders = SiteTerms(
        *(terms.worth, terms.outlay, terms.running_cost, terms.capex, terms.room, terms.share),
        *(terms.full_index, terms.smallest, gains, won),
    )
    lower_mwh, upper_mwh = plans.lower_mwh, plans.upper_mwh
    for n in range(PLAN_HALVINGS + 1):
        planned_mwh = 0.5 * (lower_mwh + upper_mwh) if n < PLAN_HALVINGS else lower_mwh
        _interpolate(plans, planned_mwh, value)
        _award(terms, lots, value, strikes, gains, won)
        _add_up_sites(bidders, value, wanted_mw)
        if _sum_energy(wanted_mw, hours) > planned_mwh:
            lower_mwh = planned_mwh
        else:
            upper_mwh = planned_mwh
    return planned_mwh, wanted_mw
