"""What capture costs the region's emitters, and the smallest subsidy that starts it: no carbon price, no grant.

Writes the table of docs/validation.md: `uv run python -m tests.capture_costs`.
"""

from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTORS
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.decisions import outlook
from tanlu.decisions.capture import TurnedAway
from tanlu.industry import options as industry_options
from tanlu.investment.valuation import storage_bids, storing_cost
from tanlu.kernels.co2.market import EmitterSites
from tanlu.power import capture as plant_capture
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, ROOT, TODAY, heard, scenario

VALIDATION = ROOT / "docs" / "validation.md"
YEAR = 2030
NO_CARBON_PRICE = {"national_carbon_market": {**TODAY["national_carbon_market"], "enabled": False}}
SHOWN = ("electricity", "steel", "cement", "chemicals", "refining", "gas_processing")


class CaptureCosts(NamedTuple):
    """One row an emitter that could capture; CNY of 2020 per tonne captured."""

    sector: Integers
    tonnes: Floats
    capture: Floats  # capital at the owner's hurdle rate, energy, operation; without transport and storage
    own_line: Floats  # transport and storage by a line of its own, or truck
    hub: Integers
    feeder: Floats  # the way to the hub
    avoided_share: Floats  # of what is captured: less the CO2 of the fuel that capture itself takes

    @property
    def subsidy(self) -> Floats:
        """The smallest subsidy at which an emitter starts alone."""
        return self.capture + self.own_line


def capture_costs(year: int = YEAR) -> CaptureCosts:
    """Return what capture costs everybody who could decide on it in `year`, whatever its window is."""
    found: list[CaptureCosts] = []

    def look(actors, stores, signals, expected_accounts, made, owners, *rest):  # type: ignore[no-untyped-def]
        if signals.year == year:
            free = heard(
                signals,
                carbon_cost_cny_per_tco2=0.0 * signals.carbon.carbon_cost_cny_per_tco2,
                carbon_path_cny_per_tco2=0.0 * signals.carbon.carbon_path_cny_per_tco2,
                captured_cost_cny_per_tco2=0.0 * signals.carbon.captured_cost_cny_per_tco2,
                captured_path_cny_per_tco2=0.0 * signals.carbon.captured_path_cny_per_tco2,
                market_price_cny_per_tco2=0.0,
                allowance_value_cny_per_tco2=0.0 * signals.carbon.allowance_value_cny_per_tco2,
                allowance_path_cny_per_tco2=0.0 * signals.carbon.allowance_path_cny_per_tco2,
                market_path_cny_per_tco2=0.0 * signals.carbon.market_path_cny_per_tco2,
                subsidies={CAPTURE_SUBSIDY: 0.0 * signals.subsidies[CAPTURE_SUBSIDY]},
                capture_support_path_cny_per_tco2=0.0 * signals.co2.capture_support_path_cny_per_tco2,
                co2_competing_tco2=1e9,  # nobody pays for CO2
            )
            found.append(_costs(actors, free, expected_accounts, made, *owners))
        return signals, None, TurnedAway.nobody(len(actors.plants) + len(actors.industry))

    with patch.object(outlook, "open_season", look):
        model = RegionModel(Inputs(scenario(NO_CARBON_PRICE, years=(2020, year)), REGION))
        model.run()
    return found[0]


def _costs(actors, signals, expected_accounts, made, hurdle, belief) -> CaptureCosts:  # type: ignore[no-untyped-def]
    """Return the cost of capture: the negative of what an emitter would pay to have its CO2 taken away for nothing."""
    power, goods, co2 = actors.plants, actors.industry, REGION.co2
    units, bids, _ = plant_capture.capture_bids(power, signals, expected_accounts, hurdle, belief)
    with patch.object(industry_options, "storage_bids", _with_avoided):
        facilities, other, _ = industry_options.capture_bids(goods, signals, made, hurdle, belief)
    sites = EmitterSites._make(
        np.concatenate(x) for x in zip(power.sites(units), goods.sites(facilities), strict=True)
    )
    tonnes = np.concatenate([bids.tonnes_tco2, other.tonnes_tco2])
    willing = np.concatenate([bids.willing_cny_per_tco2, other.willing_cny_per_tco2])
    tech, fuel = REGION.power.technologies, power.fuel[units]
    # Of a tonne captured at a power unit, the fuel for capture itself emits what the energy penalty says.
    kept = 1.0 - tech.capture.energy_penalty[fuel] / tech.capture.rate[fuel]
    alone, some = storing_cost(signals, co2, sites, np.zeros(tonnes.size, bool), tonnes), tonnes > 1e3
    costs = CaptureCosts(
        sector=np.concatenate([np.zeros(units.size, np.int64), goods.sector[facilities]]),
        tonnes=tonnes,
        capture=-(willing + alone.feeder_cny_per_tco2),
        own_line=alone.tariff_cny_per_tco2,
        hub=sites.hub,
        feeder=alone.feeder_cny_per_tco2,
        avoided_share=np.concatenate([kept, other.booked_tco2]),
    )
    return CaptureCosts._make(column[some] for column in costs)


def _with_avoided(signals, co2, project, sites, full):  # type: ignore[no-untyped-def]
    """Return bids that carry the avoided share of what is captured in place of the booking."""
    bids = storage_bids(signals, co2, project, sites, full)
    share = project.avoided_tco2 / np.maximum(project.stored_tco2, 1.0)
    return bids._replace(booked_tco2=share)


class SectorCosts(NamedTuple):
    """What capture costs a sector, CNY of 2020 per tonne captured unless said."""

    sector: str
    emitters: int
    mtco2: float
    cheapest_capture: float
    median_capture: float  # half of the tonnes cost less
    median_avoided: float  # per tonne avoided
    smallest_subsidy: float
    median_subsidy: float


def by_sector(costs: CaptureCosts) -> list[SectorCosts]:
    rows = []
    for name in SHOWN:
        mine = costs.sector == SECTORS.index(name)
        if not mine.any():
            continue
        c = CaptureCosts._make(column[mine] for column in costs)
        rows.append(
            SectorCosts(
                name,
                int(mine.sum()),
                float(c.tonnes.sum() / 1e6),
                float(c.capture.min()),
                _median(c.capture, c.tonnes),
                _median(c.capture / c.avoided_share, c.tonnes),
                float(c.subsidy.min()),
                _median(c.subsidy, c.tonnes),
            )
        )
    return rows


def _median(value: Floats, weight: Floats) -> float:
    order = np.argsort(value)
    half = np.searchsorted(np.cumsum(weight[order]), 0.5 * weight.sum())
    return float(value[order][half])


def table() -> str:
    """Return the table of docs/validation.md."""
    lines = [
        "| sector | emitters | Mt/yr | capture, least | capture, median | avoided at source, median "
        "| least subsidy | median |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in by_sector(capture_costs()):
        figures = " | ".join(f"{x:.0f}" for x in row[3:])
        lines.append(f"| {row.sector.replace('_', ' ')} | {row.emitters} | {row.mtco2:.1f} | {figures} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    begin, end = "<!-- capture: begin -->\n", "<!-- capture: end -->"
    text = VALIDATION.read_text(encoding="utf-8")
    head, rest = text.split(begin)
    VALIDATION.write_text(head + begin + table() + end + rest.split(end)[1], encoding="utf-8")
