"""The slow, obvious twin of the national market: one class, one option, one vintage at a time, prices by halves."""

import copy
import math
from types import SimpleNamespace

SCAN = [0.0, *(2.0 * 1.1**i for i in range(70))]  # prices tried first, CNY/t
HALVES = 60


def position_of(state) -> SimpleNamespace:
    """Return a state as plain lists."""
    return SimpleNamespace(
        bank=list(state.bank_tco2),
        reserve=state.reserve_tco2,
        withheld_share=state.withheld_share,
        unmet=state.unmet_tco2,
        issued=state.issued_tco2,
        abated=list(state.abated_share),
        switched=list(state.switched_share),
        response=list(state.output_response),
        intensity=[list(row) for row in state.intensity],
        emissions=[list(row) for row in state.emissions_tco2],
        cap_share=list(state.cap_share),
    )


def abate(now, c, price, classes) -> float:
    """Take the options that pay as far as the pace of the class allows; return what is left of its intensity."""
    pays = {False: 0.0, True: 0.0}
    for share, start, end, reverses in zip(
        classes.step_share[c],
        classes.step_from[c],
        classes.step_to[c],
        classes.step_reverses[c],
        strict=True,
    ):
        if price >= end:
            pays[bool(reverses)] += share
        elif price > start:
            pays[bool(reverses)] += share * (price - start) / (end - start)
    now.abated[c] += classes.pace[c] * max(pays[False] - now.abated[c], 0.0)
    now.switched[c] += classes.pace[c] * (pays[True] - now.switched[c])
    return max(1.0 - now.abated[c] - now.switched[c], 0.0)


def year_of_class(now, y, c, price, cap, classes, allocation) -> SimpleNamespace:
    """Return what a class makes, emits and gets, before anything is withheld."""
    plain, kind = classes.output[y, c], allocation.method[y, c]
    if kind == 0:
        intensity = classes.intensity[y, c] * abate(now, c, 0.0, classes)
        return SimpleNamespace(output=plain, intensity=intensity, free=0.0, sold=0.0, covered=False)
    intensity = classes.intensity[y, c] * abate(now, c, price * allocation.reward_share[y, c], classes)
    free, sold, sale = None, 0.0, allocation.auction_share[y, c]
    if kind == 4:
        amount = cap * now.cap_share[c]
        sold = amount * sale
        entrants = allocation.new_entrant_share[y, c]
        free = (amount - sold) * (1.0 - entrants) + (amount - sold) * min(
            entrants, classes.entering_share[y, c]
        )
        benchmark, follows = free / (plain * now.response[c]), allocation.follows_output_share[y, c]
    elif kind == 1:
        benchmark, follows = intensity * (1.0 - sale), 1.0
    else:
        balance = now.intensity[1][c] * (1.0 - allocation.shortage_share[y, c])
        benchmark, follows = allocation.benchmark[y, c], 1.0
        if math.isnan(benchmark):
            benchmark = balance
        if kind == 2:
            gap = (benchmark - intensity) / benchmark
            gap = max(-allocation.band_share[y], min(gap, allocation.band_share[y]))
            benchmark = intensity * (1.0 + gap)
        benchmark = max(benchmark, intensity * (1.0 - allocation.shortfall_share[y, c])) * (1.0 - sale)
    net_cost = price * (intensity - follows * benchmark * (1.0 - now.withheld_share))
    factor = max(1.0 + net_cost / classes.product_price[c], 0.1)
    output = plain / factor ** classes.elasticity[c]
    return SimpleNamespace(
        output=output,
        intensity=intensity,
        free=output * benchmark if free is None else free,
        sold=output * benchmark * sale / (1.0 - sale) if free is None else sold,
        covered=True,
    )


