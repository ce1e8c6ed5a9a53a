"""What allowances cost a plant in a year: what it needed, what it got free, and what the rest cost."""

from typing import TYPE_CHECKING, NamedTuple

from tanlu.core.units import CNY_PER_MCNY, T_PER_MT
from tanlu.core.words import text
from tanlu.core.words.numbers import PER_MILLION, number

if TYPE_CHECKING:
    from tanlu.output.result import Result

COLUMNS = ("needed_allowances_tco2", "free_allowances_tco2", "allowance_cost_mcny", "output")


class AllowanceExplanation(NamedTuple):
    """The allowances of one plant in one year."""

    year: int
    needed_tco2: float
    free_tco2: float
    cost_mcny: float  # below zero where it sells
    output: float  # in `output_unit`
    output_unit: str  # MWh/yr or t/yr

    @property
    def cost_cny_per_unit(self) -> float:
        """The cost per MWh or tonne of output."""
        return self.cost_mcny * CNY_PER_MCNY / self.output if self.output > 0.0 else 0.0


def explain_allowances(result: "Result", decider: str, year: int) -> AllowanceExplanation | None:
    """Explain the allowances of a plant in a year of the first replication.

    None where it needs none, or the result lacks the table of plants.
    """
    plants = result.plants
    if plants is None or not set(COLUMNS) <= set(plants.columns):
        return None
    is_meant = (plants["decider"] == decider) & (plants["year"] == year) & (plants["replication"] == 0)
    rows = plants[is_meant]
    needed, free, cost, output = (float(rows[name].sum()) for name in COLUMNS)
    if needed == 0.0:
        return None
    return AllowanceExplanation(year, needed, free, cost, output, str(rows["output_unit"].iloc[0]))


def allowances_in_words(answer: AllowanceExplanation, language: str) -> str:
    """Write what allowances cost a plant as one sentence."""
    size = PER_MILLION[language]
    per_t = size / T_PER_MT
    values = {
        "year": answer.year,
        "needed": number(answer.needed_tco2 * per_t, ""),
        "free": number(answer.free_tco2 * per_t, ""),
        "more": number(abs(answer.needed_tco2 - answer.free_tco2) * per_t, ""),
        "cost": number(abs(answer.cost_mcny) * size, ""),
        "per_unit": number(abs(answer.cost_cny_per_unit), ""),
        "unit": text(language, f"allowances.{answer.output_unit.removesuffix('/yr').lower()}"),
    }
    return text(language, f"allowances.{'buys' if answer.cost_mcny >= 0.0 else 'sells'}", values)
