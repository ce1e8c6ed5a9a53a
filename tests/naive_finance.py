"""Slow, obvious twins of the finance kernels: one decider, one request, one entity at a time."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


def net_present_value(
    capex: float,
    lead: int,
    life: int,
    cash: float,
    rate: float,
    flows: Sequence[tuple[float, Sequence[float]]],
) -> float:
    """Sum every dated amount of one option; `flows` are (quantity, path by year from 1)."""
    outlays = [(t, capex / lead) for t in range(lead)] or [(0, capex)]
    value = -sum(amount / (1.0 + rate) ** t for t, amount in outlays)
    for t in range(lead + 1, lead + life + 1):
        year = cash + sum(quantity * path[min(t, len(path)) - 1] for quantity, path in flows)
        value += year / (1.0 + rate) ** t
    return value


def tax_rate(tax: Any, year: int) -> float:
    """Return the rate of a year of operation, counted from 1."""
    if year <= tax.holiday_years:
        return 0.0
    return tax.rate / 2.0 if year <= tax.holiday_years + tax.half_years else float(tax.rate)


def taxed_value(case: Mapping[str, Any]) -> float:
    """Sum every dated amount of a `ProjectCase` with phases, first year and taxes of its own."""
    tax, rate, first = case["taxes"], case["rate"], case["first_operation_year"]
    capex, paths = case["capex_cny"], case["paths"]
    paths = [] if paths is None else list(zip(case["quantities"], paths, strict=True))
    value = 0.0
    for t, share in enumerate(case["spending_shares"]):
        value -= share * capex * (1.0 - tax.credit_share) / (1.0 + rate) ** t
    basis = capex * (1.0 - tax.credit_basis_share * tax.credit_share)
    for year, share in enumerate(tax.written_off_shares, start=1):
        real = share * basis / (1.0 + tax.inflation) ** year
        value += tax_rate(tax, year) * real / (1.0 + rate) ** (first + year - 1)
    for t in range(first, first + case["life_years"]):
        followed = sum(q * path[min(max(t, 1), len(path)) - 1] for q, path in paths)
        value += (
            (1.0 - tax_rate(tax, t - first + 1)) * (case["annual_cash_cny"] + followed) / (1.0 + rate) ** t
        )
    return value


Offers = list[tuple[float, int, float]]


def risk_premium(c: Mapping[str, Any], r: int, accounts: Mapping[str, list[float]]) -> float:
    """Return what lenders ask for the risk of request r without a guarantee."""
    b, amount = c["borrower"][r], c["amount_cny"][r]
    debt, assets = accounts["debt"][b] + amount, accounts["assets"][b] + amount
    interest = accounts["interest"][b] + c["base_rate"] * amount
    ebit = accounts["ebit"][b] + c["added_ebit_cny"][r]
    reached = [s for s in c["rating_steps"] if ebit >= s * interest]
    leverage = debt / assets if debt > 0.0 else 0.0
    return float(c["rating_spreads"][len(reached)] + c["leverage_slope"] * leverage)


def loan_offers(
    c: Mapping[str, Any], r: int, accounts: Mapping[str, list[float]], guarantee: float, relent: bool
) -> tuple[Offers, str, list[str]]:
    """Return (contract rate, lender, rate paid) of those who accept request r, why it fails if it does, and answers."""
    refusals = ["NOT_ASKED"] * len(c["spread"])
    b, amount, green = c["borrower"][r], c["amount_cny"][r], c["green"][r]
    debt, assets = accounts["debt"][b] + amount, accounts["assets"][b] + amount
    ebit, interest = accounts["ebit"][b] + c["added_ebit_cny"][r], accounts["interest"][b]
    leverage = debt / assets if debt > 0.0 else 0.0
    risk = risk_premium(c, r, accounts) * (1.0 - guarantee)
    fee = c["guarantee_fee"][r] if guarantee > 0.0 else 0.0
    offers = []
    at_home = [
        x
        for x, p in enumerate(c["province_of_lender"])
        if p in (-1, c["province"][r]) and c["weight"][x] > 0.0
    ]
    sound = [x for x in at_home if leverage <= c["maximum_debt_to_assets"][x]]
    for x in at_home:
        refusals[x] = "COVERAGE" if x in sound else "LEVERAGE"
    covered = 0
    for x in sound:
        contract = c["base_rate"] + c["spread"][x] + risk
        contract -= c["relief"][r] if relent and c["relends"][x] else 0.0
        paid = max(contract - c["interest_subsidy"][r], 0.0) if green else contract
        if ebit >= c["minimum_interest_coverage"][x] * (interest + (paid + fee) * amount):
            covered += 1
            real = paid + fee - c["inflation"]
            worth = sum(c["cash_cny"][r] / (1.0 + real) ** t for t in range(1, c["years"] + 1))
            refusals[x] = "DEBT_SERVICE"
            if c["minimum_coverage"] * amount <= worth:
                offers.append((contract, x, paid))
    if offers or not at_home:
        return offers, "CAPACITY", refusals
    return offers, "DEBT_SERVICE" if covered else "COVERAGE" if sound else "LEVERAGE", refusals


def shared(amount: float, weight: Mapping[int, float], most: Sequence[float]) -> dict[int, float]:
    """Share an amount by weight; who reaches what it can lend leaves the rest to the others."""
    parts, left, open_to = dict.fromkeys(weight, 0.0), amount, set(weight)
    while left > 0.0 and open_to:
        total = sum(weight[x] for x in open_to)
        full = {x for x in open_to if parts[x] + left * weight[x] / total >= most[x]}
        if not full:
            for x in open_to:
                parts[x] += left * weight[x] / total
            break
        asked = {x: parts[x] + left * weight[x] / total for x in open_to}
        for x in open_to:
            parts[x] = min(asked[x], most[x])
        left = sum(asked[x] - parts[x] for x in open_to)
        open_to -= full
    return {x: part for x, part in parts.items() if part > 0.0}


class Loan(NamedTuple):
    """What became of a request."""

    granted: float
    rate: float
    contract: float
    why: str
    by_lender: dict[int, float]
    asked: float  # largest share that pays its fee
    guarantees: tuple[float, float]  # of a loan and of a bond in its place
    relent: bool
    answers: list[str]


def allocate_loans(case: Mapping[str, Any]) -> list[Loan]:
    """Return what becomes of each request, in row order."""
    accounts = {k: list(case[f"{k}_cny"]) for k in ("debt", "assets", "ebit", "interest")}
    quota, room, *support = (list(case[f"{k}_cny"]) for k in ("quota", "room", "guarantee", "relending"))
    results: dict[int, Loan] = {}
    for r in case["order"]:
        b, amount = case["borrower"][r], case["amount_cny"][r]
        green, home, heavy = case["green"][r], case["province"][r], case["risk_weight"][r]
        share, fee = case["guarantee_share"][r], case["guarantee_fee"][r]
        share = share if amount > 0.0 and share * risk_premium(case, r, accounts) >= fee else 0.0
        shares = (share, case["bond_guarantee_share"][r]) if green else (0.0, 0.0)
        guarantees = shares if max(shares) * amount <= support[0][home] else (0.0, 0.0)
        relent = bool(green and amount <= support[1][home])
        offers, why, answers = loan_offers(case, r, accounts, guarantees[0], relent)
        capital = [min(q, c / heavy if heavy else math.inf) for q, c in zip(quota, room, strict=True)]
        available = sum(capital[x] for _, x, _ in offers)
        wanted = amount if available >= amount else 0.0
        weight = {
            x: case["weight"][x] * (case["relief_weight"][r] if relent and case["relends"][x] else 1.0)
            for _, x, _ in offers
            if capital[x] > 0.0
        }
        parts = shared(wanted, weight, capital)
        for _, x, _ in offers:
            short = "ROOM" if room[x] < heavy * quota[x] else "QUOTA"
            answers[x] = "GRANTED" if parts.get(x, 0.0) > 0.0 else short
        if amount == 0.0:
            answers = ["NOT_ASKED"] * len(quota)
        for x, part in parts.items():
            quota[x], room[x] = max(quota[x] - part, 0.0), max(room[x] - heavy * part, 0.0)
            support[0][home] = max(support[0][home] - max(guarantees) * part, 0.0)
            support[1][home] = max(support[1][home] - part * (relent and bool(case["relends"][x])), 0.0)
        total = sum(parts.values())
        paid = sum(parts.get(x, 0.0) * rate for _, x, rate in offers)
        received = sum(parts.get(x, 0.0) * contract for contract, x, _ in offers)
        paid += fee * total * (guarantees[0] > 0.0)
        added = case["added_ebit_cny"][r] * total / amount if amount > 0.0 else 0.0
        for name, more in (("debt", total), ("assets", total), ("ebit", added), ("interest", paid)):
            accounts[name][b] += more
        rate = sum(parts.get(x, 0.0) * rate for _, x, rate in offers)
        rates = (rate / total, received / total) if total > 0.0 else (math.nan, math.nan)
        filled = amount == 0.0 or available >= amount
        given = (max(shares), guarantees, relent) if total > 0.0 else (0.0, (0.0, 0.0), False)
        results[r] = Loan(total, *rates, "UNBOUND" if filled else why, parts, *given, answers)
    return [results[r] for r in range(len(results))]


def carbon_positions(
    case: Mapping[str, Any], price: float, keen: bool
) -> list[tuple[float, float, float, float]]:
    """Return (abatement, offsets, surplus, sales offered or minus purchases wanted) of each entity.

    Who is indifferent at `price` banks all it wants if `keen`, else nothing.
    """
    c, step, positions = case, 0.01, []
    for i, emissions in enumerate(c["emissions_tco2"]):
        abated = min(c["abatement_slope_tco2_per_cny"][i] * price, c["abatement_limit_tco2"][i], emissions)
        ramp = min(max((price - c["offset_price_cny_per_tco2"]) / step, 0.0), 1.0)
        offsets = ramp * c["offset_share"] * (emissions - abated)
        surplus = c["allocation_tco2"][i] + c["bank_tco2"][i] + abated + offsets - emissions
        reservation = c["expected_price_cny_per_tco2"][i] / (1.0 + c["discount_rate"][i])
        target, limit = c["bank_target_tco2"][i], c["carry_over_base_tco2"][i]
        if math.isinf(target):  # at the ceiling it leaves what there is to those who are short
            reservation = min(reservation, c["ceiling_cny_per_tco2"])
        if price < reservation or (price == reservation and keen):
            over = max(surplus - limit, 0.0) / (1.0 + c["carry_over_factor"])
            missing = max(target - surplus, 0.0)
            positions.append((abated, offsets, surplus, over - missing))
        else:
            positions.append((abated, offsets, surplus, surplus))
    return positions


def carbon_excess(case: Mapping[str, Any], price: float, keen: bool) -> float:
    """Return demand less supply of the whole market at `price`."""
    region = -sum(offered for *_, offered in carbon_positions(case, price, keen))
    low, high = case["floor_cny_per_tco2"], case["ceiling_cny_per_tco2"]
    nation = sorted((low, case["reference_price_cny_per_tco2"], high))[1]
    rest = case["rest_of_market_slope_tco2_per_cny"] * (price - nation)
    return float(region - rest - case["auctioned_tco2"])


def carbon_price(case: Mapping[str, Any]) -> float:
    """Bisect for the price within floor and ceiling (a large number where there is no ceiling)."""
    low, high = case["floor_cny_per_tco2"], min(case["ceiling_cny_per_tco2"], 1e7)
    if carbon_excess(case, low, keen=False) <= 0.0:
        return float(low)
    if carbon_excess(case, high, keen=False) > 0.0:
        return float(high)
    for _ in range(120):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if carbon_excess(case, middle, keen=False) > 0.0 else (low, middle)
    return float(high)