def advance(before, y, price, cap, classes, rules, *, is_booked):
    """Return the position after a year and what each class did."""
    now, allocation, limits = copy.deepcopy(before), rules.allocation, rules.limits
    fix_cap_shares(now, y, allocation)
    done = [year_of_class(now, y, c, price, cap, classes, allocation) for c in range(len(now.cap_share))]
    for c, one in enumerate(done):
        now.response[c] = 0.5 * (now.response[c] + one.output / classes.output[y, c])
        now.intensity[1][c], now.intensity[0][c] = now.intensity[0][c], one.intensity
        now.emissions[1][c], now.emissions[0][c] = now.emissions[0][c], one.output * one.intensity
    need = sum(one.output * one.intensity for one in done if one.covered)
    bank, issued = sum(now.bank), now.issued
    supply = issue(now, y, done, limits)
    supply += move_reserve(now, y, bank, issued, supply, limits)
    supply -= now.unmet if limits.is_unmet_deducted else 0.0
    credits = limits.offset_stock[y]
    if price > limits.offset_price[y]:
        credits += limits.offset_slope[y] * (price - limits.offset_price[y])
    need -= min(credits, limits.offset_limit_share[y] * need)
    if is_booked and price >= limits.ceiling[y]:
        rescue = max(min(rules.holders.keep + need - supply - bank, now.reserve), 0.0)
        now.reserve, supply = now.reserve - rescue, supply + rescue
    now.reserve = min(now.reserve, limits.reserve_keeps_share[y] * now.issued)
    now.bank = [max(supply, 0.0), *now.bank[:-2], now.bank[-2] + now.bank[-1]]
    now.short = use(now.bank, need + max(-supply, 0.0))
    now.unmet = now.short if limits.penalty[y] == math.inf else 0.0
    if limits.expires_after_years[y]:
        for age in range(limits.expires_after_years[y], len(now.bank)):
            now.bank[age] = 0.0
    use(now.bank, max(sum(now.bank) - limits.carry_over_limit[y], 0.0))
    return now, done


def fix_cap_shares(now, y, allocation) -> None:
    """Fix the shares of classes whose cap begins."""
    all_emissions = sum(sum(row) for row in now.emissions)
    for c, share in enumerate(now.cap_share):
        if allocation.method[y, c] == 4 and math.isnan(share):
            verified = now.emissions[0][c] + now.emissions[1][c]
            is_given = not math.isnan(allocation.cap_share[c])
            now.cap_share[c] = allocation.cap_share[c] if is_given else verified / all_emissions


def issue(now, y, done, limits) -> float:
    """Withhold what the year before left, and return what is issued."""
    full, sold = sum(one.free for one in done), sum(one.sold for one in done)
    now.reserve += now.withheld_share * full
    now.issued = full * (1.0 - now.withheld_share) + sold
    now.withheld_share = 0.0
    return now.issued


def move_reserve(now, y, bank, issued, supply, limits) -> float:
    """Return what the reserve gives, negative where it takes."""
    moved, upper, lower = 0.0, limits.reserve_upper_share[y] * issued, limits.reserve_lower_share[y] * issued
    if bank > upper:
        moved -= min(limits.reserve_intake_share[y] * bank, bank - upper, supply)
    if bank < lower:
        moved += min(lower - bank, limits.reserve_release_share[y] * issued, now.reserve)
    now.reserve -= moved
    return moved


def use(bank, amount) -> float:
    """Take an amount from the oldest allowances on; return what they lack."""
    for age in reversed(range(len(bank))):
        part = min(bank[age], amount)
        bank[age], amount = bank[age] - part, amount - part
    return amount


def least_price(y, rules) -> float:
    """Return the highest of the floor of the year and of those ahead, less interest."""
    years = range(rules.holders.horizon_years)
    return max(rules.limits.floor[y + k] / (1.0 + rules.holders.rate) ** k for k in years)


def least_slack(state, y, price, classes, rules) -> float:
    """Return the least bank over what is kept in the years ahead, at a price that rises at the rate."""
    now, caps, slacks = position_of(state), [], []
    for k in range(rules.holders.horizon_years):
        if k == 0 or rules.allocation.cap_known_from[y + k] <= y:
            caps.append(rules.allocation.cap[y + k])
        else:
            caps.append(caps[-1] * (1.0 - rules.allocation.expected_cap_fall[y]))
        asked = price * (1.0 + rules.holders.rate) ** k
        left = range(rules.holders.horizon_years - k)
        floors = [rules.limits.floor[y + k + i] / (1.0 + rules.holders.rate) ** i for i in left]
        asked = min(max(asked, *floors), rules.limits.ceiling[y + k])
        now, _ = advance(now, y + k, asked, caps[k], classes, rules, is_booked=False)
        slacks.append(sum(now.bank) - now.short - rules.holders.keep)
    return min(slacks)


def lowest_price(state, y, classes, rules) -> float:
    """Return the lowest price that fits, before floor and ceiling; the highest where none does."""
    highest = rules.holders.highest_price
    prices = [p for p in SCAN if p < highest] + [highest]
    fits = [least_slack(state, y, p, classes, rules) >= 0.0 for p in prices]
    if True not in fits:
        return highest
    first = fits.index(True)
    if first == 0:
        return 0.0
    low, high = prices[first - 1], prices[first]
    for _ in range(HALVES):
        middle = 0.5 * (low + high)
        if least_slack(state, y, middle, classes, rules) >= 0.0:
            high = middle
        else:
            low = middle
    return high
