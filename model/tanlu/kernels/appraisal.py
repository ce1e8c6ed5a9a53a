"""Net present value of many projects at once.

Timing. Now is the moment 0 and every amount stands at a whole year. A project with lead time b and life L
pays its investment in equal parts at the start of each year of construction, 0 .. b - 1 (all at 0 when b is
0), is commissioned at b, and is paid at the end of each year of operation, b + 1 .. b + L:

    NPV = - sum_{t=0}^{b-1} (I / b) (1 + h)^-t + sum_{t=b+1}^{b+L} [cash + sum_j q_j path_j(t)] (1 + h)^-t

Rates and amounts are real, so cash in CNY of 2020 and a real hurdle rate h belong together. Source: the
investment appraisal of EMLab-Generation (Chappin et al. 2017), with outlays before and receipts after the
year they stand for.

`ProjectTerms` may say otherwise: the share s_t of I that is spent at the start of year t, the first year f at whose
end the project is paid, a life without end, and a tax at rate z_k in year k of operation on receipts less costs, with
a credit of share c of I and shares w_k of what is left of I written off at the end of year k of operation, in money of
commissioning that inflation i wears:

    NPV = - I [(1 - c) sum_t s_t (1 + h)^-t - (1 - v c) sum_k z_k w_k (1 + h)^-(f + k - 1) (1 + i)^-k]
          + sum_{t=f}^{f+L-1} (1 - z_{t-f+1}) [cash + sum_j q_j path_j(t)] (1 + h)^-t

v is the part of the credit that cannot be written off. A loss lowers the tax at once, as in a group with other profit.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel, plain


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
    trust: NDArray[np.float64]  # 0..1, part of what governments set that its owner counts on a year later
    tax_class: NDArray[np.int64]  # position in `core.taxes.TAX_CLASSES`; not read here but for the terms


class ProjectTerms(NamedTuple):
    """When projects are paid for and paid, and what tax does; axis N."""

    spending_share: NDArray[
        np.float64
    ]  # [N, B] of capex at the start of year 0 .. B - 1; B = 0: in equal parts
    first_year: NDArray[np.int64]  # of operation, paid at its end; lead_years + 1 as a rule, 0 for now
    tax_rate: NDArray[np.float64]  # [N, K] of year 1 .. K of operation, flat beyond; K = 0: untaxed
    credit_share: NDArray[np.float64]  # of capex, that tax gives back as it is spent
    credit_basis_share: NDArray[np.float64]  # of the credit, that cannot be written off
    written_off_share: NDArray[np.float64]  # [N, D] of capex at the end of year 1 .. D of operation
    inflation: NDArray[np.float64]


class TaxYears(NamedTuple):
    """Who pays how much of its income when; axis C classes."""

    rate: NDArray[np.float64]  # [C, year] share of income
    first_year: int  # of these
    holiday_years: NDArray[np.int64]  # [C] without tax, from the first year of income
    half_years: NDArray[np.int64]  # [C] at half the rate, after these
    write_off_years: NDArray[np.int64]  # [C] over which an investment is written off evenly, or its life
    changing_years: int  # in which the rate of something new may still change


class StrikePrices(NamedTuple):
    """Contracts for difference: each lifts what a stored tonne earns to its strike price; axis C, in turn."""

    strike: NDArray[np.float64]  # [C, P, S] of today, CNY/t CO2; 0 where there is none
    strike_path: NDArray[np.float64]  # [C, P, S, T] announced for the end of year 1 .. T, flat beyond
    years: NDArray[np.int64]  # [C] of operation in which it pays
    paid_share: NDArray[np.float64]  # [C] of what is claimed


class AnnouncedPrices(NamedTuple):
    """What a tonne costs and what capture is paid, today and as announced for the end of year 1 .. T, CNY/t CO2."""

    carbon_cost: NDArray[np.float64]  # [P, S]
    support: NDArray[np.float64]  # [P, S]
    carbon_path: NDArray[np.float64]  # [P, S, T], flat beyond; likewise the next
    support_path: NDArray[np.float64]  # [P, S, T]
    allowance: NDArray[np.float64]  # [P, S] what a free allowance is worth
    allowance_path: NDArray[np.float64]  # [P, S, T]
    # Of what a stored tonne costs because it needs its own allowance all the same, `support` is less; this is the free
    # allowance that it would have taken along otherwise, and keeps.
    kept_allowance: NDArray[np.float64]  # [P, S]
    kept_allowance_path: NDArray[np.float64]  # [P, S, T]
    contracts: StrikePrices
    # What governments set, in `carbon_cost` and in `support`, which an owner may doubt.
    set_price: NDArray[np.float64]  # [P, S]
    set_price_path: NDArray[np.float64]  # [P, S, T]
    set_support: NDArray[np.float64]  # [P, S]
    set_support_path: NDArray[np.float64]  # [P, S, T]


class Outlets(NamedTuple):
    """What a captured tonne costs or brings; axis N."""

    storing_cny_per_tco2: NDArray[np.float64]
    stores: NDArray[np.bool_]  # who can
    price_cny_per_tco2: NDArray[np.float64]  # that products pay
    kept_share: NDArray[np.float64]  # of what is sold, kept from the air for good


# --- compiled -----------------------------------------------------------------------------------------

FOR_EVER = -1  # life of a project that never ends

# Unsigned positions: a signed index is first tested for Python's wrap-around, which also stops the compiler
# from computing the four partial sums side by side (57 instead of 116 ns per option).
_1, _2, _3, _4 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@plain
def _fill_factors(factors, rate):  # type: ignore[no-untyped-def]
    """Fill the discount factors (1 + rate)^-t of t = 0 .. size - 1.

    They are filled by recurrence, four years at a time; size must be above 4.
    """
    step = 1.0 / (1.0 + rate)
    leap = step * step
    leap *= leap
    factors[0] = 1.0
    for t in range(_1, _4):
        factors[t] = factors[t - _1] * step
    for t in range(_4, np.uint64(factors.size)):
        factors[t] = factors[t - _4] * leap


@plain
def _sum(factors, first, last):  # type: ignore[no-untyped-def]
    """Sum factors[first .. last]; 0 if the range is empty."""
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


@plain
def _discount_path(path, factors, first, last):  # type: ignore[no-untyped-def]
    """Sum path[t - 1] * factors[t] over t = first .. last.

    An empty range gives 0.
    """
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


@plain
def _tax_rate(terms, i, k):  # type: ignore[no-untyped-def]
    """Return the tax rate of a project's year of operation, from 1."""
    changing_years = terms.tax_rate.shape[1]
    return terms.tax_rate[i, min(k, changing_years) - 1] if changing_years > 0 else 0.0


