"""What capture costs against what is published, and the smallest subsidy that starts it."""

import functools

import numpy as np
import pytest

from tanlu.core.axes import SECTORS
from tanlu.region.co2 import line_charge
from tests import capture_costs, model_runs
from tests.capture_costs import NO_CARBON_PRICE
from tests.model_runs import REGION, scenario
from tests.open_seasons import season_of

CO2 = REGION.co2
SLACK = 0.2  # of the published ranges: what electricity and fuel cost here is not what it cost there
# Capture at Chinese coal plants with second-generation solvents about 2030, CNY/t captured (Yang et al. 2022).
PUBLISHED_POWER = (165.0, 219.0)
# Cement, euro of 2014 per tonne avoided from oxyfuel to membranes (Gardarsdottir et al. 2019); 1 EUR = 7.8 CNY.
PUBLISHED_CEMENT = (42.0 * 7.8, 84.0 * 7.8)


@functools.cache
def costs():
    return capture_costs.capture_costs()


@functools.cache
def rows():
    return {row.sector: row for row in capture_costs.by_sector(costs())}


def test_the_cheapest_coal_plants_capture_at_the_published_cost() -> None:
    """The median lies above: units that run less carry more capital a tonne."""
    low, high = PUBLISHED_POWER
    assert low * (1.0 - SLACK) <= rows()["electricity"].cheapest_capture <= high * (1.0 + SLACK)
    assert rows()["electricity"].median_capture > rows()["electricity"].cheapest_capture


def test_cement_avoids_at_the_published_cost() -> None:
    low, high = PUBLISHED_CEMENT
    assert low * (1.0 - SLACK) <= rows()["cement"].median_avoided <= high * (1.0 + SLACK)


def test_a_tonne_avoided_costs_more_than_one_captured() -> None:
    for row in rows().values():
        assert row.median_avoided > row.median_capture


def test_the_smallest_subsidy_is_what_starts_a_sector() -> None:
    """A line of its own costs more than one shared, so hubs start some emitters below it; none far below."""
    least = rows()["electricity"].smallest_subsidy
    below, above = (
        model_runs.run(
            scenario(NO_CARBON_PRICE | {"subsidy": subsidy(rate, ["electricity"])}, years=(2020, 2034))
        )
        for rate in (0.6 * least, 1.4 * least)
    )
    assert below.record.co2.stored_tco2.sum() == 0.0
    assert above.record.co2.stored_tco2.sum() > 1e6


def test_without_price_and_subsidy_only_sellers_capture() -> None:
    alone = model_runs.run(scenario(NO_CARBON_PRICE, years=(2020, 2040))).record
    assert alone.co2.captured_tco2.sum() > 0.0, "a product pays"
    assert alone.co2.stored_tco2.sum() == 0.0
    assert alone.co2.captured_tco2.sum() == pytest.approx((alone.co2.used_tco2 + alone.co2.vented_tco2).sum())


def subsidy(rate: float, sectors: list[str]) -> dict[str, object]:
    return {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": rate, "sectors": sectors}


def test_the_table_of_the_model_description_is_that_of_the_code() -> None:
    """Within a quarter: it is written again by `uv run python -m tests.capture_costs`, not at every change of data."""
    text = capture_costs.VALIDATION.read_text(encoding="utf-8")
    written = (
        text.split("<!-- capture: begin -->")[1].split("<!-- capture: end -->")[0].strip().splitlines()[2:]
    )
    assert len(written) == len(rows())
    for line, row in zip(written, rows().values(), strict=True):
        name, *figures = (cell.strip() for cell in line.strip("|").split("|"))
        assert name == row.sector.replace("_", " ")
        np.testing.assert_allclose([float(x) for x in figures[2:]], row[3:], rtol=0.25)


# --- the region's industry has two outcomes ----------------------------------------------------------------------

STEP = 10.0  # CNY/t


def gathered(support: float, anchor_tco2: float) -> np.ndarray:
    """Return what each hub gathers of industry in one season at a subsidy by the tonne, t [H]."""
    c = costs()
    industry = c.sector != SECTORS.index("electricity")
    hub, n = c.hub[industry], len(CO2.hubs.ids)
    tonnes, willing = c.tonnes[industry], support - c.capture[industry] - c.feeder[industry]
    season = season_of(
        hub=hub,
        bids=np.stack([tonnes, willing, tonnes], axis=1),
        committed_tco2=np.zeros((n, 2)),
        anchor_tco2=np.full(n, anchor_tco2),
        lines=np.zeros((n, 3)),
        ends=CO2.corridors.ends,
        scale_cny=CO2.corridors.scale_cny,
        flow_exponent=CO2.corridors.flow_exponent,
        charge=line_charge(CO2.transport, np.zeros(n)),
        store_cost_cny_per_tco2=CO2.stores.cost_cny_per_tco2,
        room_tco2=CO2.stores.injection_limit_tco2_per_year,
        oversize=np.zeros(n),
    )
    return np.bincount(hub[season.accepted], tonnes[season.accepted], n)


def test_the_regions_industry_gathers_far_more_under_an_anchor_at_some_subsidy() -> None:
    """Same emitters, same cost, same subsidy: what an anchor of 6 Mt a year in each hub gathers against none."""
    gain = []
    for support in np.arange(300.0, 860.0, STEP):
        low, high = gathered(support, 0.0), gathered(support, 6e6)
        gain.append(high.sum() / max(low.sum(), 1e5))
    assert max(gain) > 1.5
    assert gain[-1] < 1.2, "where capture pays alone an anchor changes little"
