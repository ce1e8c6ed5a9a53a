"""What in the balance book of a pack does not hold together."""

from collections.abc import Iterator

from tanlu.inputs.diagnostics import Finding, Severity, build_table_finding, printable
from tanlu.region.balance import RESIDUAL, TOTAL_OF, annual_rows, balances
from tanlu.region.columns import FIRST_LINE
from tanlu.region.pack import Region

TOTAL_TOLERANCE = 1e-3  # of a published total: its fuels may be rounded
CLOSED_GWH = 1.0  # rows are rounded to a tenth of a GWh
LARGEST_RESIDUAL = 0.03  # of consumption; what is larger needs a note that says why


def balance_problems(region: Region) -> Iterator[Finding]:
    """Yield problems of the balance book.

    They are totals, balances, residuals without a reason, and days of publication.
    """
    yield from _check_totals(region)
    yield from _check_balances(region)
    yield from _check_days(region)


def _check_totals(region: Region) -> Iterator[Finding]:
    rows = annual_rows(region.tables["power_balance"])
    for total in rows[rows["item"] == "total_generation"].itertuples():
        province_rows = rows[(rows["province"] == total.province) & (rows["year"] == total.year)]
        fuels = province_rows[
            province_rows["item"].isin(TOTAL_OF.get(str(total.scope), ()))
            & (province_rows["scope"] == "above_scale")
        ]
        fuel_gwh, total_gwh = float(fuels["energy_gwh"].sum()), float(str(total.energy_gwh))
        if not abs(fuel_gwh - total_gwh) <= TOTAL_TOLERANCE * total_gwh:
            details = {
                "province": total.province,
                "year": total.year,
                "sum": f"{fuel_gwh:,.0f}",
                "total": f"{total_gwh:,.0f}",
            }
            yield _odd("off-fuels", _line(total.Index), **details, percent=f"{100.0 * TOTAL_TOLERANCE:g}")


def _check_balances(region: Region) -> Iterator[Finding]:
    book = region.tables["power_balance"]
    rows = annual_rows(book)
    reasons = rows[rows["item"] == RESIDUAL].set_index(["province", "year"])["note"].astype(object).fillna("")
    for (province, year), balance in balances(region.tables, region.axes.provinces).items():
        if not abs(balance.open_gwh) <= CLOSED_GWH:
            details = {
                "province": province,
                "year": year,
                "open": f"{balance.open_gwh:,.1f}",
                "item": RESIDUAL,
            }
            yield _odd("open-balance", 0, **details)
        is_large = abs(balance.residual) > LARGEST_RESIDUAL * balance.consumption
        if is_large and not str(reasons[province, year]).startswith("above 3 %"):
            yield _odd("large-residual", 0, province=province, year=year, residual=f"{balance.residual:,.0f}")


def _check_days(region: Region) -> Iterator[Finding]:
    book = region.tables["power_balance"]
    for row, (year, day) in enumerate(zip(book["year"], book["published_on"], strict=True), FIRST_LINE):
        text = str(day)
        has_date = (
            len(text) == len("2020-01-31") and text[4] == text[7] == "-" and text.replace("-", "").isdigit()
        )
        if not has_date or int(text[:4]) < int(year):
            yield _odd("bad-day", row, "published_on", given=printable(text))


def _odd(code: str, line: int, column: str = "energy_gwh", /, **values: object) -> Finding:
    return build_table_finding(code, "power_balance", line, column, Severity.warning, **values)


def _line(row: object) -> int:
    return int(str(row)) + FIRST_LINE
