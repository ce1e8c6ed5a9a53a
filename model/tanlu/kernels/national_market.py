"""Find the price of a year in the national allowance market, whose holders look some years ahead.

See docs/model/national_market.md. A trial price rises at the holders' rate within floor and ceiling; the country is
walked ahead at it. After the year that binds the path ahead is solved once more.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel, plain

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

# How the allowances of a class are given.
OUTSIDE, VERIFIED, BAND, BENCHMARK, CAP = 0, 1, 2, 3, 4
# Places in `NationalPosition.accounts` and in `NationalYear.totals`.
RESERVE, WITHHELD_SHARE, UNMET, ISSUED = range(4)
ACCOUNTS = 4
TOTALS = (
    *("free", "auctioned", "offsets", "released", "taken", "emitted"),
    *("expired", "short", "cancelled", "made_up", "withheld", "banked", "beyond", "reserved"),
)
FREE, AUCTIONED, OFFSETS, RELEASED, TAKEN, EMITTED, EXPIRED, SHORT, CANCELLED = range(9)
MADE_UP, WITHHELD, BANKED, BEYOND, RESERVED = range(9, 14)
MOST_TRIALS, TRIALS_OF_PRICE, TRIALS_OF_SPAN, TRIALS_BY_HALVES = 60, 45, 12, 3
FIRST_STEP, LOWEST_STEP = 1.25, 1.0  # down from a price that fits: a factor, and CNY/t where steps end
BALANCED_SHARE, BALANCED_SHARE_AHEAD = 1e-8, 1e-4  # of the cap, by which a path may miss
LN2, SQRT_HALF = 0.6931471805599453, 0.7071067811865476
ODD, INVERSES = tuple(1.0 / n for n in range(23, 1, -2)), tuple(1.0 / n for n in range(14, 0, -1))
LOWEST_COST_FACTOR = 0.1  # of the product's price; below it output answers no more


class NationalClasses(NamedTuple):
    """Classes of emitters in the country; axes Y years, C classes, G steps of abatement."""

    output: Floats  # [Y, C] MWh or t, without a price of CO2
    intensity: Floats  # [Y, C] t CO2 per unit before abatement, by vintages
    entering_share: Floats  # [Y, C] of output from units of the year
    product_price: Floats  # [C] CNY per unit
    elasticity: Floats  # [C] of output to its cost
    pace: Floats  # [C] part of what pays that is done in a year
    step_share: Floats  # [C, G] of the intensity
    step_from: Floats  # [C, G] CNY/t at which the first take a step
    step_to: Floats  # [C, G] CNY/t at which the last do
    step_reverses: Booleans  # [C, G] where it goes back when the price falls


class NationalAllocation(NamedTuple):
    """How allowances are given, by year and class; tonnes of CO2 unless said."""

    method: Integers  # [Y, C] one of the above
    benchmark: Floats  # [Y, C] announced, t per unit; NaN where it follows the balance value
    shortage_share: Floats  # [Y, C] by which a benchmark lies below the balance value of two years before
    band_share: Floats  # [Y] of emissions
    reward_share: Floats  # [Y, C] of the price that abatement earns
    shortfall_share: Floats  # [Y, C] of emissions, most that a benchmark leaves short
    follows_output_share: Floats  # [Y, C] of allowances that a capped class gets for more output
    cap: Floats  # [Y] of all classes together
    cap_known_from: Integers  # [Y] row of the year in which it is announced
    expected_cap_fall: Floats  # [Y] a year, of caps that nobody has announced
    cap_share: Floats  # [C] NaN: as verified in the two years before
    new_entrant_share: Floats  # [Y, C] of free allowances under a cap, set aside for new units
    auction_share: Floats  # [Y, C] of what is given


class NationalStability(NamedTuple):
    """What bounds prices, banks and credits, by year; tonnes of CO2 and CNY per tonne unless said."""

    floor: Floats  # [Y]
    ceiling: Floats  # [Y] inf for none
    reserve_upper_share: Floats  # [Y] bank per allowances issued, above which the reserve takes
    reserve_lower_share: Floats  # [Y] below which it releases
    reserve_intake_share: Floats  # [Y] of the bank
    reserve_release_share: Floats  # [Y] of allowances issued
    reserve_keeps_share: Floats  # [Y] of allowances issued; what is above is cancelled
    offset_limit_share: Floats  # [Y] of emissions
    offset_stock: Floats  # [Y] offered at any price
    offset_slope: Floats  # [Y] t more per CNY/t
    offset_price: Floats  # [Y] above which more are offered
    carry_over_limit: Floats  # [Y] of all banks, inf for none
    expires_after_years: Integers  # [Y] 0 for never, less than the vintages that the bank tells apart
    penalty: Floats  # [Y] fine on what is unmet, which is not deducted then; inf for none
    is_unmet_deducted: bool  # from next year's allowances


class NationalHolders(NamedTuple):
    """How holders of allowances look ahead."""

    keep: float  # below which holders never let their bank fall
    rate: float  # at which they compare years
    highest_price: float  # tried
    horizon_years: int


class NationalRules(NamedTuple):
    """Rules of the market."""

    allocation: NationalAllocation
    limits: NationalStability
    holders: NationalHolders


class NationalPosition(NamedTuple):
    """Where the market stands after a year; changed in place within the kernel only."""

    bank: Floats  # [V] by age, newest first; the last holds older ones too
    accounts: Floats  # reserve, share of next year's free allowances withheld, unmet, issued
    abated_share: Floats  # [C] for good
    switched_share: Floats  # [C] while it pays
    response: Floats  # [C] expected output per output without a price
    intensity: Floats  # [2, C] of last year and of the year before
    emissions: Floats  # [2, C]
    cap_share: Floats  # [C] NaN before the class is capped


class NationalYear(NamedTuple):
    """What happened in a year, by class [C] and in all."""

    output: Floats
    intensity: Floats
    emissions: Floats
    allowances: Floats  # free ones given
    auctioned: Floats
    benchmark: Floats  # free allowances per unit of expected output
    net_cost: Floats  # of CO2 for one more unit, CNY
    totals: Floats  # by `TOTALS`


class NationalRegion(NamedTuple):
    """A region that is measured by itself, and stands in its part of the country."""

    share: Floats  # [C] of the country's emissions that are counted as the region's
    allowances: Floats  # [C] that it gets, auctioned ones included
    emissions: Floats  # [C] for which it needs allowances
    country: Floats  # [C] emissions of the classes in the year of both, with which they move; 0: of this year
    beyond: float  # allowances less emissions of its sectors that are no class


class NationalMarket(NamedTuple):
    """What does not change while a year is solved."""

    classes: NationalClasses
    rules: NationalRules
    region: NationalRegion


class NationalWalk(NamedTuple):
    """Positions of a walk ahead, and its year."""

    start: NationalPosition  # where it begins
    walk: NationalPosition  # where it is
    year: NationalYear


class NationalSolution(NamedTuple):
    """The price of a year, and what is expected with it; axis H the year and those after it."""

    path: Floats  # [H] prices
    benchmark: Floats  # [H, C] free allowances per unit of expected output
    allowances: Floats  # [H, C] free
    unwanted: float  # of the year at its floor, t
    slack: float  # least bank ahead over what is kept
    binding_row: int
    trials: int


@plain
def _copy(source, target):  # type: ignore[no-untyped-def]
    for v in range(source.bank.size):
        target.bank[v] = source.bank[v]
    for a in range(ACCOUNTS):
        target.accounts[a] = source.accounts[a]
    for c in range(source.cap_share.size):
        target.abated_share[c], target.switched_share[c] = source.abated_share[c], source.switched_share[c]
        target.response[c], target.cap_share[c] = source.response[c], source.cap_share[c]
        for k in range(2):
            target.intensity[k, c] = source.intensity[k, c]
            target.emissions[k, c] = source.emissions[k, c]


@helper
def _new_position(source):  # type: ignore[no-untyped-def]
    return NationalPosition(
        source.bank.copy(),
        source.accounts.copy(),
        source.abated_share.copy(),
        source.switched_share.copy(),
        source.response.copy(),
        source.intensity.copy(),
        source.emissions.copy(),
        source.cap_share.copy(),
    )


@plain
def _power(base, exponent):  # type: ignore[no-untyped-def]
    """Compute base ** exponent for a positive base from + - * / alone."""
    fraction, shift = math.frexp(base)
    if fraction < SQRT_HALF:
        fraction, shift = 2.0 * fraction, shift - 1
    s, series = (fraction - 1.0) / (fraction + 1.0), 0.0
    square = s * s
    for coefficient in ODD:
        series = series * square + coefficient
    x = exponent * (shift * LN2 + 2.0 * (s + s * series * square))
    k = round(x / LN2)
    rest, result = x - k * LN2, 1.0
    for share in INVERSES:
        result = 1.0 + result * rest * share
    return math.ldexp(result, k)


@plain
def _sum(values):  # type: ignore[no-untyped-def]
    """Add up one by one: NumPy's order depends on the processor."""
    total = 0.0
    for i in range(values.size):
        total += values[i]
    return total


