"""Kinds of agents in addition that invest: they appraise options, and their owners ask lenders for loans."""

from typing import NamedTuple

from tanlu.core.arrays import Floats, Integers
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.investment.population import Appraisal, Investors
from tanlu.region.pack import Region


class BorrowersView(NamedTuple):
    """What deciders of an added kind see when they appraise; its arrays cannot be written to."""

    year: int
    region: Region
    signals: Signals
    expected: PowerOutcome  # the electricity year that everybody who decides looks at
    hurdle: Floats  # [W, 2] real discount rate of ordinary and of green projects by company
    belief: Floats  # [W] how far each company believes announced policy


class Earned(NamedTuple):
    """What a year brought the owners of an added kind; axis N deciders, CNY of 2020."""

    operating_cny: Floats  # what customers paid, less what running cost
    depreciation_cny: Floats  # of what was invested


class Borrowers(Investors):
    """Deciders of an added kind, whose owners are companies of the region pack.

    Its decisions stand in the table of decisions, its loans and money in the accounts of the owners. What it offers to
    the electricity market it says in `offer_electricity`.
    """

    owner: Integers  # [N] company
    province: Integers  # [N]

    def appraise(self, view: BorrowersView) -> Appraisal:
        """Appraise the options of this year's deciders; option 0 does nothing."""
        raise NotImplementedError

    def start(self, appraisal: Appraisal, option: Integers, rows: Integers, signals: Signals) -> None:
        """Start the chosen and paid projects.

        `rows` are those of the appraisal that are paid, `option` is of all its rows.
        """
        raise NotImplementedError

    def earn(self, signals: Signals) -> Earned:
        """Compute the year's earnings of each [N]."""
        raise NotImplementedError
