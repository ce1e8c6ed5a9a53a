"""Which way each key of each instrument works."""

from tests.laws.form import Row

ROWS: tuple[Row, ...] = ()
