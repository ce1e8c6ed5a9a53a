"""Tax on companies' income: the law by class and year, holidays of new projects, and writing off."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FIRST_DATA_YEAR, FUELS, SECTORS
from tanlu.kernels.appraisal import TaxYears, rates_in_year, tax_years

TAX_CLASSES = (*FUELS, *SECTORS)  # of power units, and then of facilities
OTHER_INCOME = len(TAX_CLASSES)  # the class of all that is neither: the general rate


class TaxLaw(NamedTuple):
    """The law by class, the last of which is `OTHER_INCOME`."""

    years: TaxYears
    inflation: float  # that wears what is written off

    def spread(
        self, tax_class: Integers, life_years: Integers, first_income_year: Integers, from_year: Integers
    ) -> tuple[Floats, Floats]:
        """Return tax rates from a year on [n, K], and shares written off by year of operation [n, D].

        Rates are flat after K years.

        Args:
            tax_class: of each project [n].
            life_years: of each project [n].
            first_income_year: from which its holiday counts [n].
            from_year: of the first rate [n].
        """
        rates, shares = tax_years(self.years, tax_class, life_years, first_income_year, from_year)
        return rates, shares

    def rates_in(self, tax_class: Integers, first_income_year: Integers, year: int) -> Floats:
        """Return the year's tax rate of each, by class and age [n]."""
        rates: Floats = rates_in_year(self.years, tax_class, first_income_year, year)
        return rates

    def full_rate(self, tax_class: int | Integers, year: int) -> Floats:
        """Return the rate of a year without any holiday, of each class."""
        rate = self.years.rate
        return np.asarray(rate[tax_class, min(year - FIRST_DATA_YEAR, rate.shape[1] - 1)])

    def without_tax(self) -> "TaxLaw":
        """Return the law with all rates 0."""
        return self._replace(years=self.years._replace(rate=np.zeros(self.years.rate.shape)))