@plain
def _abate(c, price, classes, position):  # type: ignore[no-untyped-def]
    """Move the abated shares of a class towards those that pay."""
    lasting, switched = 0.0, 0.0
    for g in range(classes.step_share.shape[1]):
        start, end = classes.step_from[c, g], classes.step_to[c, g]
        part = 0.0 if price <= start else 1.0 if price >= end else (price - start) / (end - start)
        if classes.step_reverses[c, g]:
            switched += part * classes.step_share[c, g]
        else:
            lasting += part * classes.step_share[c, g]
    pace = classes.pace[c]
    position.abated_share[c] += pace * max(lasting - position.abated_share[c], 0.0)
    position.switched_share[c] += pace * (switched - position.switched_share[c])
    return max(1.0 - position.abated_share[c] - position.switched_share[c], 0.0)


@plain
def _fix_cap_shares(y, rules, position):  # type: ignore[no-untyped-def]
    """Fix the share of a class in the cap from its verified emissions."""
    total = _sum(position.emissions[0]) + _sum(position.emissions[1])
    for c in range(position.cap_share.size):
        if rules.allocation.method[y, c] == CAP and np.isnan(position.cap_share[c]):
            position.cap_share[c] = rules.allocation.cap_share[c]
            if np.isnan(position.cap_share[c]):
                position.cap_share[c] = (position.emissions[0, c] + position.emissions[1, c]) / total


