"""Levelised cost after tax, depreciation and credits, through the appraisal of the agents."""

from collections.abc import Mapping, Sequence

from tanlu.core.economics import weighted_average_cost_of_capital
from tanlu.core.units import BP_PER_SHARE, HOURS_PER_YEAR, KW_PER_MW
from tanlu.investment.appraisal import ProjectCase, Taxes, appraise

type Row = Mapping[str, str]

CHEAPER_BP = 10.0


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute cost of capital and levelised cost, USD/MWh.

    Also what cheaper debt changes.
    """
    law = {row["item"]: float(row["value"]) for row in inputs["taxes"]}
    figures = {}
    for plant in inputs["plants"]:
        figures[f"{plant['plant']}.real_rate"] = _real_rate(_numbers(plant), 0.0)
        cost = _levelised(plant, law, 0.0)
        figures[f"{plant['plant']}.levelised_cost"] = cost
        cheaper = _levelised(plant, law, CHEAPER_BP / BP_PER_SHARE)
        figures[f"{plant['plant']}.debt_10_bp_cheaper"] = cheaper - cost
    return figures


def _levelised(plant: Row, law: Mapping[str, float], cheaper: float) -> float:
    """Compute the levelised cost with cheaper debt, USD/MWh.

    Debt costs `cheaper` less a year than printed.
    """
    x = _numbers(plant)
    output = x["capacity_factor"] * HOURS_PER_YEAR / KW_PER_MW  # MWh per kW and year
    margin = x["production_credit_usd_per_mwh"] - x["variable_usd_per_mwh"]
    case = ProjectCase(
        capex_cny=x["construction_finance_factor"] * (x["overnight_usd_per_kw"] + x["grid_usd_per_kw"]),
        annual_cash_cny=margin * output - x["fixed_usd_per_kw_year"],
        life_years=int(x["life_years"]),
        rate=_real_rate(x, cheaper),
        annual_output=output,
        taxes=Taxes(
            rate=x["tax_rate"],
            credit_share=x["investment_credit_share"],
            credit_basis_share=law["credit_basis_share"],
            written_off_shares=tuple(law[f"written_off_share_{year}"] for year in range(1, 7)),
            inflation=x["inflation"],
        ),
    )
    return appraise(case).levelised_cny_per_unit


def _numbers(plant: Row) -> dict[str, float]:
    return {key: float(value) for key, value in plant.items() if key not in ("plant", "label_en", "label_zh")}


def _real_rate(x: Mapping[str, float], cheaper: float) -> float:
    nominal = weighted_average_cost_of_capital(
        debt_share=x["debt_share"],
        cost_of_equity=x["return_on_equity"],
        cost_of_debt=x["interest_rate"] - cheaper,
        tax_rate=x["tax_rate"],
    )
    return (1.0 + float(nominal)) / (1.0 + x["inflation"]) - 1.0
