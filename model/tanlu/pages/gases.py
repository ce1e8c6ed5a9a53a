"""Greenhouse gases other than CO2 of an answer: the ends of those that the output of a product tells."""

from pathlib import Path
from typing import NamedTuple

from tanlu.core.units import KG_PER_T
from tanlu.core.words import text
from tanlu.evaluation.greenhouse_gases.table import CO2_EQUIVALENT, GasFactor, gas_factors
from tanlu.output.figures.quantities import emission
from tanlu.pages.workers.views import AnswerView
from tanlu.region.tables import read_frame

GAS_TABLES = ("products", "processes")


class GasProduct(NamedTuple):
    """A product that one process alone makes, and a gas of it."""

    variable: str  # its output, Mt a year
    label: dict[str, str]  # by language
    factor: GasFactor


def read_gas_products(pack: Path) -> tuple[GasProduct, ...]:
    """Read the products of a pack whose gases follow from their output: those of one process."""
    products, processes = (read_frame(pack, name) for name in GAS_TABLES)
    labels = products.set_index("product")
    product_of = dict(zip(processes["process"], processes["product"], strict=True))
    makers = processes["product"].value_counts()
    return tuple(
        GasProduct(
            f"Production|{labels.at[product, 'label_en']!s}",
            {language: str(labels.at[product, f"label_{language}"]) for language in ("en", "zh")},
            factor,
        )
        for factor in gas_factors()
        if (product := product_of.get(factor.process)) and makers[product] == 1
    )


def gas_table(view: AnswerView, products: tuple[GasProduct, ...], language: str) -> dict[str, object]:
    """Build the table of other gases in the last year, CO2 equivalent at both ends; no rows if unknown."""
    rows = []
    for product in products:
        if product.variable not in view.variables:
            continue
        gas = product.factor.gas
        equivalent = float(view.path(product.variable)[-1]) * CO2_EQUIVALENT[gas] / KG_PER_T
        ends = (str(emission(equivalent * end, language)) for end in product.factor.emitted_kg_per_t)
        rows.append([f"{product.label[language]}: {gas} ({product.factor.grade})", *ends])
    heads = [text(language, f"greenhouse_gases.page_{key}") for key in ("what", "low", "high")]
    caption = text(language, "greenhouse_gases.caption", {"year": view.years[-1]})
    return {"caption": caption, "heads": heads, "rows": rows}
