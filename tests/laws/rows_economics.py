"""What users ask of the real region: laws that hold in the mean of paired draws."""

from tests.laws.form import Row

ROWS: tuple[Row, ...] = ()