@plain
def _allocate(y, c, cap, expected, intensity, market, position):  # type: ignore[no-untyped-def]
    """Compute a class's free benchmark, and under a cap its free allowances and what is auctioned."""
    classes, rules = market.classes, market.rules
    kind, sold = rules.allocation.method[y, c], rules.allocation.auction_share[y, c]
    if kind == CAP:
        amount = cap * position.cap_share[c]
        auctioned = amount * sold
        reserved = rules.allocation.new_entrant_share[y, c]
        free = (amount - auctioned) * (1.0 - reserved + min(reserved, classes.entering_share[y, c]))
        return free / expected, free, auctioned
    if kind == VERIFIED:
        return intensity * (1.0 - sold), 0.0, 0.0
    benchmark = rules.allocation.benchmark[y, c]
    if np.isnan(benchmark):
        benchmark = position.intensity[1, c] * (1.0 - rules.allocation.shortage_share[y, c])
    if kind == BAND:
        band = rules.allocation.band_share[y]
        benchmark = intensity * (1.0 + min(max((benchmark - intensity) / benchmark, -band), band))
    least = (1.0 - rules.allocation.shortfall_share[y, c]) * intensity
    return max(benchmark, least) * (1.0 - sold), 0.0, 0.0


@plain
def _advance_class(y, c, price, cap, market, position, year):  # type: ignore[no-untyped-def]
    """Let a class abate, make and emit, and give it its allowances."""
    classes, rules = market.classes, market.rules
    plain = classes.output[y, c]
    kind = rules.allocation.method[y, c]
    reward = 0.0 if kind == OUTSIDE else price * rules.allocation.reward_share[y, c]
    intensity = classes.intensity[y, c] * _abate(c, reward, classes, position)
    output, benchmark, free, auctioned, net_cost = plain, 0.0, 0.0, 0.0, 0.0
    if kind != OUTSIDE:
        expected = plain * position.response[c]
        benchmark, free, auctioned = _allocate(y, c, cap, expected, intensity, market, position)
        follows = rules.allocation.follows_output_share[y, c] if kind == CAP else 1.0
        issued_part = 1.0 - position.accounts[WITHHELD_SHARE]
        net_cost = price * (intensity - follows * issued_part * benchmark)
        cost = max(1.0 + net_cost / classes.product_price[c], LOWEST_COST_FACTOR)
        output = plain * _power(cost, -classes.elasticity[c])
        if kind != CAP:
            free, sold = output * benchmark, rules.allocation.auction_share[y, c]
            auctioned = free * sold / (1.0 - sold)
    position.response[c] += 0.5 * (output / plain - position.response[c])
    position.intensity[1, c], position.intensity[0, c] = position.intensity[0, c], intensity
    position.emissions[1, c], position.emissions[0, c] = position.emissions[0, c], output * intensity
    year.output[c], year.intensity[c], year.emissions[c] = output, intensity, output * intensity
    year.allowances[c], year.auctioned[c] = free, auctioned
    year.benchmark[c], year.net_cost[c] = benchmark, net_cost


