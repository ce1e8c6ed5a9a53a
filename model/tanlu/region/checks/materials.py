"""Whether a product that needs a material says how much there is, and binds no more CO2 than chemistry allows."""

from collections.abc import Iterator

from tanlu.inputs.diagnostics import Finding, build_table_finding
from tanlu.region.checks.sheets import Sheet

UPTAKE, CEILING = "co2_use_tco2_per_t", "stoichiometric_tco2_per_t"
ORIGIN, YIELD, TONNAGE = "material_from", "material_t_per_t", "material_kt_per_year"

type Numbers = dict[str, tuple[float | None, ...]]


def find_material_faults(sheet: Sheet, numbers: Numbers) -> Iterator[Finding]:
    """Yield blank cells of materials, and uptakes above stoichiometry."""
    origins = sheet.columns[ORIGIN]
    figures = zip(*(numbers[name] for name in (YIELD, TONNAGE, UPTAKE, CEILING)), strict=True)
    for line, origin, (share, tonnage, uptake, ceiling) in zip(sheet.lines, origins, figures, strict=True):
        if origin and share is None:
            yield build_table_finding("blank", sheet.name, line, YIELD)
        if share is not None and not origin:
            yield build_table_finding("blank", sheet.name, line, ORIGIN)
        if ceiling is None and (origin or tonnage is not None):
            yield build_table_finding("blank", sheet.name, line, CEILING)
        if uptake is not None and ceiling is not None and uptake > ceiling:
            values = {"given": f"{uptake:g}", "highest": f"{ceiling:g}"}
            yield build_table_finding("above-stoichiometry", sheet.name, line, UPTAKE, **values)