@plain
def _written_off(terms, i, k):  # type: ignore[no-untyped-def]
    """Return the share of an investment written off in a year of operation."""
    return terms.written_off_share[i, k - 1] if k <= terms.written_off_share.shape[1] else 0.0


@plain
def _horizon(projects, terms, years):  # type: ignore[no-untyped-def]
    """Return the last year that any project needs, at least 4."""
    horizon = max(4, terms.spending_share.shape[1])
    for i in range(projects.rate.size):
        first, life = terms.first_year[i], projects.life_years[i]
        horizon = max(horizon, first + terms.written_off_share.shape[1])
        endless = max(years, first + terms.tax_rate.shape[1] - 1) if life == FOR_EVER else 0
        horizon = max(horizon, first + life - 1, endless)
    return horizon


@plain
def _annuity(rate, years):  # type: ignore[no-untyped-def]
    """Compute an annuity factor and the discount factor at its end.

    They are the sum of (1 + rate)^-t for t = 1 .. years, and (1 + rate)^-years. By doubling, A(2n) = A(n) (1 + d^n) and
    A(n + 1) = A(n) + d^(n + 1): no cancellation near rate 0.
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


@kernel
def annuities(rate, years):  # type: ignore[no-untyped-def]
    """Compute annuity factors and the discount factors at their end, f8[N].

    They are the sum of (1 + rate)^-t for t = 1 .. years, and (1 + rate)^-years; NaN where a rate is not above -1, or
    years are negative or no whole number.

    Args:
        rate: f8[N].
        years: f8[N].
    """
    annuity, discount = np.full(rate.size, np.nan), np.full(rate.size, np.nan)
    for i in range(rate.size):
        if rate[i] > -1.0 and 0.0 <= years[i] == np.floor(years[i]):
            annuity[i], discount[i] = _annuity(rate[i], int(years[i]))
    return annuity, discount


@plain
def _discount_outlay(i, projects, terms, factors):  # type: ignore[no-untyped-def]
    """Compute the present cost of a CNY invested, after credit and tax.

    The credit is deducted, and the tax that writing off saves.
    """
    b, phases, outlay = projects.lead_years[i], terms.spending_share.shape[1], 0.0
    if phases == 0:
        outlay = _sum(factors, 0, b - 1) / b if b > 0 else 1.0
    for t in range(phases):
        outlay += terms.spending_share[i, t] * factors[t]
    saved, price_level = 0.0, 1.0
    for k in range(1, terms.written_off_share.shape[1] + 1):
        price_level /= 1.0 + terms.inflation[i]
        deducted = _written_off(terms, i, k) * price_level * factors[terms.first_year[i] + k - 1]
        saved += _tax_rate(terms, i, k) * deducted
    credit = terms.credit_share[i]
    return outlay * (1.0 - credit) - (1.0 - terms.credit_basis_share[i] * credit) * saved


@plain
def _tax_factors(i, projects, terms, factors):  # type: ignore[no-untyped-def]
    """Multiply the factors of a project's operation by what tax leaves of a CNY."""
    first, life = terms.first_year[i], projects.life_years[i]
    if terms.tax_rate.shape[1] > 0:
        for t in range(first, factors.size if life == FOR_EVER else first + life):
            factors[t] *= 1.0 - _tax_rate(terms, i, t - first + 1)


