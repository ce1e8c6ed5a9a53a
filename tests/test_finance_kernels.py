"""Kernels of loans against their twins, on random loans and on none."""

import naive_estate
import naive_register
import numpy as np
import pytest

from tanlu.kernels.finance.contracts import (
    ContractTerms,
    GrantedLoans,
    IssuedBonds,
    LoanContracts,
    write_contracts,
)
from tanlu.kernels.finance.dues import Due, Dues, Parties, RepaymentTerms, compute_dues, sum_dues
from tanlu.kernels.finance.estate import HeldUnits, OwnedFacilities, read_estate
from tanlu.kernels.finance.hubs import (
    HubBalances,
    HubLenders,
    HubLoanTerms,
    HubSettlement,
    HubYear,
    settle_hub_debts,
)
from tanlu.settlement.failure.estate import make_room

W, P, L = 5, 2, 4
YEAR = 2035


def buffers(kind, *sizes):
    return kind._make(np.zeros(size) for size in sizes)


def years(random, n):
    first = random.integers(2030, 2040, n)
    return first, first + random.integers(0, 8, n)


def equal(parts, twins) -> None:
    for part, twin in zip(parts, twins, strict=True):
        np.testing.assert_allclose(part, twin, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("largest", [1, 40])  # rows: none, or up to 39
def test_dues_equal_their_twin(largest: int) -> None:
    random = np.random.default_rng(largest)
    for _ in range(200):
        n, level = int(random.integers(0, largest)), 1.0 + random.random()
        coupon, subsidy, share, rate, fee = random.random((5, n))
        first, last = years(random, n)
        terms = RepaymentTerms(coupon, subsidy, fee, share, random.integers(2033, 2038, n), first, last)
        balance = random.uniform(-0.1, 1.0, n)
        dues = buffers(Dues, *[n] * 6)
        compute_dues(terms, balance, YEAR, dues)
        equal(dues, naive_register.compute_dues(terms, balance, YEAR))
        dues.issue_grant_cny[:] = random.random(n)
        parties = Parties(
            random.integers(0, W, n),
            random.integers(0, P, n),
            random.random(n) < 0.5,
            rate,
            random.random((n, L)),
        )
        sums = buffers(Due, W, W, P, P, P, L, L, P, P, P)
        sum_dues(parties, dues, level, sums)
        equal(sums, naive_register.sum_dues(parties, dues, W, P, level))


@pytest.mark.parametrize("largest", [1, 12])
def test_debts_of_hubs_are_settled_as_their_twin_does(largest: int) -> None:
    """Hubs fail, are rescued and pay in full, each in a tenth of the cases with loans at least."""
    random, seen = np.random.default_rng(largest), np.zeros(4)
    for _ in range(200):
        n, level = int(random.integers(0, largest)), 1.0 + random.random()
        loans = HubLoanTerms(
            random.integers(0, W, n),
            *random.random((3, n)) * [[0.1], [0.02], [0.5]],
            *years(random, n),
            random.random((n, L)),
        )
        balance, loss = random.random((2, n)) * (random.random((2, n)) < 0.8)
        worth = random.uniform(-0.5, 1.0, W)
        hubs = HubYear(
            random.random(W) * 0.1,
            random.random(W) < 0.2,
            random.integers(0, P, W),
            random.uniform(-0.2, 0.6, W),
            worth,
        )
        budget, book = random.random(P) * 0.3, HubBalances(balance.copy(), loss.copy())
        left, settled = budget.copy(), buffers(HubSettlement, *[W] * 12)
        settled = settled._replace(failing=np.zeros(W, dtype=bool))
        lenders = buffers(HubLenders, *[L] * 4)
        settle_hub_debts(loans, book, hubs, left, YEAR, level, settled, lenders)
        *twins, payments, shares = naive_register.settle_hub_debts(
            loans, balance, loss, hubs, budget, YEAR, level
        )
        equal(book, twins)
        equal(settled, payments)
        equal(lenders, shares)
        np.testing.assert_allclose(budget - left, np.bincount(hubs.province, settled.rescued_cny, P))
        seen += [
            column.any()
            for column in (settled.failing, settled.rescued_cny, shares[0], settled.recovered_cny)
        ]
    assert largest == 1 or (seen > 20).all(), seen


@pytest.mark.parametrize("largest", [1, 20])
def test_contracts_equal_their_twin(largest: int) -> None:
    """A third of the requests gets nothing, a third a bond besides, some of them nothing else."""
    random, bonds_alone = np.random.default_rng(largest), 0
    for _ in range(200):
        n = int(random.integers(0, largest))
        by_lender = random.random((n, L)) * (random.random(n) < 0.7)[:, None] * (random.random(L) < 0.7)
        granted, green = by_lender.sum(axis=1), random.random(n) < 0.7
        rate, guarantee, bond_guarantee, weight, claimed, coupon, grant, *fees = random.random((9, n))
        loans = GrantedLoans(
            random.integers(0, P, n),
            green,
            granted,
            rate,
            rate + 0.01,
            guarantee,
            fees[0],
            bond_guarantee,
            random.random(n) < 0.5,
            weight,
            by_lender,
            random.integers(YEAR, YEAR + 4, n),
            claimed,
        )
        issued = granted * green * random.choice([0.0, 0.4, 1.0], n)
        bonds = IssuedBonds(issued, coupon, coupon - 0.01, grant, fees[1])
        share, relending_rate, buyers = random.random(P), random.random(P), random.dirichlet(np.ones(L))
        until, relends = random.integers(YEAR, YEAR + 3, P), random.random(L) < 0.5
        terms = ContractTerms(
            share, relending_rate, until, relends, buyers, 1.0 + random.random(), 15, YEAR + 2
        )
        contracts, paid_out = buffers(LoanContracts, *[2 * n] * 15, (2 * n, L)), np.zeros((4, L))
        contracts = contracts._replace(
            green=np.zeros(2 * n, dtype=bool),
            **{
                name: getattr(contracts, name).astype(np.int64)
                for name in LoanContracts._fields
                if (name.endswith("year") and not name.startswith("claimed")) or name == "request"
            },
        )
        loan_count, bond_count = write_contracts(loans, bonds, terms, contracts, paid_out)
        twin = naive_register.write_contracts(loans, bonds, terms)
        equal((column[: loan_count + bond_count] for column in contracts), twin)
        assert loan_count + bond_count == twin.request.size and bond_count == (issued > 0.0).sum()
        amounts = twin.principal_cny[:, None] * twin.holder_share / terms.price_level
        weighted = amounts * twin.risk_weight[:, None]
        of_bonds = np.arange(twin.request.size) >= loan_count
        for k, (part, is_bond) in enumerate(
            (part, is_bond) for is_bond in (False, True) for part in (amounts, weighted)
        ):
            np.testing.assert_allclose(paid_out[k], part[of_bonds == is_bond].sum(axis=0), atol=1e-12)
        bonds_alone += int((issued[granted > 0.0] == granted[granted > 0.0]).sum())
    assert largest == 1 or bonds_alone > 50


@pytest.mark.parametrize("largest", [1, 12])
def test_what_companies_own_equals_its_twin(largest: int) -> None:
    random, fuels, memory, forever = np.random.default_rng(largest), 4, 3, 2900
    for _ in range(200):
        units, held, sites = random.integers(0, largest, 3)
        held = held if units else 0

        def dates(n: int):
            start = random.integers(2028, 2040, n)
            return start, start + random.integers(1, 20, n)

        commissioned, retired = dates(units)
        started, ended = dates(sites)
        holdings = HeldUnits(
            random.integers(0, max(units, 1), held),
            random.random(held),
            random.integers(0, W, held),
            *random.random((2, held)),
            random.integers(0, P, units),
            random.integers(0, fuels, units),
            commissioned,
            retired,
            random.random(units),
            random.normal(size=(units, memory)),
            random.random(fuels),
            random.random(fuels) < 0.5,
            int(random.integers(0, units + 1)),
            int(random.integers(0, 5)),
        )
        facilities = OwnedFacilities(
            random.integers(0, W, sites),
            random.integers(0, P, sites),
            random.integers(0, 6, sites),
            random.random(sites),
            started,
            np.where(random.random(sites) < 0.3, forever, ended),
            random.random(sites) < 0.2,
            *random.random((3, sites)),
            random.normal(size=(sites, memory)),
            int(random.integers(0, 5)),
            forever,
            8,
        )
        estate = make_room(int(held + sites))
        read_estate(holdings, facilities, YEAR, estate)
        equal(estate, naive_estate.read_estate(holdings, facilities, YEAR))
