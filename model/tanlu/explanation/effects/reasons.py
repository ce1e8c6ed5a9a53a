"""The reason of every plant in the best year of its life, and the reasons of all by tonnes."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.units import T_PER_MT
from tanlu.core.words import LANGUAGES, words
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.explanation.records import Records
from tanlu.inputs.diagnostics import nearest, printable, suggest
from tanlu.investment.capture_terms import TERMS
from tanlu.investment.closed_by import ClosedBy

CAPTURE = "capture"  # all options that capture CO2, of units and of facilities
STARTED = "started"
LOWER = "lower"  # it pays, but another option pays more
LACKS = "npv"  # it does not pay
TERM_COLUMNS = [f"{name}_cny_per_year" for name in TERMS]
GROUPED = ["group", "decider"]  # what one row is kept of
REASON_ORDER = tuple(code.name.lower() for code in ClosedBy)


class EffectReasons(NamedTuple):
    """Why plants take an option or do not, in the first replication."""

    option: str  # `CAPTURE`, or the identifier of an option
    labels: Mapping[str, str]  # what it is called, by language
    deciders: pd.DataFrame  # a row a decider: see `find_reasons`

    @property
    def tco2_per_year(self) -> float:
        """Tonnes of all plants a year, each in its best year."""
        return float(self.deciders["tco2_per_year"].sum())

    @property
    def without_plants(self) -> "EffectReasons":
        """The same option where nobody is offered it."""
        return self._replace(deciders=self.deciders.iloc[:0])

    def in_provinces(self, provinces: Collection[str]) -> "EffectReasons":
        """Select the plants of some provinces."""
        rows = self.deciders[self.deciders["province"].isin(list(provinces))]
        return self._replace(deciders=rows.reset_index(drop=True))

    def by_reason(self) -> pd.DataFrame:
        """Sum plants by reason, most tonnes first: reason, deciders, tco2_per_year."""
        groups = self.deciders.groupby("reason", sort=True)["tco2_per_year"].agg(["size", "sum"])
        sums = groups.rename(columns={"size": "deciders", "sum": "tco2_per_year"}).reset_index()
        return sums.sort_values("tco2_per_year", ascending=False, kind="stable", ignore_index=True)

    @property
    def lacking(self) -> pd.DataFrame:
        """Select plants that weighed capture in vain: those with terms."""
        rows = self.deciders
        return rows[(rows["reason"] == LACKS) & (rows["captured_tco2_per_year"] > 0.0)]

    def terms_cny_per_tco2(self) -> dict[str, float]:
        """Average the terms of plants that lack money, CNY per tonne captured.

        They add up to what a tonne lacks. Empty where no plant lacks money.
        """
        rows = self.lacking
        tonnes = float(rows["captured_tco2_per_year"].sum())
        return {name: float(rows[f"{name}_cny_per_year"].sum()) / tonnes for name in TERMS if tonnes > 0.0}


def find_reasons(records: Records, plants: pd.DataFrame, option: str = CAPTURE) -> EffectReasons:
    """Find the reason of every plant that may take an option, in its best year.

    The best year is the one of the start; else the one in which most a tonne was gained or least was missing; of a
    plant that never could, the one with the reason that is nearest to open. Columns: decider, kind, year, option,
    reason (a name of `ClosedBy`, a binding constraint, `STARTED` or `LOWER`), npv_mcny, worth_years,
    captured_tco2_per_year and the terms (NaN where nothing was weighed), name, name_zh, province, and tco2_per_year:
    what the plant emits and captures that year, before the option has an effect.

    Args:
        records: of decisions.
        plants: the result's table of plants.
        option: `CAPTURE` or an option's identifier.

    Raises:
        UserError: if nobody is offered that option; the message says which there are.
    """
    offered = _offered(records)
    if option != CAPTURE and option not in offered:
        names = [CAPTURE, *offered]
        advice = suggest(nearest(option, names), build_message("there_are", names=names))
        raise UserError(build_message("no_option_offered", name=printable(option), advice=advice))
    return _find(records, plants, {option: _members(records, option)})[option]


def find_all_reasons(records: Records, plants: pd.DataFrame) -> dict[str, EffectReasons]:
    """Find the reasons of capture and of each other option, as `find_reasons` does, most tonnes first."""
    singles = (name for name in _offered(records) if name not in records.offered.captures)
    names = (CAPTURE, *singles)
    reasons = _find(records, plants, {name: _members(records, name) for name in names})
    order = sorted(reasons, key=lambda name: (name != CAPTURE, -reasons[name].tco2_per_year))
    return {name: reasons[name] for name in order}


def _offered(records: Records) -> list[str]:
    names = {*records.decisions["option"].unique(), *records.closed_options["option"].unique()}
    return sorted(names - {"keep"})


def _members(records: Records, option: str) -> frozenset[str]:
    return frozenset(records.offered.captures) if option == CAPTURE else frozenset({option})


def _find(
    records: Records, plants: pd.DataFrame, members: Mapping[str, Collection[str]]
) -> dict[str, EffectReasons]:
    """Find the reasons of groups of options, by name of the group."""
    tonnes = _tonnes(plants)
    weighed = _best_weighed(_by_group(records.decisions, members), records.capture_costs)
    closed_options = _by_group(records.closed_options, members)
    weighed_keys = pd.MultiIndex.from_frame(weighed[GROUPED].astype(str))
    never = closed_options[~pd.MultiIndex.from_frame(closed_options[GROUPED].astype(str)).isin(weighed_keys)]
    closed = _best_closed(never, tonnes)
    deciders = pd.concat([rows for rows in (weighed, closed) if len(rows)] or [closed], ignore_index=True)
    keys = pd.MultiIndex.from_frame(deciders[["decider", "year"]].astype({"decider": str}))
    deciders["tco2_per_year"] = tonnes.reindex(keys).fillna(0.0).to_numpy()
    named_plants = plants.drop_duplicates("decider").astype({"decider": str}).set_index("decider")
    for column, unknown in (("name", None), ("name_zh", None), ("province", "")):
        labels = dict(zip(named_plants.index, named_plants[column].astype(str), strict=True))
        deciders[column] = [
            labels.get(decider, decider if unknown is None else unknown) for decider in deciders["decider"]
        ]
    deciders = deciders.sort_values("decider", kind="stable")
    return {
        name: EffectReasons(name, _labels(records, name), rows.drop(columns="group").reset_index(drop=True))
        for name in members
        for rows in (deciders[deciders["group"] == name],)
    }


def _labels(records: Records, option: str) -> dict[str, str]:
    """Name an option in every language, or capture as a whole."""
    if option == CAPTURE:
        return {language: words(language)["explained.option_capture"] for language in LANGUAGES}
    return {language: records.offered.label(option, language) for language in LANGUAGES}


def _by_group(table: pd.DataFrame, members: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """Select the rows of each group's options, with the group; a row may be in two groups."""
    options = table["option"].astype(str)
    return pd.concat(
        [table[options.isin(names)].assign(group=group) for group, names in members.items()],
        ignore_index=True,
    )


