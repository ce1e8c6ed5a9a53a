"""Net present value of many projects at once.

Timing. Now is the moment 0 and every amount stands at a whole year. A project with lead time b and life L
pays its investment in equal parts at the start of each year of construction, 0 .. b - 1 (all at 0 when b is
0), is commissioned at b, and is paid at the end of each year of operation, b + 1 .. b + L:

    NPV = - sum_{t=0}^{b-1} (I / b) (1 + h)^-t + sum_{t=b+1}^{b+L} [cash + sum_j q_j path_j(t)] (1 + h)^-t

Rates and amounts are real, so cash in CNY of 2020 and a real hurdle rate h belong together. Source: the
investment appraisal of EMLab-Generation (Chappin et al. 2017), with outlays before and receipts after the
year they stand for.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)


class Projects(NamedTuple):
    """What would be built, and what it would bring in each year of operation; axis N."""

    province: NDArray[np.int64]
    sector: NDArray[np.int64]
    capex_cny: NDArray[np.float64]  # after grants
    lead_years: NDArray[np.int64]
    life_years: NDArray[np.int64]
    cash_cny: NDArray[np.float64]  # without carbon
    avoided_tco2: NDArray[np.float64]
    stored_tco2: NDArray[np.float64]
    rate: NDArray[np.float64]  # real hurdle rate
    belief: NDArray[np.float64]  # 0..1, how far its owner believes what is announced
    allowance_share: NDArray[np.float64]  # free allowances that go with a tonne avoided


class AnnouncedPrices(NamedTuple):
    """What a tonne costs and what capture is paid, today and as announced for the end of year 1 .. T, CNY/t CO2."""

    carbon_cost: NDArray[np.float64]  # [P, S]
    support: NDArray[np.float64]  # [P, S]
    carbon_path: NDArray[np.float64]  # [P, S, T], flat beyond; likewise the next
    support_path: NDArray[np.float64]  # [P, S, T]
    allowance: NDArray[np.float64]  # [P, S] what a free allowance is worth
    allowance_path: NDArray[np.float64]  # [P, S, T]


class SiteTechnologies(NamedTuple):
    """What can be built; axis K."""

    running_cost: NDArray[np.float64]  # CNY per MW and year
    capex: NDArray[np.float64]  # [P, K] CNY per MW
    lead_years: NDArray[np.int64]
    life_years: NDArray[np.int64]


class Outlets(NamedTuple):
    """What a captured tonne costs or brings; axis N."""

    storing_cny_per_tco2: NDArray[np.float64]
    stores: NDArray[np.bool_]  # who can
    price_cny_per_tco2: NDArray[np.float64]  # that products pay
    kept_share: NDArray[np.float64]  # of what is sold, kept from the air for good


# --- compiled -----------------------------------------------------------------------------------------

# Unsigned positions: a signed index is first tested for Python's wrap-around, which also stops the compiler
# from computing the four partial sums side by side (57 instead of 116 ns per option).
_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@njit(cache=True, nogil=True)
def _fill_factors(factors, rate):  # type: ignore[no-untyped-def]
    """Write (1 + rate)^-t for t = 0 .. size - 1 by recurrence, four years at a time; size > 4."""
    step = 1.0 / (1.0 + rate)
    leap = step * step
    leap *= leap
    factors[0] = 1.0
    for t in range(_1, _4):
        factors[t] = factors[t - _1] * step
    for t in range(_4, np.uint64(factors.size)):
        factors[t] = factors[t - _4] * leap


@njit(cache=True, nogil=True)
def _sum(factors, first, last):  # type: ignore[no-untyped-def]
    """Return the sum of factors[first .. last]; 0 if the range is empty."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    t, end = np.uint64(first), np.uint64(last + 1)
    while t + _4 <= end:
        a += factors[t]
        b += factors[t + _1]
        c += factors[t + _2]
        d += factors[t + _3]
        t += _4
    while t < end:
        a += factors[t]
        t += _1
    return (a + b) + (c + d)