@plain
def _place_region(y, c, market, year):  # type: ignore[no-untyped-def]
    """Let the region's own figures stand in its part of a class; under a cap it shares what there is."""
    region, rest = market.region, 1.0 - market.region.share[c]
    growth = year.emissions[c] / region.country[c] if region.country[c] > 0.0 else 1.0
    year.emissions[c] = year.emissions[c] * rest + region.emissions[c] * growth
    if market.rules.allocation.method[y, c] != CAP:
        sold, given = market.rules.allocation.auction_share[y, c], region.allowances[c] * growth
        year.allowances[c] = year.allowances[c] * rest + given * (1.0 - sold)
        year.auctioned[c] = year.auctioned[c] * rest + given * sold


@plain
def _use_bank(bank, supply, use):  # type: ignore[no-untyped-def]
    """Add the year's supply to the bank and use the oldest first; return what is short."""
    last = bank.size - 1
    bank[last] += bank[last - 1]
    for v in range(last - 1, 0, -1):
        bank[v] = bank[v - 1]
    bank[0] = max(supply, 0.0)
    use += max(-supply, 0.0)
    for v in range(last, -1, -1):
        part = min(bank[v], use)
        bank[v] -= part
        use -= part
    return use


@plain
def _expire(y, bank, rules):  # type: ignore[no-untyped-def]
    """Let expire what is too old, and the oldest of what may not be carried over."""
    expired, oldest = 0.0, rules.limits.expires_after_years[y]
    if oldest > 0:
        for v in range(oldest, bank.size):
            expired += bank[v]
            bank[v] = 0.0
    excess = max(_sum(bank) - rules.limits.carry_over_limit[y], 0.0)
    for v in range(bank.size - 1, -1, -1):
        part = min(bank[v], excess)
        bank[v], excess, expired = bank[v] - part, excess - part, expired + part
    return expired


@plain
def _move_reserve(y, supply, rules, position):  # type: ignore[no-untyped-def]
    """Compute what the reserve takes and releases by the size of the bank."""
    bank, issued = _sum(position.bank), position.accounts[ISSUED]
    intake, release = 0.0, 0.0
    excess = bank - rules.limits.reserve_upper_share[y] * issued
    if excess > 0.0:
        intake = min(rules.limits.reserve_intake_share[y] * bank, excess, supply)
    lack = rules.limits.reserve_lower_share[y] * issued - bank
    if lack > 0.0:
        release = min(lack, rules.limits.reserve_release_share[y] * issued, position.accounts[RESERVE])
    return intake, release