@plain
def _span_operation(i, projects, terms, factors, years):  # type: ignore[no-untyped-def]
    """Return the first year paid, the last announced one and the later annuity.

    Years up to the last announced one have a price each; the annuity is the present value of a CNY in all later ones,
    by factors after tax.
    """
    first, life = terms.first_year[i], projects.life_years[i]
    last_announced = max(first - 1, years)
    if life == FOR_EVER:
        changing_years = terms.tax_rate.shape[1]
        flat_from = max(last_announced, first + changing_years - 1) if changing_years > 1 else last_announced
        later = _sum(factors, last_announced + 1, flat_from)
        untaxed = 1.0 - _tax_rate(terms, i, changing_years) if flat_from < first else 1.0
        return first, years, later + untaxed * factors[flat_from] / projects.rate[i]
    last = first + life - 1
    return first, min(last, years), _sum(factors, last_announced + 1, last)


@plain
def _value_path(current_price, path, factors, span):  # type: ignore[no-untyped-def]
    """Compute the present value of a price path over operation.

    Its year 0 is today, at `current_price`.
    """
    first, end, tail = span
    worth = _discount_path(path, factors, max(first, 1), end) + path[path.size - 1] * tail
    return worth + current_price * factors[0] if first == 0 else worth


@plain
def _expect(current_price, path, t, belief):  # type: ignore[no-untyped-def]
    """Compute the price that a decider expects in year t.

    It believes a part of the announced change; year 0 is today.
    """
    return current_price if t == 0 else current_price + belief * (path[min(t, path.size) - 1] - current_price)


@plain
def _doubt(i, projects, terms, current_price, path, factors):  # type: ignore[no-untyped-def]
    """Compute the present value of a price that its owner believes in but does not count on.

    Of the price of year t it counts on trust^t, since governments may not keep it. `factors` are those after tax.
    """
    trust, belief, life = projects.trust[i], projects.belief[i], projects.life_years[i]
    first = max(terms.first_year[i], 1)
    flat_from = max(first, path.size, first + terms.tax_rate.shape[1] - 1)
    last = flat_from if life == FOR_EVER else terms.first_year[i] + life - 1
    counted, worth = 1.0, 0.0
    for t in range(1, last + 1):
        counted *= trust
        if t >= first:
            worth += factors[t] * (1.0 - counted) * _expect(current_price, path, t, belief)
    if life == FOR_EVER:
        step = 1.0 / (1.0 + projects.rate[i])
        tail = step / (1.0 - step) - counted * trust * step / (1.0 - trust * step)
        worth += factors[last] * tail * _expect(current_price, path, last, belief)
    return worth


