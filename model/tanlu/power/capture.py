"""What capture is worth at a power unit, and what the unit would commit to its CO2 hub."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.investment.capture_terms import Considered, Running
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.population import GREEN_RATE
from tanlu.investment.valuation import Bids, appraise_outlets, storage_bids
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.co2.retrofits import (
    AllowanceWorth,
    CaptureDeciders,
    CaptureTechnology,
    CaptureUnits,
    ClearedUnits,
    Retrofits,
    retrofit_capture,
)
from tanlu.kernels.elementary import powers
from tanlu.kernels.power.units import PlantAccounts, captured_per_mwh
from tanlu.power.state import COAL
from tanlu.power.unit_rows import UnitRows
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR

CAPTURE = 1  # among the options of power plants
ELECTRICITY = SECTOR["electricity"]


def capture_closed(plants: UnitRows, rows: Integers, year: int, *window: Bar) -> Closed:
    """List the bars to a capture retrofit of units [n].

    A window is none unless it is given.
    """
    parameters = plants.region.parameters
    rate = plants.region.power.technologies.capture.rate[plants.fuel[rows]]
    capacity, least_mw = plants.capacity_mw[rows], parameters["capture_minimum_capacity_mw"]
    # What a company starts in a year is its part of new units of the usual size, which are large enough.
    is_small = (capacity < least_mw) & (rows < plants.pack_size)
    life_left, least_years = (
        plants.retired_year[rows] - year,
        parameters["capture_minimum_remaining_life_years"],
    )
    ready, captures = parameters["capture_available_from_year"], plants.capture_year[rows]
    return Closed.by_any(
        rows.size,
        Bar(ClosedBy.OWNER_FAILED, plants.orphaned[rows]),
        Bar(ClosedBy.NOT_OFFERED, rate <= 0.0),
        Bar(ClosedBy.TAKEN, captures < OPEN_END_YEAR, limit=captures),
        Bar(ClosedBy.EXCLUDED_BY_OTHER_OPTION, plants.cofiring_year[rows] < OPEN_END_YEAR),
        Bar(ClosedBy.TOO_EARLY, year < ready, limit=ready),
        Bar(ClosedBy.TOO_SMALL, is_small, capacity, least_mw),
        Bar(ClosedBy.LIFE_TOO_SHORT, life_left < least_years, life_left, least_years),
        *window,
    )


def capture_value(
    plants: UnitRows,
    signals: Signals,
    expected_accounts: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Floats, Floats, Considered]:
    """Compute NPV and switching carbon price of capture retrofits [n].

    Returns too what they follow from.
    """
    projects, running = capture_projects(plants, signals, expected_accounts, rows, rate, belief)
    considered = Considered(
        row=np.arange(rows.size),
        option=np.full(rows.size, CAPTURE),
        projects=projects,
        running=running,
        grant_share=signals.capture_aid_share[projects.province, ELECTRICITY],
        sites=plants.sites(rows),
        contracted=plants.contract_tco2[rows] > 0.0,
    )
    value, switching = appraise_outlets(
        signals, plants.region.co2, projects, considered.sites, considered.contracted
    )
    return value, switching, considered


def capture_projects(
    plants: UnitRows,
    signals: Signals,
    expected_accounts: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Projects, Running]:
    """Compute cost and benefit of capture retrofits, and their running cash [n]."""
    believed, nothing, p = belief[plants.owner[rows]], np.zeros(rows.size), plants.province[rows]
    retrofits = _retrofits(plants, signals, expected_accounts, rows, rate, believed)
    running = Running(
        fixed_operation_cny=nothing,
        operation_cny=-retrofits.operation_cny,
        heat_cny=nothing,
        electricity_cny=nothing,
        lost_output_cny=-retrofits.lost_output_cny,
        allowances_cny=-retrofits.lost_allowances_cny,
        downtime_cny=-retrofits.downtime_cny,
        taken_mwh=retrofits.lost_mwh,
    )
    projects = Projects(
        province=p,
        sector=np.full(rows.size, ELECTRICITY),
        capex_cny=retrofits.capex_cny * (1.0 - signals.capture_aid_share[p, ELECTRICITY]),
        lead_years=retrofits.lead_years,
        life_years=retrofits.life_years,
        cash_cny=running.cash_cny,
        avoided_tco2=retrofits.captured_tco2,
        stored_tco2=retrofits.captured_tco2,
        rate=rate,
        belief=believed,
        allowance_share=np.zeros(rows.size),  # free allowances go by output, and stand in the cash
        trust=signals.promises.trust[plants.owner[rows]],
        tax_class=plants.fuel[rows],
    )
    return projects, running


def _retrofits(
    plants: UnitRows,
    signals: Signals,
    expected_accounts: PlantAccounts,
    rows: Integers,
    rate: Floats,
    believed: Floats,
) -> Retrofits:
    tech, parameters, row = plants.region.power.technologies, plants.region.parameters, signals.data_row
    retrofits: Retrofits = retrofit_capture(
        signals.year,
        CaptureDeciders(
            rows, rate, believed, _cost_factor(plants, rows), _captured_per_mwh(plants, signals.year, rows)
        ),
        CaptureUnits._make(getattr(plants, column) for column in CaptureUnits._fields),
        CaptureTechnology(
            energy_penalty=tech.capture.energy_penalty,
            lead_time_years=tech.capture.lead_time_years,
            design_hours=tech.capture.design_hours,
            capex_cny_per_tco2_year=tech.capture.capex_cny_per_tco2_year[row]
            * signals.co2.capture_cost_factor,
            om_cny_per_tco2=plants.capture_om(signals),
            life_years=int(parameters["capture_life_years"]),
            tie_in_outage_share_of_year=parameters["capture_tie_in_outage_share_of_year"],
        ),
        AllowanceWorth(
            signals.carbon.benchmark,
            signals.carbon.least_free_share,
            1.0 - float(signals.policy.carbon.capture_counts),
            signals.carbon.market_price_cny_per_tco2,
            (signals.carbon.market_path_cny_per_tco2[:, None] * signals.carbon.benchmark_path).T.copy(),
        ),
        ClearedUnits(
            expected_accounts.output_mwh,
            expected_accounts.gross_tco2,
            expected_accounts.revenue_cny,
            expected_accounts.profit_cny,
        ),
    )
    return retrofits


def capture_bids(
    plants: UnitRows, signals: Signals, expected_accounts: PlantAccounts, hurdle: Floats, belief: Floats
) -> tuple[Integers, Bids, Projects]:
    """Collect the bids of units for storing CO2, with rows and projects.

    Of all that could capture, whenever its window is: what each would commit to its CO2 hub.

    Args:
        plants: all of them.
        signals: the year's signals.
        expected_accounts: accounts of the expected year, [N].
        hurdle: real discount rate of ordinary and of green projects by owner, [W, 2].
        belief: how far each owner believes announced policy, [W].
    """
    rows = plants.thermal_running(signals.year)
    rows = rows[capture_closed(plants, rows, signals.year).is_open]
    rate = hurdle[plants.owner[rows], GREEN_RATE] + plants.own_premium[rows]
    project, _ = capture_projects(plants, signals, expected_accounts, rows, rate, belief)
    booked = booking_tco2(plants, signals, rows, project.stored_tco2)
    return rows, storage_bids(signals, plants.region.co2, project, plants.sites(rows), booked), project


def booking_tco2(plants: UnitRows, signals: Signals, rows: Integers, tonnes: Floats) -> Floats:
    """Compute what units book lines for, t CO2 a year [n].

    It is the flow that they expect, `tonnes` [n], and a margin, no more than at full output.
    """
    margin = plants.region.co2.transport["hub_booking_margin_share"]
    full = full_capture_tco2(plants, signals, rows)
    return np.asarray(np.maximum(np.minimum((1.0 + margin) * tonnes, full), tonnes))


def full_capture_tco2(plants: UnitRows, signals: Signals, rows: Integers) -> Floats:
    """Compute yearly capture of units at the highest output allowed, t CO2 [n]."""
    cap = signals.policy.power.coal_utilisation_cap[plants.province[rows]]
    allowed = np.where(plants.fuel[rows] == COAL, cap, 1.0)
    full = plants.capacity_mw[rows] * np.minimum(plants.availability[rows], allowed) * HOURS_PER_YEAR
    return full * _captured_per_mwh(plants, signals.year, rows)


def capture_size_tco2(plants: UnitRows, rows: Integers) -> Floats:
    """Compute what units' capture plants are built for, t CO2 a year [n].

    They take the flue gas of full load, at the hours by which the investment is told; neither the law that limits
    output nor what is expected of it changes that. It follows from what units sell before they capture, as in the base
    year: capture takes its energy from that.
    """
    hours = plants.region.power.technologies.capture.design_hours[plants.fuel[rows]]
    return plants.capacity_mw[rows] * hours * _captured_per_mwh(plants, plants.region.base_year, rows)


def captured_output_mwh(plants: UnitRows, accounts: PlantAccounts, year: int) -> Floats:
    """Compute the output that units lose to capture, MWh [N].

    It is the penalty's share of gross output.
    """
    n = accounts.output_mwh.size
    penalty = plants.region.power.technologies.capture.energy_penalty[plants.fuel[:n]]
    penalty = penalty * (plants.capture_year[:n] <= year)
    return accounts.output_mwh * penalty / (1.0 - penalty)


def shortest_lead_years(region: Region) -> int:
    """Return the shortest lead time of a capture plant at a unit."""
    capture = region.power.technologies.capture
    return int(capture.lead_time_years[capture.rate > 0.0].min())


def _captured_per_mwh(plants: UnitRows, year: int, rows: Integers) -> Floats:
    """Compute the CO2 that capture takes of a net MWh, t [n].

    The MWh is one without capture.
    """
    intensity: Floats = captured_per_mwh(year, rows, plants.unit_columns(), plants.fuel_records)
    return intensity


def _cost_factor(plants: UnitRows, rows: Integers) -> Floats:
    """Compute what size and site make of the investment in capture [n]."""
    capture, fuel = plants.region.power.technologies.capture, plants.fuel[rows]
    relative = np.maximum(plants.capacity_mw[rows], 1.0) / np.maximum(capture.reference_mw[fuel], 1.0)
    return np.asarray(powers(relative, capture.scale_exponent[fuel] - 1.0) * plants.capture_site_factor[rows])