@plain
def _share_out(y, unwanted, market, position, year):  # type: ignore[no-untyped-def]
    """Withhold, auction and move what the year's allowances allow; return the supply before rescue."""
    rules, accounts, totals = market.rules, position.accounts, year.totals
    full, auctioned = _sum(year.allowances), _sum(year.auctioned)
    withheld = accounts[WITHHELD_SHARE] * full
    for c in range(year.allowances.size):
        year.allowances[c] *= 1.0 - accounts[WITHHELD_SHARE]
    unsold = min(unwanted, auctioned)
    accounts[WITHHELD_SHARE] = min((unwanted - unsold) / full, 1.0) if full > 0.0 else 0.0
    supply = full - withheld + auctioned - unsold
    intake, release = _move_reserve(y, supply, rules, position)
    accounts[RESERVE] += withheld + unsold + intake - release
    accounts[ISSUED] = full - withheld + auctioned
    totals[FREE], totals[AUCTIONED], totals[WITHHELD] = full - withheld, auctioned - unsold, withheld + unsold
    totals[RELEASED], totals[TAKEN] = release, intake
    totals[MADE_UP] = accounts[UNMET] if rules.limits.is_unmet_deducted else 0.0
    totals[BEYOND] = market.region.beyond
    return supply + release - intake - totals[MADE_UP] + market.region.beyond


@plain
def _offer_credits(y, price, emissions, limits):  # type: ignore[no-untyped-def]
    """Compute the credits that are turned in for a part of the emissions."""
    dearer = limits.offset_slope[y] * max(price - limits.offset_price[y], 0.0)
    return min(limits.offset_limit_share[y] * emissions, limits.offset_stock[y] + dearer)


@plain
def _advance(y, price, cap, is_booked, unwanted, market, position, year):  # type: ignore[no-untyped-def]
    """Live through a year at a price; return the bank less what is unmet.

    `unwanted` is withdrawn: from the auction, the rest from next year's free allowances in equal shares. Holders do
    not count on what the reserve gives at the ceiling: it does so where the year is booked.
    """
    rules, accounts, totals = market.rules, position.accounts, year.totals
    _fix_cap_shares(y, rules, position)
    emissions = 0.0
    for c in range(year.output.size):
        _advance_class(y, c, price, cap, market, position, year)
        if rules.allocation.method[y, c] != OUTSIDE:
            _place_region(y, c, market, year)
            emissions += year.emissions[c]
    supply = _share_out(y, unwanted, market, position, year)
    offsets = _offer_credits(y, price, emissions, rules.limits)
    if is_booked and price >= rules.limits.ceiling[y]:
        lacking = rules.holders.keep + emissions - offsets - supply - _sum(position.bank)
        rescue = min(max(lacking, 0.0), accounts[RESERVE])
        accounts[RESERVE] -= rescue
        supply += rescue
        totals[RELEASED] += rescue
    cancelled = max(accounts[RESERVE] - rules.limits.reserve_keeps_share[y] * accounts[ISSUED], 0.0)
    accounts[RESERVE] -= cancelled
    short = _use_bank(position.bank, supply, emissions - offsets)
    accounts[UNMET] = short if math.isinf(rules.limits.penalty[y]) else 0.0
    expired = _expire(y, position.bank, rules)
    banked = _sum(position.bank)
    totals[OFFSETS], totals[EMITTED], totals[EXPIRED] = offsets, emissions, expired
    totals[SHORT], totals[CANCELLED], totals[BANKED] = short, cancelled, banked
    totals[RESERVED] = accounts[RESERVE]
    return banked - short


