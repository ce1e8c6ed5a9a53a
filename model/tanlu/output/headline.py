"""The few figures to look at first, each beside its official target."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from tanlu.output.result import Result

EMISSIONS = "Emissions|CO2"
CAPTURE = "Carbon Capture"
AVOIDED = "Carbon Capture|Avoided"
ELECTRICITY_PRICE = "Price|Electricity|Wholesale"
UNSERVED = ("Unserved Energy|Electricity", "Unserved Energy|Electricity|Industry")
PUBLIC_MONEY = "Public Budget|Climate Support"
CAPTURE_SUPPORT = ("Public Budget|Capture Subsidy", "Public Budget|Capture Grant")
# Where captured CO2 goes; the parts add up to all of it.
PLACED = (
    ("captured_stored_share", "Carbon Capture|Storage", "stored underground", "地质封存比例"),
    (
        "captured_bound_share",
        "Carbon Capture|Usage|Permanent",
        "bound in products for good",
        "产品永久固定比例",
    ),
    (
        "captured_released_share",
        "Carbon Capture|Usage|Released",
        "sold and released again",
        "售出后重新排放比例",
    ),
    (
        "captured_vented_share",
        "Carbon Capture|Vented",
        "vented for want of a buyer or store",
        "无出路而放空比例",
    ),
)
# What society spends: every yearly `System Cost|...` and these. Investments are after grants, so the grants
# belong to them; other transfers (subsidies by the tonne, levies, carbon payments) cancel out and are left out.
RUNNING_COST = "System Cost|"
INVESTMENT = (
    "Investment|Electricity",
    "Investment|Industry",
    "Investment|Carbon Capture",
    "Public Budget|Capture Grant",
    "Public Budget|CO2 Hub Support",
)
MILESTONES = (2030, 2060)
COUNTED_FROM = 2025  # cumulative figures leave out the years that statistics already cover
BN_CNY_PER_MT = 1000.0  # bn CNY per Mt CO2, as CNY per tonne
PER_TONNE = "CNY2020/t CO2"

MET, MISSED, NEEDS_SINKS = "met", "missed", "needs sinks"
PEAK_YEAR, NET_EMISSIONS = "Emissions|CO2|Peak Year", "Emissions|CO2|Net"
PER_SHARE = {("share", "%"): 100.0}  # factor from the unit of a target to that of the variable
CHANGE = "share of base year"
# Beginnings of the variables of which less is better; of all others an official target asks for more.
LESS_IS_BETTER = ("Emissions", "Primary Energy|Per", "Final Energy|Industry|Per", "Energy Intensity")
VARIABLE_ZH = {
    NET_EMISSIONS: "排放量（未计碳汇）",
    "Primary Energy|Non-Fossil Share": "非化石能源消费占比",
    "Primary Energy|Per GRDP": "单位地区生产总值能耗变化",
    "Emissions|CO2|Per GRDP": "单位地区生产总值碳排放变化",
    "Capacity|Electricity|Hydro, Wind and Solar": "水风光发电装机",
    "Capacity|Electricity|Wind and Solar": "风电和太阳能发电装机",
    "Capacity|Electricity|Wind": "风电装机",
    "Capacity|Electricity|Solar": "太阳能发电装机",
    "Buildings|Prefabricated Share": "新建建筑装配式占比",
}


class Row(NamedTuple):
    """One headline figure."""

    key: str
    label_en: str
    label_zh: str
    region: str
    value: float
    unit: str
    target: float = math.nan
    target_year: int | None = None
    gap: float = math.nan
    verdict: str = ""


class Avoided(NamedTuple):
    """What a scenario avoids against a baseline, and at what cost; undiscounted, over the years both have."""

    first_year: int
    last_year: int
    avoided_mtco2: float
    public_money_bn_cny: float
    system_cost_bn_cny: float

    @property
    def public_money_cny_per_tco2(self) -> float:
        """Extra public money per tonne avoided; NaN where nothing is avoided."""
        return self._per_tonne(self.public_money_bn_cny)

    @property
    def system_cost_cny_per_tco2(self) -> float:
        """Extra cost of the whole system per tonne avoided; NaN where nothing is avoided."""
        return self._per_tonne(self.system_cost_bn_cny)

    def _per_tonne(self, bn_cny: float) -> float:
        return bn_cny / self.avoided_mtco2 * BN_CNY_PER_MT if self.avoided_mtco2 > 0.0 else math.nan


def headline(result: "Result", targets: pd.DataFrame, baseline: "Result | None" = None) -> pd.DataFrame:
    """Return the headline figures, one row each: key, labels, region, value, unit, target, gap, verdict.

    Args:
        result: the result to sum up.
        targets: official targets as the region pack gives them (`targets.csv`).
        baseline: what to compare with; adds the CO2 avoided and its cost.

    """
    rows = [*_emissions(result, targets), *_system(result), *_money(result)]
    if baseline is not None:
        rows += _avoided_rows(avoided(result, baseline), result.region)
    rows += official(result, targets)
    frame = pd.DataFrame(rows, columns=Row._fields)
    frame["target_year"] = frame["target_year"].astype("Int64")
    return frame


def avoided(result: "Result", baseline: "Result") -> Avoided:
    """Return the CO2 a result avoids against a baseline and its cost, from `COUNTED_FROM` on."""
    years = np.intersect1d(result.years, baseline.years)
    years = years[years >= min(COUNTED_FROM, years[-1])]

    def difference(variable: str) -> float:
        return float(result.path(variable).loc[years].sum() - baseline.path(variable).loc[years].sum())

    return Avoided(
        first_year=int(years[0]),
        last_year=int(years[-1]),
        avoided_mtco2=-difference(EMISSIONS),
        public_money_bn_cny=difference(PUBLIC_MONEY),
        system_cost_bn_cny=math.fsum(difference(variable) for variable in system_cost_variables(result)),
    )


def system_cost_variables(result: "Result") -> tuple[str, ...]:
    """Return the variables whose sum is the system cost, bn CNY a year."""
    running = [name for name in result.measures.variables if name.startswith(RUNNING_COST)]
    return (*running, *INVESTMENT)


def _counted(path: pd.Series) -> pd.Series:
    counted: pd.Series = path.loc[min(COUNTED_FROM, path.index[-1]) :]
    return counted


def _year_of_maximum(path: pd.Series) -> int:
    return int(path.index[int(np.argmax(path.to_numpy()))])


def _milestones(path: pd.Series) -> Iterator[tuple[int, float]]:
    """Yield the milestone years within the run, or its last year in place of those beyond it."""
    last = int(path.index[-1])
    for year in sorted({min(year, last) for year in MILESTONES}):
        if year in path.index:
            yield year, float(path[year])


def _emissions(result: "Result", targets: pd.DataFrame) -> Iterator[Row]:
    for region in (result.region, *result.measures.regions[:-1]):
        path, unit = result.path(EMISSIONS, region), result.unit(EMISSIONS)
        peak = _year_of_maximum(path)
        yield _peak_year(region, peak, int(path.index[-1]), targets)
        yield Row("peak_level", "Emissions at the peak", "峰值排放量", region, float(path[peak]), unit)
    path = result.path(EMISSIONS)
    for year, value in _milestones(path):
        yield Row(f"emissions_{year}", f"Emissions in {year}", f"{year}年排放量", result.region, value, unit)
    counted = _counted(path)
    span = f"{counted.index[0]}-{counted.index[-1]}"
    total = float(counted.sum())
    yield Row(
        "emissions_cumulative",
        f"Emissions {span}",
        f"{span}年累计排放量",
        result.region,
        total,
        _yearly_sum(unit),
    )


def _peak_year(region: str, peak: int, last_year: int, targets: pd.DataFrame) -> Row:
    row = Row("peak_year", "Year of peak emissions", "碳达峰年份", region, peak, "year")
    named = targets[(targets["variable"] == PEAK_YEAR) & (targets["region"] == region)]
    if named.empty:
        return row
    target = int(named["value"].iloc[0])
    # Emissions still highest in the last year may rise further: before the target year that settles nothing.
    open_end = peak == last_year < target
    verdict = "" if open_end else MET if peak <= target else MISSED
    return row._replace(target=target, target_year=target, gap=peak - target, verdict=verdict)


def official(result: "Result", targets: pd.DataFrame) -> list[Row]:
    """Return one row for every binding official target that the result measures, but for the peak year."""
    return [row for target in targets.itertuples() if (row := _official(result, target)) is not None]


def _official(result: "Result", target: Any) -> Row | None:
    variable = EMISSIONS if target.variable == NET_EMISSIONS else target.variable
    known = variable in result.measures.variables and target.region in result.measures.regions
    year = int(target.target_year)
    if not known or target.binding != "yes" or year not in result.years:
        return None
    measured = _measured(result, variable, target)
    if measured is None:
        return None
    value, unit, factor = measured
    goal = float(target.value) * factor
    return Row(
        key=re.sub(r"[^a-z0-9]+", "_", f"target {target.variable} {year}".lower()),
        label_en=f"{_label_en(target)} in {year}",
        label_zh=f"{year}年{VARIABLE_ZH.get(target.variable, target.indicator)}",
        region=target.region,
        value=value,
        unit=unit,
        target=goal,
        target_year=year,
        gap=value - goal,
        verdict=_verdict(target.variable, value, goal),
    )


def _label_en(target: Any) -> str:
    if target.variable == NET_EMISSIONS:
        return "Emissions, sinks not counted,"
    return f"{str(target.indicator)[:1].upper()}{str(target.indicator)[1:]}"


def _measured(result: "Result", variable: str, target: Any) -> tuple[float, str, float] | None:
    """Return the value, its unit and the factor that brings the target to it; None if units do not fit."""
    path, unit = result.path(variable, target.region), result.unit(variable)
    year = int(target.target_year)
    if target.unit == CHANGE:
        base = int(target.base_year)
        return (100.0 * (path[year] / path[base] - 1.0), "%", 100.0) if base in path.index else None
    factor = 1.0 if target.unit == unit else PER_SHARE.get((target.unit, unit))
    return None if factor is None else (float(path[year]), unit, factor)


def _verdict(variable: str, value: float, goal: float) -> str:
    if variable == NET_EMISSIONS:
        return MET if value <= goal else NEEDS_SINKS
    met = value <= goal if variable.startswith(LESS_IS_BETTER) else value >= goal
    return MET if met else MISSED


def _system(result: "Result") -> Iterator[Row]:
    captured, unit = result.path(CAPTURE), result.unit(CAPTURE)
    last = int(captured.index[-1])
    labels = f"CO2 captured in {last}", f"{last}年二氧化碳捕集量"
    yield Row(f"captured_{last}", *labels, result.region, float(captured[last]), unit)
    for year, value in _milestones(result.path(ELECTRICITY_PRICE)):
        labels = f"Electricity price in {year}", f"{year}年平均电价"
        yield Row(f"electricity_price_{year}", *labels, result.region, value, result.unit(ELECTRICITY_PRICE))
    unserved = sum((result.path(variable) for variable in UNSERVED[1:]), result.path(UNSERVED[0]))
    worst = _year_of_maximum(unserved)
    labels = f"Electricity not served, worst year ({worst})", f"最严重年份（{worst}）缺电量"
    if unserved[worst] <= 0.0:
        labels = "Electricity not served, worst year", "最严重年份缺电量"
    yield Row("unserved_worst", *labels, result.region, float(unserved[worst]), result.unit(UNSERVED[0]))


def _money(result: "Result") -> Iterator[Row]:
    counted = _counted(result.path(PUBLIC_MONEY))
    span = f"{counted.index[0]}-{counted.index[-1]}"
    unit = _yearly_sum(result.unit(PUBLIC_MONEY))
    labels = f"Public money {span}", f"{span}年公共资金支出"
    yield Row("public_money_cumulative", *labels, result.region, float(counted.sum()), unit)
    captured = float(_counted(result.path(CAPTURE)).sum())
    if captured > 0.0:
        paid = sum(float(_counted(result.path(variable)).sum()) for variable in CAPTURE_SUPPORT)
        labels = "Subsidy per tonne captured", "每吨捕集的补贴"
        yield Row(
            "subsidy_per_tonne_captured", *labels, result.region, paid * BN_CNY_PER_MT / captured, PER_TONNE
        )
        avoided = float(_counted(result.path(AVOIDED)).sum())
        per_tonne = paid * BN_CNY_PER_MT / avoided if avoided > 0.0 else math.nan
        labels = "Subsidy per tonne that capture avoids", "捕集每净减排一吨的补贴"
        yield Row("subsidy_per_tonne_capture_avoids", *labels, result.region, per_tonne, PER_TONNE)
        labels = f"Captured CO2 avoided in the end, {span}", f"{span}年捕集二氧化碳净减排比例"
        yield Row("capture_avoided_share", *labels, result.region, 100.0 * avoided / captured, "%")
        for key, variable, english, chinese in PLACED:
            share = 100.0 * float(_counted(result.path(variable)).sum()) / captured
            yield Row(
                key,
                f"Captured CO2 {english}, {span}",
                f"{span}年捕集二氧化碳{chinese}",
                result.region,
                share,
                "%",
            )


def _avoided_rows(avoided: Avoided, region: str) -> Iterator[Row]:
    span = f"{avoided.first_year}-{avoided.last_year}"
    yield Row("avoided", f"CO2 avoided {span}", f"{span}年减排量", region, avoided.avoided_mtco2, "Mt CO2")
    value = avoided.public_money_cny_per_tco2
    labels = "Public money per tonne avoided", "每吨减排的公共资金"
    yield Row("public_money_per_tonne", *labels, region, value, PER_TONNE)
    labels = "System cost per tonne avoided", "每吨减排的系统成本"
    yield Row("system_cost_per_tonne", *labels, region, avoided.system_cost_cny_per_tco2, PER_TONNE)


def _yearly_sum(unit: str) -> str:
    """Return the unit of a sum over years."""
    return unit.removesuffix("/yr")


def finding(frame: pd.DataFrame, language: str) -> str:
    """Return a headline table in one sentence, `language` being en or zh."""
    whole = frame["region"].iloc[0]  # the first rows are of the region, then those of its provinces follow
    rows = {row["key"]: row for row in frame[frame["region"] == whole].to_dict("records")}
    peak, level = rows["peak_year"]["value"], rows["peak_level"]["value"]
    last_year = max(int(key[10:]) for key in rows if re.fullmatch(r"emissions_\d{4}", key))
    end, short = rows[f"emissions_{last_year}"]["value"], rows["unserved_worst"]["value"]
    verdicts = frame["verdict"].tolist()
    met, judged = verdicts.count(MET), verdicts.count(MET) + verdicts.count(MISSED)
    words = _FINDING_ZH if language == "zh" else _FINDING_EN
    shape = "still_rising" if int(peak) == last_year else "peaks"
    return (
        words[shape].format(year=int(peak), level=level, last=last_year, end=end)
        + words["targets"].format(met=met, judged=judged)
        + (words["served"] if short <= 0.0 else words["short"].format(twh=short))
        + _placed_words(rows, words)
    )


def _placed_words(rows: Mapping[Any, Mapping[Any, Any]], words: Mapping[str, str]) -> str:
    """Say where captured CO2 went; nothing where none was captured."""
    if PLACED[0][0] not in rows:
        return ""
    stored, bound, released, vented = (rows[key]["value"] for key, *_ in PLACED)
    return words["placed"].format(stored=stored, sold=bound + released, bound=bound, vented=vented)


_FINDING_EN = {
    "peaks": "CO2 peaks in {year} at {level:.0f} Mt and stands at {end:.0f} Mt in {last}",
    "still_rising": "CO2 has not peaked by {last}, when it reaches {end:.0f} Mt",
    "targets": "; {met} of the {judged} official targets in these years are met",
    "served": "; all electricity demand is served.",
    "short": "; up to {twh:.2g} TWh a year of electricity demand is not served.",
    "placed": " Of all CO2 captured {stored:.0f} % is stored, {sold:.0f} % is sold ({bound:.0f} % bound for "
    "good) and {vented:.0f} % finds no outlet and is vented.",
}
_FINDING_ZH = {
    "peaks": "二氧化碳排放于{year}年达峰，峰值{level:.0f}百万吨，{last}年为{end:.0f}百万吨",
    "still_rising": "到{last}年二氧化碳排放尚未达峰，当年为{end:.0f}百万吨",
    "targets": "；期内{judged}项官方目标中实现{met}项",
    "served": "；电力需求全部得到满足。",
    "short": "；单年最多缺电{twh:.2g}太瓦时。",
    "placed": "捕集的二氧化碳中{stored:.0f}%封存，{sold:.0f}%出售（{bound:.0f}%永久固定），{vented:.0f}%无出路而放空。",
}