@plain
def _value_units(i, projects, announced, terms, factors):  # type: ignore[no-untyped-def]
    """Compute present values after tax of a CNY and a tonne, and today's net price.

    The values are those of a CNY of yearly cash, a CNY invested, a tonne avoided and a tonne stored each year. Of what
    carbon brings, the part that its owner does not believe stays at today's price, p_expected = p_now + belief
    (p_announced - p_now); of what governments set it counts in year t on trust^t of that. Of a tonne that is avoided
    its price is saved, less the value of the free allowances that go with it. `factors` is long enough for the last
    year, and overwritten with those after tax.
    """
    p, s, belief, share = (
        projects.province[i],
        projects.sector[i],
        projects.belief[i],
        projects.allowance_share[i],
    )
    _fill_factors(factors, projects.rate[i])
    outlay = _discount_outlay(i, projects, terms, factors)
    _tax_factors(i, projects, terms, factors)
    span = _span_operation(i, projects, terms, factors, announced.carbon_path.shape[2])
    annuity = _sum(factors, span[0], span[1]) + span[2]
    cost, support_price, allowance = (
        announced.carbon_cost[p, s],
        announced.support[p, s],
        announced.allowance[p, s],
    )
    carbon = _value_path(cost, announced.carbon_path[p, s], factors, span)
    support = _value_path(support_price, announced.support_path[p, s], factors, span)
    if share != 0.0:
        carbon -= share * _value_path(allowance, announced.allowance_path[p, s], factors, span)
        kept_price = announced.kept_allowance[p, s]
        support += share * _value_path(kept_price, announced.kept_allowance_path[p, s], factors, span)
        support_price += share * kept_price
    unbelieved, price = (1.0 - belief) * annuity, cost - share * allowance
    doubted_price, doubted_support = 0.0, 0.0
    if projects.trust[i] < 1.0:
        doubted_price = _doubt(
            i, projects, terms, announced.set_price[p, s], announced.set_price_path[p, s], factors
        )
        doubted_support = _doubt(
            i, projects, terms, announced.set_support[p, s], announced.set_support_path[p, s], factors
        )
    return (
        annuity,
        outlay,
        unbelieved * price + belief * carbon - doubted_price,
        unbelieved * support_price + belief * support - doubted_support,
        price,
    )


@plain
def _value_contracts(i, projects, announced, terms, factors):  # type: ignore[no-untyped-def]
    """Compute the value of contracts for difference per tonne stored a year.

    Of each year they pay what the tonne earns less than the strike price: it earns the carbon price that its owner
    counts on, less the free allowances that go with it, and other support. A contract in force is trusted, one that
    is only announced as far as the rest. `factors` are those of the project, after tax.
    """
    contracts, worth = announced.contracts, 0.0
    if contracts.years.size == 0:
        return worth
    p, s, belief = projects.province[i], projects.sector[i], projects.belief[i]
    share, first, life = projects.allowance_share[i], terms.first_year[i], projects.life_years[i]
    last, counted = 0, projects.trust[i] ** first
    for j in range(contracts.years.size):
        last = max(last, contracts.years[j] if life == FOR_EVER else min(contracts.years[j], life))
    for k in range(last):
        t = first + k
        revenue = _expect(announced.carbon_cost[p, s], announced.carbon_path[p, s], t, belief)
        revenue += _expect(announced.support[p, s], announced.support_path[p, s], t, belief)
        revenue -= share * _expect(announced.allowance[p, s], announced.allowance_path[p, s], t, belief)
        kept_price = _expect(announced.kept_allowance[p, s], announced.kept_allowance_path[p, s], t, belief)
        revenue += share * kept_price
        set_price = _expect(announced.set_price[p, s], announced.set_price_path[p, s], t, belief)
        set_price += _expect(announced.set_support[p, s], announced.set_support_path[p, s], t, belief)
        revenue -= (1.0 - counted) * set_price
        for j in range(contracts.years.size):
            if k < contracts.years[j]:
                strike = contracts.strike[j, p, s]
                shortfall = max(_expect(strike, contracts.strike_path[j, p, s], t, 1.0) - revenue, 0.0)
                payment = shortfall * contracts.paid_share[j] * (1.0 if strike > 0.0 else belief * counted)
                revenue += payment
                worth += payment * factors[t]
        counted *= projects.trust[i]
    return worth


