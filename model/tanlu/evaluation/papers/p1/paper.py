"""Levelised cost of plants with phased spending, through the appraisal of the agents."""

from collections.abc import Iterator, Mapping, Sequence

from tanlu.core.units import HOURS_PER_YEAR, KW_PER_MW, PERCENT_PER_SHARE
from tanlu.investment.appraisal import ProjectCase, appraise

type Row = Mapping[str, str]

OTHER_RATES_PERCENT = (3.5, 7.0)


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute levelised cost of plants by part, GBP/MWh.

    Also at other rates.
    """
    return {key: value for plant in inputs["plants"] for key, value in _figures(plant)}


def _figures(plant: Row) -> Iterator[tuple[str, float]]:
    name, own_rate = plant["plant"], float(plant["hurdle_rate_percent"])
    predevelopment, construction = _spending(plant)
    fixed = _fixed_gbp_per_kw(plant)
    yield f"{name}.predevelopment", _levelised(plant, own_rate, predevelopment)
    yield f"{name}.construction", _levelised(plant, own_rate, construction)
    yield f"{name}.fixed", _levelised(plant, own_rate, (), fixed)
    whole = (*predevelopment, *construction[len(predevelopment) :])
    running = fixed + _variable_gbp_per_mwh(plant) * _output_mwh_per_kw(plant)
    yield f"{name}.total", _levelised(plant, own_rate, whole, running)
    for rate in OTHER_RATES_PERCENT:
        yield f"{name}.total_at_{rate:g}_percent", _levelised(plant, rate, whole, running)


def _levelised(
    plant: Row, rate_percent: float, invested: Sequence[float], running_gbp_per_kw: float = 0.0
) -> float:
    """Compute the levelised cost of spending by year, GBP/MWh.

    `invested` is at the start of each year, GBP/kW; running costs are yearly.
    """
    start = int(plant["predevelopment_years"]) + int(plant["construction_years"])
    capex = sum(invested)
    case = ProjectCase(
        capex_cny=capex,
        annual_cash_cny=-running_gbp_per_kw,
        life_years=int(plant["life_years"]),
        rate=rate_percent / PERCENT_PER_SHARE,
        lead_years=start,
        annual_output=_output_mwh_per_kw(plant),
        spending_shares=tuple(x / capex for x in invested) if capex else None,
        first_operation_year=start,
    )
    return appraise(case).levelised_cny_per_unit


def _spending(plant: Row) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """List the cost of predevelopment and construction by year, GBP/kW.

    At the start of each year, from the first.
    """
    before, years = int(plant["predevelopment_years"]), int(plant["construction_years"])
    early = _shares(plant["predevelopment_spending_percent"], before)
    late = _shares(plant["construction_spending_percent"], years)
    infrastructure = float(plant["infrastructure_thousand_gbp"]) / float(plant["capacity_mw"])  # GBP/kW
    construction = float(plant["construction_gbp_per_kw"]) + infrastructure
    predevelopment = tuple(float(plant["predevelopment_gbp_per_kw"]) * share for share in early)
    return predevelopment, (0.0,) * before + tuple(construction * share for share in late)


def _shares(percent: str, years: int) -> tuple[float, ...]:
    """Compute the shares of spending by year.

    Printed ones are rounded, so that they are made to add up to 1; those not printed are even.
    """
    parts = [float(x) for x in percent.split()] or [1.0] * years
    return tuple(x / sum(parts) for x in parts)


def _fixed_gbp_per_kw(plant: Row) -> float:
    columns = ("fixed_gbp_per_mw_year", "insurance_gbp_per_mw_year", "network_gbp_per_mw_year")
    return sum(float(plant[column]) for column in columns) / KW_PER_MW


def _variable_gbp_per_mwh(plant: Row) -> float:
    """Sum variable operation and costs that are passed on.

    They are published by the MWh.
    """
    columns = ("variable", "fuel", "carbon", "capture", "decommissioning")
    return sum(float(plant[f"{column}_gbp_per_mwh"]) for column in columns)


def _output_mwh_per_kw(plant: Row) -> float:
    return float(plant["load_factor"]) * HOURS_PER_YEAR / KW_PER_MW
