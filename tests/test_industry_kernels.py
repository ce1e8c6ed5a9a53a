"""The passes over facilities against whole-array NumPy and, where groups matter, against one member at a time."""

import numpy as np
import pytest

from tanlu.kernels.industry.facilities import (
    AllocationRule,
    FacilityPrices,
    FacilityUse,
    Needs,
    ProductionOutcome,
    cost_disadvantages,
    free_allowances,
    needs_per_unit,
    produce,
    production_costs,
    unit_costs,
)

N, FUELS, PROVINCES, SECTORS, GAS, YEAR = 40, 4, 2, 5, 2, 2040
CO2_PER_GJ = np.array([0.095, 0.073, 0.056, 0.0])


def facilities(seed: int) -> tuple[np.random.Generator, dict[str, np.ndarray]]:
    random = np.random.default_rng(seed)
    return random, {
        "energy_gj": random.uniform(0.0, 20.0, (N, FUELS)),
        "process_tco2": random.uniform(0.0, 0.6, N),
        "electricity_mwh": random.uniform(0.0, 3.0, N),
        "capturable_share": random.uniform(0.0, 1.0, N),
        "capture_rate": random.uniform(0.0, 0.95, N) * (random.random(N) < 0.5),
        "capture_year": random.choice([YEAR - 1, YEAR, YEAR + 1], N),
        "capture_mwh": random.uniform(0.0, 0.2, N),
    }


@pytest.mark.parametrize("seed", range(3))
def test_a_unit_needs_energy_and_power_and_gives_co2(seed: int) -> None:
    random, x = facilities(seed)
    level = random.uniform(0.3, 1.1, N)
    needs = needs_per_unit(year=YEAR, level=level, use=FacilityUse(**x), co2_t_per_gj=CO2_PER_GJ)
    energy = x["energy_gj"] * level[:, None]
    gross = np.column_stack([energy * CO2_PER_GJ, x["process_tco2"]])
    share = x["capturable_share"] * x["capture_rate"] * (x["capture_year"] <= YEAR)
    captured = gross.sum(axis=1) * share
    np.testing.assert_allclose(needs.energy_gj, energy)
    np.testing.assert_allclose(needs.gross_tco2, gross)
    np.testing.assert_allclose(needs.captured_share, share)
    np.testing.assert_allclose(needs.captured_tco2, captured)
    np.testing.assert_allclose(needs.electricity_mwh, x["electricity_mwh"] + captured * x["capture_mwh"])


@pytest.mark.parametrize("seed", range(3))
def test_cost_of_a_unit_and_of_a_year(seed: int) -> None:
    random, x = facilities(seed)
    province, sector = random.integers(0, PROVINCES, N), random.integers(0, SECTORS, N)
    gross, share = random.uniform(0.0, 1.0, (N, FUELS + 1)), random.uniform(0.0, 0.9, N)
    carbon, other = random.uniform(0.0, 200.0, (PROVINCES, SECTORS)), random.uniform(0.0, 900.0, N)
    prices = FacilityPrices(
        energy_cny_per_gj=random.uniform(10.0, 60.0, (PROVINCES, FUELS)),
        electricity_cny_per_mwh=random.uniform(200.0, 700.0, PROVINCES),
        carbon_cny_per_tco2=carbon,
    )
    cost = unit_costs(
        province=province,
        sector=sector,
        needs=Needs(x["energy_gj"], gross, np.zeros(N), share, x["electricity_mwh"]),
        other_cost_cny=other,
        prices=prices,
    )
    energy = (x["energy_gj"] * prices.energy_cny_per_gj[province]).sum(axis=1)
    power = x["electricity_mwh"] * prices.electricity_cny_per_mwh[province]
    emitted = gross.sum(axis=1) * (1.0 - share)
    np.testing.assert_allclose(cost, energy + power + other + carbon[province, sector] * emitted)
    output, size, fixed = random.uniform(0.0, 1e6, (3, N))
    cost = production_costs(
        province=province,
        production=ProductionOutcome(
            output, x["energy_gj"], x["electricity_mwh"], gross, np.zeros(N), gross.sum(axis=1)
        ),
        size=size,
        other_cost_cny=other,
        fixed_cost_cny=fixed,
        prices=prices,
    )
    np.testing.assert_allclose(cost, energy + power + other * output + fixed * size)


