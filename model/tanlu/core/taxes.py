"""Tax on companies' income: the law by class and year, holidays of new projects, and writing off."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FIRST_DATA_YEAR, FUELS, SECTORS

TAX_CLASSES = (*FUELS, *SECTORS)  # of power units, and then of facilities
OTHER_INCOME = len(TAX_CLASSES)  # the class of all that is neither: the general rate


class TaxLaw(NamedTuple):
    """Who pays how much of its income when; axis C classes and then `OTHER_INCOME`."""

    rate: Floats  # [C + 1, year] share of income
    holiday_years: Integers  # [C + 1] without tax, from the first year of income
    half_years: Integers  # [C + 1] at half the rate, after these
    write_off_years: (
        Integers  # [C + 1] over which an investment is written off in a straight line, or its life
    )
    inflation: float  # that wears what is written off
    changing_years: int  # in which the rate of something new may still change

    def rates(self, tax_class: Integers, first_income_year: Integers, from_year: int | Integers) -> Floats:
        """Return tax rates of `from_year` and the years after it [n, K].

        They are flat after K years.

        Args:
            tax_class: of each project [n].
            first_income_year: from which its holiday counts [n].
            from_year: one for all, or of each [n].
        """
        year = np.broadcast_to(from_year, tax_class.shape)[:, None] + np.arange(self.changing_years)
        age = np.maximum(year - first_income_year[:, None], 0)
        holiday = self.holiday_years[tax_class][:, None]
        half_end = holiday + self.half_years[tax_class][:, None]
        column = np.clip(year - FIRST_DATA_YEAR, 0, self.rate.shape[1] - 1)
        full = self.rate[tax_class[:, None], column]
        return np.asarray(np.where(age < holiday, 0.0, np.where(age < half_end, 0.5, 1.0)) * full)

    def written_off_shares(self, tax_class: Integers, life_years: Integers) -> Floats:
        """Return the share of an investment written off in each year of operation [n, D]."""
        years = np.maximum(np.minimum(self.write_off_years[tax_class], life_years), 1)[:, None]
        return (np.arange(self.write_off_years.max()) < years) / years

    def full_rate(self, tax_class: int | Integers, year: int) -> Floats:
        """Return the rate of a year without any holiday, of each class."""
        return np.asarray(self.rate[tax_class, min(year - FIRST_DATA_YEAR, self.rate.shape[1] - 1)])

    def without_tax(self) -> "TaxLaw":
        """Return the law with all rates 0."""
        return self._replace(rate=np.zeros(self.rate.shape))