@helper
def _expect_rules(y, years, rules):  # type: ignore[no-untyped-def]
    """List what holders expect in `y` [years, 2]: caps, and the least price.

    The least price is the floor, or what a later one is worth: nobody sells below it.
    """
    allocation, ahead = rules.allocation, np.empty((years, 2))
    caps, least = ahead[:, 0], ahead[:, 1]
    caps[0] = allocation.cap[y]
    for k in range(1, years):
        caps[k] = caps[k - 1] * (1.0 - allocation.expected_cap_fall[y])
        if allocation.cap_known_from[y + k] <= y:
            caps[k] = allocation.cap[y + k]
    later = 0.0
    for k in range(years - 1, -1, -1):
        later = max(rules.limits.floor[y + k], later / (1.0 + rules.holders.rate))
        least[k] = later
    return ahead


@plain
def _bound(price, least, y, rules):  # type: ignore[no-untyped-def]
    return min(max(price, least), rules.limits.ceiling[y])


@plain
def _try(price, y, ahead, market, space):  # type: ignore[no-untyped-def]
    """Walk ahead at a price that rises at the rate; return the least slack and its year."""
    rules, least, binding = market.rules, np.inf, 0
    _copy(space.start, space.walk)
    for k in range(ahead.shape[0]):
        asked = _bound(price, ahead[k, 1], y + k, rules)
        bank = _advance(y + k, asked, ahead[k, 0], False, 0.0, market, space.walk, space.year)
        if bank - rules.holders.keep < least:
            least, binding = bank - rules.holders.keep, k
        price *= 1.0 + rules.holders.rate
    return least, binding


@plain
def _bracket(y, ahead, guess, trial_limit, market, space):  # type: ignore[no-untyped-def]
    """Find prices below and above the lowest that fits, with their slack, its year and the trials."""
    highest = market.rules.holders.highest_price
    low, high, trials = 0.0, 0.0, 1
    slack, binding = _try(high, y, ahead, market, space)
    if slack >= 0.0:
        return low, high, slack, slack, binding, trials
    low_slack = slack
    while slack < 0.0 and high < highest:
        low, low_slack = high, slack
        high = min(guess if high == 0.0 else 1.5 * high, highest)
        slack, binding = _try(high, y, ahead, market, space)
        trials += 1
    lower = high / FIRST_STEP
    while slack >= 0.0 and low < lower and lower > LOWEST_STEP and trials < trial_limit // 2:
        lower_slack, lower_binding = _try(lower, y, ahead, market, space)
        trials += 1
        if lower_slack < 0.0:
            low, low_slack = lower, lower_slack
            break
        high, slack, binding = lower, lower_slack, lower_binding
        lower *= 0.5
    return low, high, low_slack, slack, binding, trials


@plain
def _weigh_old_end(excess, previous):  # type: ignore[no-untyped-def]
    """Compute by what an end that stays counts less (Anderson and Bjoerck 1973)."""
    factor = 1.0 - excess / previous
    return factor if factor > 0.0 else 0.5


@plain
def _find_price(y, ahead, guess, trial_limit, tolerance, market, space):  # type: ignore[no-untyped-def]
    """Find the lowest price at which the least slack, up to `tolerance` t, is not negative.

    It is bracketed from the guess and found by the secant, whose older end counts less each time it stays, then by
    halves. Returns the price, the least slack, its year and how many prices were tried.
    """
    low, high, low_slack, high_slack, binding, trials = _bracket(y, ahead, guess, trial_limit, market, space)
    aim = 0.5 * tolerance
    low_weight, high_weight, last_side = low_slack - aim, high_slack - aim, 0
    while high > 0.0 and high_slack > tolerance and trials < trial_limit:
        is_halved = trials >= trial_limit - TRIALS_BY_HALVES
        part = 0.5 if is_halved else low_weight / (low_weight - high_weight)
        price = low + (high - low) * part
        if not low < price < high:
            break
        slack, year = _try(price, y, ahead, market, space)
        trials += 1
        excess = slack - aim
        if excess < 0.0:
            high_weight *= _weigh_old_end(excess, low_weight) if last_side == -1 else 1.0
            low, low_weight, last_side = price, excess, -1
            if slack >= 0.0:
                high, high_slack, binding = price, slack, year
        else:
            low_weight *= _weigh_old_end(excess, high_weight) if last_side == 1 else 1.0
            high, high_slack, high_weight, binding, last_side = price, slack, excess, year, 1
    return high, high_slack, binding, trials