@plain
def _find_switching_price(price, npv, worth):  # type: ignore[no-untyped-def]
    """Find today's carbon price at which the NPV is zero.

    `worth` is the rise of the NPV per CNY/t; NaN where it does not rise.
    """
    return price - npv / worth if worth > 0.0 else np.nan


@kernel
def value_projects(projects, announced, terms):  # type: ignore[no-untyped-def]
    """Compute NPV, CNY f8[N], and switching price, CNY/t f8[N], of projects.

    The switching price is the carbon price today at which the NPV would be zero. NPV is linear in a uniform uplift u of
    the net price of a tonne, NPV(u) = NPV + u q A, with A the worth after tax of a CNY a year; the switching price is
    net too, and NaN where a project avoids no CO2. It leaves out contracts for difference, which pay less by what the
    price rises.

    Args:
        projects: `Projects`.
        announced: `AnnouncedPrices`.
        terms: `ProjectTerms`.
    """
    n = projects.rate.size
    npv, switching = np.empty(n), np.empty(n)
    factors = np.empty(_horizon(projects, terms, announced.carbon_path.shape[2]) + 1)
    for i in range(n):
        avoided_tco2, stored_tco2 = projects.avoided_tco2[i], projects.stored_tco2[i]
        annuity, outlay, carbon, support, price = _value_units(i, projects, announced, terms, factors)
        npv[i] = projects.cash_cny[i] * annuity - projects.capex_cny[i] * outlay
        npv[i] += avoided_tco2 * carbon + stored_tco2 * support
        switching[i] = _find_switching_price(price, npv[i], avoided_tco2 * annuity)
        if stored_tco2 != 0.0:
            npv[i] += stored_tco2 * _value_contracts(i, projects, announced, terms, factors)
    return npv, switching


@kernel
def value_outlets(projects, announced, terms, outlets):  # type: ignore[no-untyped-def]
    """Compute NPV and switching price in each project's better outlet.

    As in `value_projects`, but what is captured is stored, if it can be, or sold. What a product lets go again counts
    as emitted and earns no support; contracts for difference are for what is stored. The switching price is the lower
    one of the two outlets, whether or not the project can store.

    Args:
        projects: `Projects`, as if what is captured stayed out of the air at no cost.
        announced: `AnnouncedPrices`.
        terms: `ProjectTerms`.
        outlets: `Outlets`.
    """
    n = projects.rate.size
    npv, switching = np.empty(n), np.empty(n)
    factors = np.empty(_horizon(projects, terms, announced.carbon_path.shape[2]) + 1)
    for i in range(n):
        avoided, tonnes = projects.avoided_tco2[i], projects.stored_tco2[i]
        annuity, outlay, carbon, support, price = _value_units(i, projects, announced, terms, factors)
        cash, invested = projects.cash_cny[i], projects.capex_cny[i] * outlay
        npv[i] = cash * annuity - invested + avoided * carbon + tonnes * support
        switching[i] = _find_switching_price(price, npv[i], avoided * annuity)
        if tonnes > 0.0:
            leak = (1.0 - outlets.kept_share[i]) * tonnes
            income = cash + outlets.price_cny_per_tco2[i] * tonnes
            storage_npv = npv[i] - outlets.storing_cny_per_tco2[i] * tonnes * annuity
            sales_npv = income * annuity - invested + (avoided - leak) * carbon + (tonnes - leak) * support
            storage_switching = _find_switching_price(price, storage_npv, avoided * annuity)
            sales_switching = _find_switching_price(price, sales_npv, (avoided - leak) * annuity)
            storage_npv += tonnes * _value_contracts(i, projects, announced, terms, factors)
            npv[i] = max(storage_npv, sales_npv) if outlets.stores[i] else sales_npv
            switching[i] = np.fmin(storage_switching, sales_switching)
    return npv, switching


