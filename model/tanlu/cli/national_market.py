"""What `tanlu explain national_market` prints: the rules of the national carbon market in a scenario."""

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

import typer

from tanlu.cli.running import scenarios_of
from tanlu.core.units import T_PER_MT
from tanlu.core.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tanlu.core.arrays import Floats
    from tanlu.kernels.national_market import NationalRules
    from tanlu.output.extension import Source
    from tanlu.region.national_market import NationalMarketData

NATIONAL_MARKET = "national_market"
YEARS_BETWEEN_ROWS = 5
NO_RESERVE_SHARE = 1.0  # of a year's allowances: from there on a reserve takes nothing in practice


def explain_national_market(scenario: str, extend: "Sequence[Source]") -> None:
    """Print the rules of the national market in a scenario, in both languages."""
    from tanlu.policies.statutes import apply_policies
    from tanlu.region.pack import load_region
    from tanlu.region.tables import year_index
    from tanlu.state.national_rules import national_rules

    case = scenarios_of([scenario], extend)[0]
    region = load_region(case.region, case.pack)
    schedule = apply_policies(case.policies, region.axes, region.base_year, case.years.end)
    rules = national_rules(region.national_market, schedule)
    rows = range(year_index(region.base_year), year_index(case.years.end) + 1)
    for language in LANGUAGES:
        for line in _lines(language, case.name, region.national_market, rules, rows):
            typer.echo(line)


def _lines(
    language: str, scenario: str, data: "NationalMarketData", rules: "NationalRules", rows: range
) -> Iterator[str]:
    from tanlu.kernels.national_market import CAP
    from tanlu.region.tables import DATA_YEARS

    observed = max(
        year
        for year, price in zip(DATA_YEARS, data.observed_price_cny_per_tco2, strict=True)
        if isfinite(price)
    )
    holders, key = rules.holders, NATIONAL_MARKET
    price = {
        "horizon": holders.horizon_years,
        "rate": f"{100.0 * holders.rate:.3g}",
        "highest": f"{holders.highest_price:,.0f}",
        "observed": observed,
    }
    yield text(language, f"{key}.title", {"scenario": scenario})
    yield f"\n{text(language, f'{key}.price', price)}"
    yield f"\n{text(language, f'{key}.winners')}"
    yield f"\n{text(language, f'{key}.classes')}"
    for c, name in enumerate(data.names):
        steps = [
            f"{DATA_YEARS[y]} {text(language, f'{key}.method.{rules.allocation.method[y, c]}')}"
            for y in rows
            if y == rows[0] or rules.allocation.method[y, c] != rules.allocation.method[y - 1, c]
        ]
        yield f"  {text(language, f'{key}.class.{name}')} · {' → '.join(steps)}"
    yield f"\n{text(language, f'{key}.limits')}"
    for y in rows:
        is_shown = DATA_YEARS[y] % YEARS_BETWEEN_ROWS == 0 or y == rows[-1]
        if is_shown and CAP in rules.allocation.method[y]:
            yield f"  {DATA_YEARS[y]} · {_limits(language, rules, y)}"
    yield from _stability(language, rules, rows)
    yield f"\n{text(language, f'{key}.levers')}\n"


def _limits(language: str, rules: "NationalRules", y: int) -> str:
    allocation, limits, none = rules.allocation, rules.limits, text(language, f"{NATIONAL_MARKET}.none")
    floor, ceiling = (
        f"{bound:,.0f}" if 0.0 < bound < rules.holders.highest_price else none
        for bound in (limits.floor[y], limits.ceiling[y])
    )
    shares = (_percent(share[y]) for share in (allocation.auction_share, allocation.follows_output_share))
    return f"{allocation.cap[y] / T_PER_MT:,.0f} · {floor}, {ceiling} · {' · '.join(shares)}"


def _stability(language: str, rules: "NationalRules", rows: range) -> Iterator[str]:
    """Print reserve, life of allowances and fine from each year in which they change, if a law sets any."""
    from tanlu.region.tables import DATA_YEARS

    limits, key, before = rules.limits, NATIONAL_MARKET, None
    none = text(language, f"{key}.none")
    for y in rows:
        takes, gives, years, fine = (
            limits.reserve_upper_share[y],
            limits.reserve_lower_share[y],
            limits.expires_after_years[y],
            limits.penalty[y],
        )
        terms = (
            f"{100.0 * takes:.3g}" if takes < NO_RESERVE_SHARE else none,
            f"{100.0 * gives:.3g}" if gives > 0.0 else none,
            str(years) if years > 0 else none,
            f"{fine:,.0f}" if isfinite(fine) else none,
        )
        if before is None and set(terms) != {none}:
            yield f"\n{text(language, f'{key}.stability')}"
        if terms != before and (before is not None or set(terms) != {none}):
            yield f"  {DATA_YEARS[y]} · {terms[0]}, {' · '.join(terms[1:])}"
            before = terms


def _percent(shares: "Floats") -> str:
    low, high = (f"{100.0 * share:.3g}" for share in (shares.min(), shares.max()))
    return low if low == high else f"{low}-{high}"
