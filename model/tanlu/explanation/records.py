"""What a run recorded of decisions, and what its pack offers: all that tells why a plant did as it did."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from tanlu.core.words import LANGUAGES, words
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.region.pack import Region

if TYPE_CHECKING:
    from tanlu.output.result import Result

RECORD_TABLES = ("decisions", "closed_options", "unit_margins", "capture_costs")
CAPTURE_AT_UNITS = "capture_retrofit"


class Offered(NamedTuple):
    """The options of a pack."""

    labels: Mapping[str, Mapping[str, str]]  # option of industry -> language -> what it is called
    captures: frozenset[str]  # that capture CO2, the one at power units included

    def label(self, option: str, language: str) -> str:
        """Return the name of an option in a language.

        The pack comes first, then the catalogue, then the identifier.
        """
        label = self.labels.get(option, {}).get(language)
        return label or words(language).get(f"option.{option}", option)

    def labelled(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the names of options to rows, as `label_en` and `label_zh`."""
        return rows.assign(
            **{
                f"label_{language}": [self.label(option, language) for option in rows["option"]]
                for language in LANGUAGES
            }
        )


class Records(NamedTuple):
    """The tables that tell of decisions, each with the rows of the first replication only."""

    scenario: str
    decisions: pd.DataFrame
    closed_options: pd.DataFrame
    unit_margins: pd.DataFrame
    capture_costs: pd.DataFrame
    offered: Offered

    @property
    def deciders(self) -> set[str]:
        """List all deciders with a decision or a closed option."""
        return {*self.decisions["decider"].unique(), *self.closed_options["decider"].unique()}

    def rows_of(self, decider: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Select the decisions and the closed options of a decider."""
        decisions, closed_options = (
            table[table["decider"] == decider] for table in (self.decisions, self.closed_options)
        )
        return decisions, closed_options


def read_records(result: "Result") -> Records:
    """Read the records of decisions from a result.

    Raises:
        ResultError: if it lacks a table of them.
    """
    return collect_records(
        result.name,
        {name: getattr(result, name) for name in RECORD_TABLES},
        read_offered_options(result.pack),
    )


def collect_records(scenario: str, tables: Mapping[str, pd.DataFrame | None], offered: Offered) -> Records:
    """Collect the records of the first replication from `RECORD_TABLES` by name.

    Raises:
        ResultError: if one is not there.
    """
    first = {name: table[table["replication"] == 0] for name, table in tables.items() if table is not None}
    if first.keys() != tables.keys():
        raise ResultError(build_message("why_not_held"))
    return Records(scenario, **first, offered=offered)


def read_offered_options(region: Region) -> Offered:
    """Read the options of a pack."""
    table, options = region.tables["abatement_options"], region.industry.options
    labelled_options = zip(table["option_id"], table["label_en"], table["label_zh"], strict=True)
    rates = zip(options.ids, options.effect.capture_rate, strict=True)
    captures = {name for name, rate in rates if rate > 0.0}
    labels = {
        str(i): dict(zip(LANGUAGES, map(str, translations), strict=True))
        for i, *translations in labelled_options
    }
    return Offered(labels, frozenset({CAPTURE_AT_UNITS, *captures}))
