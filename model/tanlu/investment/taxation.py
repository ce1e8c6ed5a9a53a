"""What tax does to investments: terms of projects, and worths after tax of what earns or costs a CNY."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.taxes import TaxLaw
from tanlu.kernels.appraisal import Projects, ProjectTerms, site_worths


def terms_of(law: TaxLaw, projects: Projects, year: int) -> ProjectTerms:
    """Build the terms of projects that the model's agents start in a year [n].

    Spent in equal parts, paid from the year after commissioning, taxed by law.
    """
    lead_years, start = projects.lead_years, year + projects.lead_years + 1
    return _terms(law, projects.tax_class, lead_years, projects.life_years, start, start)


def worths_of_new(
    law: TaxLaw, tax_class: Integers, rate: Floats, lead_years: Integers, life_years: Integers, year: int
) -> tuple[Floats, Floats]:
    """Value a CNY a year and a CNY invested of what starts in a year [W, n].

    The first is earned before tax in each year of operation; the second is less the tax that writing it off saves.

    Args:
        law: in force.
        tax_class: of each project [n].
        rate: real hurdle rate [W, n].
        lead_years: of each project [n].
        life_years: of each project [n].
        year: in which they start.
    """
    start = year + lead_years + 1
    terms = _terms(law, tax_class, lead_years, life_years, start, start)
    worth, outlay = site_worths(np.ascontiguousarray(rate), lead_years, life_years, terms)
    return worth, outlay


def worths_of_standing(
    law: TaxLaw, tax_class: Integers, rate: Floats, years: Integers, first_income_year: Integers, year: int
) -> tuple[Floats, Floats]:
    """Value a CNY a year and a CNY invested now in what stands already [n].

    The first is earned before tax in each of the `years` to come; a holiday counts from the first year of income.

    Args:
        law: in force.
        tax_class: of each [n].
        rate: real hurdle rate [n].
        years: that are left [n].
        first_income_year: of each [n].
        year: now.
    """
    lead_years = np.zeros(rate.size, np.int64)
    from_year = np.full(rate.size, year + 1)
    terms = _terms(law, tax_class, lead_years, years, first_income_year, from_year)
    worth, outlay = site_worths(np.ascontiguousarray(rate[None]), lead_years, years, terms)
    return worth[0], outlay[0]


def untaxed_terms(lead_years: Integers) -> ProjectTerms:
    """Build the terms of projects that pay no tax [n], spent in equal parts and paid from the year after."""
    zeros, no_years = np.zeros(lead_years.size), np.zeros((lead_years.size, 0))
    return ProjectTerms(no_years, lead_years + 1, no_years, zeros, zeros, no_years, zeros)


def _terms(
    law: TaxLaw,
    tax_class: Integers,
    lead_years: Integers,
    life_years: Integers,
    first_income_year: Integers,
    from_year: Integers,
) -> ProjectTerms:
    rates, shares = law.spread(tax_class, life_years, first_income_year, from_year)
    zeros, no_years = np.zeros(lead_years.size), np.zeros((lead_years.size, 0))
    inflation = np.full(lead_years.size, law.inflation)
    return ProjectTerms(no_years, lead_years + 1, rates, zeros, zeros, shares, inflation)
