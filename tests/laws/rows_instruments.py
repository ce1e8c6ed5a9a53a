"""Which way each key of each instrument works; keys that all instruments share are tried in `test_shared_keys.py`."""

from tests.laws import rows_auctions, rows_capture, rows_carbon, rows_finance, rows_goods, rows_power
from tests.laws.form import Row

ROWS: tuple[Row, ...] = (
    *rows_carbon.ROWS,
    *rows_capture.ROWS,
    *rows_finance.ROWS,
    *rows_power.ROWS,
    *rows_auctions.ROWS,
    *rows_goods.ROWS,
)