@njit(cache=True, nogil=True, inline="always")
def _discounted(path, factors, first, last):  # type: ignore[no-untyped-def]
    """Return sum of path[t - 1] * factors[t] for t = first .. last; 0 if the range is empty."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    t, end = np.uint64(first), np.uint64(last + 1)
    while t + _4 <= end:
        a += path[t - _1] * factors[t]
        b += path[t] * factors[t + _1]
        c += path[t + _1] * factors[t + _2]
        d += path[t + _2] * factors[t + _3]
        t += _4
    while t < end:
        a += path[t - _1] * factors[t]
        t += _1
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def _horizon(projects):  # type: ignore[no-untyped-def]
    """Return the last year any project looks at, at least 4."""
    horizon = 4
    for i in range(projects.rate.size):
        horizon = max(horizon, projects.lead_years[i] + projects.life_years[i])
    return horizon


@helper
def _annuity(rate, years):  # type: ignore[no-untyped-def]
    """Return sum of (1 + rate)^-t for t = 1 .. years, and (1 + rate)^-years.

    By doubling, A(2n) = A(n) (1 + d^n) and A(n + 1) = A(n) + d^(n + 1): no cancellation near rate 0.
    """
    step, total, factor = 1.0 / (1.0 + rate), 0.0, 1.0
    bit = 1
    while 2 * bit <= years:
        bit *= 2
    while bit > 0:
        total, factor = total * (1.0 + factor), factor * factor
        if years & bit:
            factor *= step
            total += factor
        bit >>= 1
    return total, factor


@njit(cache=True, nogil=True)
def annuities(rate, years):  # type: ignore[no-untyped-def]
    """Return sum of (1 + rate)^-t for t = 1 .. years, and (1 + rate)^-years, f8[N].

    NaN where a rate is not above -1, or years are negative or no whole number.

    Args:
        rate: f8[N].
        years: f8[N].
    """
    annuity, discount = np.full(rate.size, np.nan), np.full(rate.size, np.nan)
    for i in range(rate.size):
        if rate[i] > -1.0 and 0.0 <= years[i] == np.floor(years[i]):
            annuity[i], discount[i] = _annuity(rate[i], int(years[i]))
    return annuity, discount


@helper
def _worths(i, projects, announced, factors):  # type: ignore[no-untyped-def]
    """Return what CNY of yearly cash, CNY invested, t avoided and t stored are worth, and a tonne's price now.

    Of what carbon brings, the part that its owner does not believe stays at today's price, p_expected = p_now + belief
    (p_announced - p_now). Of a tonne that is avoided its price is saved, less the value of the free allowances that go
    with it. `factors` is long enough for the last year, and overwritten.
    """
    p, s, belief, share = (
        projects.province[i],
        projects.sector[i],
        projects.belief[i],
        projects.allowance_share[i],
    )
    b, years = projects.lead_years[i], announced.carbon_path.shape[2]
    last = b + projects.life_years[i]
    _fill_factors(factors, projects.rate[i])
    end, tail = min(last, years), _sum(factors, max(b, years) + 1, last)
    annuity, outlay = _sum(factors, b + 1, end) + tail, _sum(factors, 0, b - 1) / b if b > 0 else 1.0
    paid, kept, free = (
        announced.carbon_path[p, s],
        announced.support_path[p, s],
        announced.allowance_path[p, s],
    )
    carbon = _discounted(paid, factors, b + 1, end) + paid[years - 1] * tail
    if share != 0.0:
        carbon -= share * (_discounted(free, factors, b + 1, end) + free[years - 1] * tail)
    support = _discounted(kept, factors, b + 1, end) + kept[years - 1] * tail
    now, price = (1.0 - belief) * annuity, announced.carbon_cost[p, s] - share * announced.allowance[p, s]
    return (
        annuity,
        outlay,
        now * price + belief * carbon,
        now * announced.support[p, s] + belief * support,
        price,
    )


@helper
def _switching(price, npv, worth):  # type: ignore[no-untyped-def]
    """Return the carbon price today at which an NPV that rises by `worth` per CNY/t is zero, else NaN."""
    return price - npv / worth if worth > 0.0 else np.nan


@njit(cache=True, nogil=True)
def value_projects(projects, announced):  # type: ignore[no-untyped-def]
    """Return the NPV of each project, CNY f8[N], and the carbon price today at which it would be zero, CNY/t f8[N].

    NPV is linear in a uniform uplift u of the net price of a tonne, NPV(u) = NPV + u q A(r, L) (1 + r)^-b; the
    switching price is net too, and NaN where a project avoids no CO2.

    Args:
        projects: `Projects`.
        announced: `AnnouncedPrices`.
    """
    n = projects.rate.size
    npv, switching = np.empty(n), np.empty(n)
    factors = np.empty(_horizon(projects) + 1)
    for i in range(n):
        avoided, stored = projects.avoided_tco2[i], projects.stored_tco2[i]
        annuity, outlay, carbon, support, price = _worths(i, projects, announced, factors)
        npv[i] = projects.cash_cny[i] * annuity - projects.capex_cny[i] * outlay
        npv[i] += avoided * carbon + stored * support
        switching[i] = _switching(price, npv[i], avoided * annuity)
    return npv, switching


@njit(cache=True, nogil=True)
def value_outlets(projects, announced, outlets):  # type: ignore[no-untyped-def]
    """Return the same in the better outlet for what each project captures: stored, if it can be, or sold.

    What a product lets go again counts as emitted and earns no support. The switching price is the lower one of the
    two outlets, whether or not the project can store.

    Args:
        projects: `Projects`, as if what is captured stayed out of the air at no cost.
        announced: `AnnouncedPrices`.
        outlets: `Outlets`.
    """
    n = projects.rate.size
    npv, switching = np.empty(n), np.empty(n)
    factors = np.empty(_horizon(projects) + 1)
    for i in range(n):
        avoided, tonnes = projects.avoided_tco2[i], projects.stored_tco2[i]
        annuity, outlay, carbon, support, price = _worths(i, projects, announced, factors)
        cash, invested = projects.cash_cny[i], projects.capex_cny[i] * outlay
        npv[i] = cash * annuity - invested + avoided * carbon + tonnes * support
        switching[i] = _switching(price, npv[i], avoided * annuity)
        if tonnes > 0.0:
            lost = (1.0 - outlets.kept_share[i]) * tonnes
            earned = cash + outlets.price_cny_per_tco2[i] * tonnes
            stored = npv[i] - outlets.storing_cny_per_tco2[i] * tonnes * annuity
            sold = earned * annuity - invested + (avoided - lost) * carbon + (tonnes - lost) * support
            stores_at = _switching(price, stored, avoided * annuity)
            sells_at = _switching(price, sold, (avoided - lost) * annuity)
            npv[i] = max(stored, sold) if outlets.stores[i] else sold
            switching[i] = np.fmin(stores_at, sells_at)
    return npv, switching


@njit(cache=True, nogil=True)
def value_sites(rate, value, technologies, room, share, full_index, smallest):  # type: ignore[no-untyped-def]
    """Return what each company would build of each technology in each province, where that is enough to build.

    A site earns `value` less `running_cost` a year for life, after an investment in equal parts over the lead
    time. A company takes of its share of the room a part that grows with profit per CNY invested.

    Args:
        rate: f8[W, K] real hurdle rate.
        value: f8[P, K] CNY per MW and year before fixed operation.
        technologies: `SiteTechnologies`.
        room: f8[P, K] MW that can be started.
        share: f8[W, P, K] of the room; who has none of it builds nothing.
        full_index: NPV per CNY invested at which a company takes all of its share.
        smallest: MW that is worth a site.

    Returns:
        owner, province and technology i8[M]; capacity in MW and NPV in CNY f8[M]; the part of its share of the room
        that each company would take f8[W, P, K].
    """
    (companies, kinds), provinces = rate.shape, room.shape[0]
    running_cost, capex, lead = technologies.running_cost, technologies.capex, technologies.lead_years
    most = companies * provinces * kinds
    where, size, npv = np.empty((3, most), np.int64), np.empty(most), np.empty(most)
    worth, outlay, n = np.empty(kinds), np.empty(kinds), 0  # of a CNY a year, and of a CNY invested
    parts = np.empty((companies, provinces, kinds))
    for w in range(companies):
        for k in range(kinds):
            h, years = rate[w, k], max(lead[k], 1)
            worth[k] = _annuity(h, technologies.life_years[k])[0] * _annuity(h, lead[k])[1]
            outlay[k] = _annuity(h, years)[0] * (1.0 + h) / years
        for p in range(provinces):
            for k in range(kinds):
                per_mw = (value[p, k] - running_cost[k]) * worth[k] - capex[p, k] * outlay[k]
                part = min(max(per_mw / capex[p, k] / full_index, 0.0), 1.0)
                parts[w, p, k] = part
                capacity = room[p, k] * share[w, p, k] * part
                if capacity >= smallest:
                    where[0, n], where[1, n], where[2, n] = w, p, k
                    size[n], npv[n] = capacity, per_mw * capacity
                    n += 1
    built = where[0, :n].copy(), where[1, :n].copy(), where[2, :n].copy(), size[:n].copy(), npv[:n].copy()
    return *built, parts