@helper
def _expect_path(y, price, slack, binding, trials, ahead, market, space):  # type: ignore[no-untyped-def]
    """Expect the path ahead: at the rate up to the year that binds, from there solved once more.

    Returns prices [H] and the trials in all. Where trials run out, or none fits, it rises at the rate.
    """
    rules, years = market.rules, ahead.shape[0]
    path, k = np.empty(years), 0
    while k < years:
        last = k + binding if slack >= 0.0 else years - 1
        for j in range(k, last + 1):
            path[j] = _bound(price, ahead[j, 1], y + j, rules)
            if last + 1 < years:
                _advance(y + j, path[j], ahead[j, 0], False, 0.0, market, space.start, space.year)
            price *= 1.0 + rules.holders.rate
        k = last + 1
        if k < years:
            slack = -1.0
            if trials + TRIALS_OF_SPAN <= MOST_TRIALS:
                guess, tolerance = max(price, 1.0), BALANCED_SHARE_AHEAD * ahead[0, 0]
                level, slack, binding, span_trials = _find_price(
                    y + k, ahead[k:], guess, TRIALS_OF_SPAN, tolerance, market, space
                )
                price, trials = min(level, price), trials + span_trials
    return path, trials


@helper
def _new_year(classes):  # type: ignore[no-untyped-def]
    v = np.zeros((7, classes))
    return NationalYear(v[0], v[1], v[2], v[3], v[4], v[5], v[6], np.zeros(len(TOTALS)))


@kernel
def solve_national_year(y, guess, observed, market, opening):  # type: ignore[no-untyped-def]
    """Find the price of a year, and what is expected ahead; see the module.

    `guess` is tried first, above 0; `observed` is NaN where the price is to be found; `opening` is not changed. Returns
    `NationalSolution`: where even the highest price does not fit, its slack is negative.
    """
    rules, size = market.rules, opening.cap_share.size
    space = NationalWalk(_new_position(opening), _new_position(opening), _new_year(size))
    ahead = _expect_rules(y, rules.holders.horizon_years, rules)
    if np.isnan(observed):
        tolerance = BALANCED_SHARE * ahead[0, 0]
        price, slack, binding, trials = _find_price(
            y, ahead, guess, TRIALS_OF_PRICE, tolerance, market, space
        )
        path, trials = _expect_path(y, price, slack, binding, trials, ahead, market, space)
    else:
        slack, binding = _try(observed, y, ahead, market, space)
        price, trials = observed, 1
        path, trials = _expect_path(y, price, -1.0, binding, trials, ahead, market, space)
    unwanted = slack if price == 0.0 and rules.limits.floor[y] > 0.0 else 0.0
    benchmark, allowances = np.empty((path.size, size)), np.empty((path.size, size))
    _copy(opening, space.walk)
    for k in range(path.size):
        _advance(y + k, path[k], ahead[k, 0], False, 0.0, market, space.walk, space.year)
        benchmark[k] = space.year.benchmark
        allowances[k] = space.year.allowances
    return NationalSolution(path, benchmark, allowances, unwanted, slack, y + binding, trials)


@kernel
def book_national_year(y, price, unwanted, market, opening):  # type: ignore[no-untyped-def]
    """Live through a year at its price, of which `unwanted` t find nobody at the floor.

    Returns the position after it and its `NationalYear`; `opening` is not changed.
    """
    position, year = _new_position(opening), _new_year(opening.cap_share.size)
    _advance(y, price, market.rules.allocation.cap[y], True, unwanted, market, position, year)
    return position, year
