"""The table of laws, joined from the files by subject."""

from tests.laws import (
    rows_economics,
    rows_effects,
    rows_instruments,
    rows_money,
    rows_schedule,
    rows_schedule_carbon,
    rows_subsidies,
    rows_world,
)
from tests.laws.form import Law, Open, Row

ROWS: tuple[Row, ...] = (
    *rows_schedule_carbon.ROWS,
    *rows_schedule.ROWS,
    *rows_money.ROWS,
    *rows_subsidies.ROWS,
    *rows_world.ROWS,
    *rows_instruments.ROWS,
    *rows_effects.ROWS,
    *rows_economics.ROWS,
)
LAWS = tuple(row for row in ROWS if isinstance(row, Law))
WIRING = tuple(law for law in LAWS if law.pairs == 1)
ECONOMICS = tuple(law for law in LAWS if law.pairs > 1)
OPEN = tuple(row for row in ROWS if isinstance(row, Open))