def _tonnes(plants: pd.DataFrame) -> pd.Series:
    """Sum what plants emit and capture in the first replication, t by decider and year."""
    first = plants[plants["replication"] == 0]
    mt = first["emissions_mtco2"].fillna(0.0).clip(lower=0.0) + first["captured_mtco2"].fillna(0.0)
    return (mt * T_PER_MT).groupby([first["decider"].astype(str), first["year"]]).sum()


def _best_weighed(decisions: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """Select the best year of plants that weighed the option, with its terms.

    Of several options of a year it is the one that `explain_decision` tells of.
    """
    keys = ["decider", "year", "option"]
    rows = decisions[["group", "kind", *keys, "npv_mcny", "chosen", "started", "binding_constraint"]].astype(
        {name: str for name in ("kind", "decider", "option", "binding_constraint")}
    )
    terms = costs[[*keys, "captured_tco2_per_year", "worth_years", *TERM_COLUMNS]].astype(
        {name: str for name in ("decider", "option")}
    )
    rows = rows.merge(terms, on=keys, how="left")
    rows = rows.sort_values(["chosen", "npv_mcny"], ascending=False, kind="stable")
    rows = rows.drop_duplicates([*GROUPED, "year"])
    tonnes = rows["captured_tco2_per_year"].to_numpy()
    gain = rows[TERM_COLUMNS].sum(axis=1).to_numpy()
    has_terms = np.isfinite(tonnes)
    per_tonne = np.divide(gain, tonnes, out=np.full(len(rows), -np.inf), where=has_terms & (tonnes > 0.0))
    rows["rank"] = np.where(has_terms, per_tonne, rows["npv_mcny"])
    rows = rows.sort_values(["started", "rank"], ascending=False, kind="stable").drop_duplicates(GROUPED)
    binding = rows["binding_constraint"]
    rows["reason"] = np.where(rows["started"], STARTED, np.where(binding == "none", LOWER, binding))
    return rows.drop(columns=["rank", "chosen", "started", "binding_constraint"])


def _best_closed(closed_options: pd.DataFrame, made: pd.Series) -> pd.DataFrame:
    """Select for each plant the year in which the option was nearest to open.

    Of several years with that reason it is the one in which the plant emits most.
    """
    rows = closed_options.astype({name: str for name in ("kind", "decider", "option", "closed_by")})
    order = rows["closed_by"].map({name: n for n, name in enumerate(REASON_ORDER)})
    nearest_order = order.groupby([rows["group"], rows["decider"]]).transform("min")
    rows = rows[order == nearest_order]
    lengths = (rows["to_year"] - rows["from_year"] + 1).to_numpy()
    rows = rows.loc[rows.index.repeat(lengths)]
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    rows = rows.assign(year=rows["from_year"].to_numpy() + np.arange(len(rows)) - starts)
    keys = pd.MultiIndex.from_frame(rows[["decider", "year"]])
    rows["made"] = made.reindex(keys).fillna(0.0).to_numpy()
    rows = rows.sort_values(["made", "year"], ascending=[False, True], kind="stable").drop_duplicates(GROUPED)
    rows = rows.rename(columns={"closed_by": "reason"})[[*GROUPED, "kind", "year", "option", "reason"]]
    missing = {name: np.nan for name in ("npv_mcny", "captured_tco2_per_year", "worth_years", *TERM_COLUMNS)}
    return rows.assign(**missing)