@plain
def _rate_of_year(law, c, first_income_year, year):  # type: ignore[no-untyped-def]
    """Return a class's tax rate in a year, of what earns since another."""
    age, half_from = max(year - first_income_year, 0), law.holiday_years[c]
    part = 0.0 if age < half_from else 0.5 if age < half_from + law.half_years[c] else 1.0
    return part * law.rate[c, min(max(year - law.first_year, 0), law.rate.shape[1] - 1)]


@kernel
def rates_in_year(law, tax_class, first_income_year, year):  # type: ignore[no-untyped-def]
    """Compute tax rates of a year, f8[n].

    Args:
        law: `TaxYears`.
        tax_class: i8[n].
        first_income_year: i8[n] from which a holiday counts; what does not earn yet is in its first year.
        year: of the rates.
    """
    rate = np.empty(tax_class.size)
    for i in range(tax_class.size):
        rate[i] = _rate_of_year(law, tax_class[i], first_income_year[i], year)
    return rate


@kernel
def tax_years(law, tax_class, life_years, first_income_year, from_year):  # type: ignore[no-untyped-def]
    """Compute tax rates of the years from `from_year` on, f8[n, K], and shares written off, f8[n, D].

    Rates are flat after K years; shares are of a CNY invested, by year of operation.

    Args:
        law: `TaxYears`.
        tax_class: i8[n].
        life_years: i8[n].
        first_income_year: i8[n] from which a holiday counts; what does not earn yet is in its first year.
        from_year: i8[n].
    """
    n = tax_class.size
    rate, written_off = np.empty((n, law.changing_years)), np.zeros((n, law.write_off_years.max()))
    for i in range(n):
        for k in range(law.changing_years):
            rate[i, k] = _rate_of_year(law, tax_class[i], first_income_year[i], from_year[i] + k)
        years = max(min(law.write_off_years[tax_class[i]], life_years[i]), 1)
        for k in range(years):
            written_off[i, k] = 1.0 / years
    return rate, written_off


@plain
def _value_tax(h, lead, life, terms, k):  # type: ignore[no-untyped-def]
    """Value the tax on a CNY a year, and what writing off a CNY saves."""
    factor, price_level = _annuity(h, lead)[1], 1.0
    paid, saved = 0.0, 0.0
    for year in range(1, max(life, terms.written_off_share.shape[1]) + 1):
        factor /= 1.0 + h
        price_level /= 1.0 + terms.inflation[k]
        rate = _tax_rate(terms, k, year)
        if year <= life:
            paid += rate * factor
        saved += rate * _written_off(terms, k, year) * price_level * factor
    return paid, saved


@kernel
def site_worths(rate, lead_years, life_years, terms):  # type: ignore[no-untyped-def]
    """Compute the present value of a CNY earned and of one invested, f8[W, K].

    The first is earned before tax in each year of operation, the second invested in equal parts over the lead time and
    less the tax that writing it off saves.

    Args:
        rate: f8[W, K] real hurdle rate.
        lead_years: i8[K].
        life_years: i8[K].
        terms: `ProjectTerms` of K projects, of which only tax, writing off and inflation are read.
    """
    worth, outlay = np.empty(rate.shape), np.empty(rate.shape)
    for w in range(rate.shape[0]):
        for k in range(rate.shape[1]):
            h, lead, life = rate[w, k], lead_years[k], life_years[k]
            years = max(lead, 1)
            paid, saved = _value_tax(h, lead, life, terms, k) if terms.tax_rate.shape[1] > 0 else (0.0, 0.0)
            worth[w, k] = _annuity(h, life)[0] * _annuity(h, lead)[1] - paid
            invested = _annuity(h, years)[0] * (1.0 + h) / years if lead > 0 else 1.0
            outlay[w, k] = invested - saved
    return worth, outlay
