"""What industry may change and what its processes need, in plain numbers for the object model."""

from typing import NamedTuple

from tanlu.region.industry import IndustryData


class Option(NamedTuple):
    """What a facility may change, in plain numbers."""

    from_process: tuple[str, ...]
    to_process: int
    capture: bool
    available_from_year: int
    at_reline: bool
    energy_factor: list[float]
    process_factor: float
    added_energy_gj: list[float]
    added_electricity_mwh: float
    added_scrap_t: float
    capex_cny: float
    fixed_om_cny: float
    variable_cost_cny: float
    capture_rate: float
    capture_heat_gj: float
    capture_mwh: float
    capture_capex_cny: float
    capture_om_cny: float
    reference_tco2: float
    scale_exponent: float
    lead_years: int
    life_years: int


class Process(NamedTuple):
    """What a tonne of product needs, in plain numbers."""

    name: str
    energy_gj: list[float]
    electricity_mwh: float
    process_tco2: float
    scrap_t: float
    metal_t: float
    other_cost_cny: float
    fixed_cost_cny: float
    capturable_share: float


def plain_options(data: IndustryData) -> list[Option]:
    o = data.options
    return [
        Option(
            from_process=tuple(o.from_process[i].split(";")),
            to_process=int(o.to_process[i]),
            capture=o.kind[i] == "capture",
            available_from_year=int(o.available_from_year[i]),
            at_reline=bool(o.at_reline[i]),
            energy_factor=o.energy_factor[i].tolist(),
            process_factor=float(o.process_factor[i]),
            added_energy_gj=o.added_energy_gj_per_t[i].tolist(),
            added_electricity_mwh=float(o.added_electricity_mwh_per_t[i]),
            added_scrap_t=float(o.added_scrap_t_per_t[i]),
            capex_cny=float(o.capex_cny_per_t_year[i]),
            fixed_om_cny=float(o.fixed_om_cny_per_t_year[i]),
            variable_cost_cny=float(o.variable_cost_cny_per_t[i]),
            capture_rate=float(o.capture_rate[i]),
            capture_heat_gj=float(o.capture_heat_gj_per_tco2[i]),
            capture_mwh=float(o.capture_electricity_mwh_per_tco2[i]),
            capture_capex_cny=float(o.capture_capex_cny_per_tco2_year[i]),
            capture_om_cny=float(o.capture_om_cny_per_tco2[i]),
            reference_tco2=float(o.reference_mtco2_per_year[i]) * 1e6,
            scale_exponent=float(o.scale_exponent[i]),
            lead_years=int(o.lead_time_years[i]),
            life_years=int(o.lifetime_years[i]),
        )
        for i in range(len(o.ids))
    ]


def plain_processes(data: IndustryData) -> list[Process]:
    r = data.processes
    return [
        Process(
            r.names[i],
            r.energy_gj_per_t[i].tolist(),
            float(r.electricity_mwh_per_t[i]),
            float(r.process_tco2_per_t[i]),
            float(r.scrap_t_per_t[i]),
            float(r.metal_t_per_t[i]),
            float(r.other_cost_cny_per_t[i]),
            float(r.fixed_cost_cny_per_t_year[i]),
            float(r.capturable_share[i]),
        )
        for i in range(len(r.names))
    ]