@pytest.mark.parametrize("seed", range(3))
def test_capture_burns_fuel_for_its_heat(seed: int) -> None:
    random, x = facilities(seed)
    gross = np.column_stack([x["energy_gj"] * CO2_PER_GJ, x["process_tco2"]])
    captured = gross.sum(axis=1) * random.uniform(0.0, 0.9, N) * (random.random(N) < 0.6)
    output, heat, power = random.uniform(0.0, 1e6, (3, N))
    heat = heat / 4e5
    made = produce(
        output=output,
        needs=Needs(x["energy_gj"], gross, captured, np.zeros(N), np.zeros(N)),
        electricity_mwh=power,
        capture_heat_gj=heat,
        heat_carrier=GAS,
        heat_co2_t_per_gj=CO2_PER_GJ[GAS],
    )
    energy, carbon = x["energy_gj"].copy(), gross.copy()
    energy[:, GAS] += captured * heat
    carbon[:, GAS] += captured * heat * CO2_PER_GJ[GAS]
    total = carbon.sum(axis=1)
    np.testing.assert_allclose(made.energy_gj, energy * output[:, None])
    np.testing.assert_allclose(made.gross_tco2, total * output)
    np.testing.assert_allclose(made.captured_tco2, captured * output)
    np.testing.assert_allclose(
        made.emitted_tco2, carbon * (1.0 - captured / total)[:, None] * output[:, None]
    )
    np.testing.assert_allclose(made.emitted_tco2.sum(axis=1) + made.captured_tco2, made.gross_tco2)
    assert (made.output == output).all()
    assert (made.electricity_mwh == power).all()


@pytest.mark.parametrize("seed", range(3))
def test_members_are_compared_with_their_own_group(seed: int) -> None:
    random = np.random.default_rng(seed)
    group, groups = random.integers(0, 6, N), 7
    capacity = random.uniform(0.0, 100.0, N) * (random.random(N) < 0.7)
    cost = random.uniform(1.0, 9.0, N)
    excess = cost_disadvantages(group=group, groups=groups, capacity=capacity, cost=cost)
    for i in range(N):
        able = [j for j in range(N) if group[j] == group[i] and capacity[j] > 0.0]
        cheapest = min((cost[j] for j in able), default=0.0)
        assert excess[i] == (cost[i] - cheapest if capacity[i] > 0.0 else 0.0)


@pytest.mark.parametrize("seed", range(3))
def test_allowances_follow_intensity_within_the_limit(seed: int) -> None:
    random = np.random.default_rng(seed)
    province, sector = random.integers(0, PROVINCES, N), random.integers(0, SECTORS, N)
    output = random.uniform(0.0, 1e3, N) * (random.random(N) < 0.8)
    emitted = output * random.uniform(0.5, 1.5, N)
    reference = random.uniform(0.5, 1.5, N) * (random.random(N) < 0.9)
    factor, covered = random.uniform(0.6, 1.0, (PROVINCES, SECTORS)), random.random(N) < 0.7
    free = random.uniform(0.0, 1.0, (PROVINCES, SECTORS)) * (random.random((PROVINCES, SECTORS)) < 0.8)
    given = free_allowances(
        province=province,
        sector=sector,
        covered=covered,
        emitted_tco2=emitted,
        output=output,
        balance_tco2=reference,
        rule=AllocationRule(balance_factor=factor, free_share=free, sensitivity=0.4, limit=0.05),
    )
    balance = reference * factor[province, sector]
    intensity = emitted / np.where(output > 0.0, output, np.inf)
    gap = (balance - intensity) / np.where(balance > 0.0, balance, np.inf)
    expected = emitted * (1.0 + np.clip(0.4 * gap, -0.05, 0.05)) * free[province, sector] * covered
    np.testing.assert_allclose(given, expected)
    assert (given > emitted * free[province, sector] * 1.049).any()
