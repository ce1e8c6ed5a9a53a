"""Why a decider did what it did: what it considered in a year, and every cost term of capturing its CO2."""

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tanlu.inputs.diagnostics import listed, nearest, shown
from tanlu.investment.capture_terms import TERMS
from tanlu.output.folder import ResultError
from tanlu.region.pack import load_region
from tanlu.why.mix import MixWhy, mix_why
from tanlu.why.why_not import WhyNot, why_not

if TYPE_CHECKING:
    from tanlu.output.result import Result

UNDECIDED = "keep"  # the option of carrying on
# Options that no table of a region pack names.
LABELS = {
    "keep": ("carry on", "维持现状"),
    "capture_retrofit": ("capture", "加装捕集"),
    "retire_early": ("close early", "提前关停"),
    "flexibility_retrofit": ("run lower", "灵活性改造"),
    "cofiring_retrofit": ("burn biomass beside coal", "掺烧生物质"),
    "close": ("close", "关停"),
}


class CaptureWhy(NamedTuple):
    """What capture would have cost and brought."""

    option: str
    outlet: str  # "storage", "products", or "none" where no product would pay anything
    captured_tco2_per_year: float
    avoided_tco2_per_year: float
    npv_cny: float
    terms_cny_per_year: dict[
        str, float
    ]  # by `TERMS`, costs negative; times `worth_years` they add up to the NPV
    worth_years: float
    started: bool
    switching_carbon_price_cny_per_tco2: float  # NaN where no carbon price would make it pay


class Why(NamedTuple):
    """One decider's decision of one year, in the first replication."""

    scenario: str
    decider: str
    name_en: str
    name_zh: str
    year: int
    other_years: tuple[int, ...]
    options: pd.DataFrame  # the ledger's rows, with `label_en` and `label_zh`
    capture: CaptureWhy | None  # None where it could not capture
    no_capture: WhyNot | None  # what stood against it there, None if unknown


def why(result: "Result", decider: str, year: int | None = None) -> "Why | MixWhy":
    """Return why `decider`, given by identifier or name, did what it did in `year`.

    Without a year it is the last one in which it chose to capture, else to do anything but carry on, else its last
    window. Of several ways to capture, the one it chose is shown, else the one that is worth most. Of a row of
    vehicles or builders it is how its many buyers divided, without a year in the last one.

    Raises:
        ResultError: if nobody of that name ever decided, or not in that year; the message says who or when did.
    """
    ledger, names = result.decisions, _names(result)
    if ledger is None or result.capture_costs is None:
        raise ResultError("the result holds no costs of capture; run the scenario again")
    first = ledger[ledger["replication"] == 0]
    mixes = _mixes(result)
    buyers = dict(zip(mixes["decider"], zip(mixes["name"], mixes["name_zh"], strict=True), strict=True))
    identifier = _find(decider, {*first["decider"].unique(), *buyers}, names | buyers)
    if identifier in buyers:
        return mix_why(result.name, mixes[mixes["decider"] == identifier], year)
    mine = first[first["decider"] == identifier]
    years = sorted(int(y) for y in mine["year"].unique())
    if year is None:
        moved = mine[mine["chosen"] & (mine["option"] != UNDECIDED)]
        captures = moved[moved["option"].isin(result.capture_costs["option"].unique())]
        year = int((captures if len(captures) else moved)["year"].max()) if len(moved) else years[-1]
    elif year not in years:
        raise ResultError(f"{identifier} decided nothing in {year}; it decided in {_in_words(years)}")
    name = names.get(identifier, (identifier, identifier))
    options = _labelled(mine[mine["year"] == year].reset_index(drop=True), result.scenario.region)
    others = tuple(y for y in years if y != year)
    capture = _capture(result, identifier, options)
    barred = why_not(result, mine, identifier, year) if capture is None else None
    return Why(result.name, identifier, *name, year, others, options, capture, barred)


def as_data(answer: Why) -> dict[str, Any]:
    """Return an answer as plain data for JSON, NaN as None; terms also per tonne captured and avoided."""
    columns = [c for c in answer.options.columns if c not in ("scenario", "replication", "decider", "year")]
    data: dict[str, Any] = {
        **{field: getattr(answer, field) for field in Why._fields[:6]},
        "options": [_plain(row) for row in answer.options[columns].to_dict("records")],
        "capture": None,
        "no_capture": None if answer.no_capture is None else answer.no_capture._asdict(),
    }
    if answer.capture is not None:
        data["capture"] = _plain(answer.capture._asdict()) | {"terms": per_tonne(answer.capture)}
        del data["capture"]["terms_cny_per_year"]
    return data


def per_tonne(capture: CaptureWhy) -> list[dict[str, Any]]:
    """Return the terms that are not zero, and their sum as `total`, in CNY a year and per tonne; None per no tonne."""
    terms = {name: value for name, value in capture.terms_cny_per_year.items() if abs(value) > 0.0}
    terms["total"] = sum(terms.values())
    return [
        {
            "term": name,
            "cny_per_year": value,
            "cny_per_tco2_captured": _ratio(value, capture.captured_tco2_per_year),
            "cny_per_tco2_avoided": _ratio(value, capture.avoided_tco2_per_year),
        }
        for name, value in terms.items()
    ]


def _ratio(value: float, tonnes: float) -> float | None:
    return value / tonnes if tonnes > 0.0 else None


def _capture(result: "Result", decider: str, options: pd.DataFrame) -> CaptureWhy | None:
    costs, year = result.capture_costs, options["year"].iloc[0]
    assert costs is not None
    mine = costs[(costs["replication"] == 0) & (costs["decider"] == decider) & (costs["year"] == year)]
    if mine.empty:
        return None
    both = mine.merge(options, on="option", suffixes=("", "_of_option"))
    row = both.sort_values(["chosen", "npv_mcny"], ascending=False).iloc[0]
    terms = {name: float(row[f"{name}_cny_per_year"]) for name in TERMS}
    return CaptureWhy(
        option=str(row["option"]),
        outlet="none"
        if row["outlet"] == "products" and terms["product_sales"] == 0.0
        else str(row["outlet"]),
        captured_tco2_per_year=float(row["captured_tco2_per_year"]),
        avoided_tco2_per_year=float(row["avoided_tco2_per_year"]),
        npv_cny=sum(terms.values()) * float(row["worth_years"]),
        terms_cny_per_year=terms,
        worth_years=float(row["worth_years"]),
        started=bool(row["started"]),
        switching_carbon_price_cny_per_tco2=float(row["switching_carbon_price_cny_per_tco2"]),
    )


def _labelled(options: pd.DataFrame, region: str) -> pd.DataFrame:
    """Return the options with what they are called in English and Chinese."""
    table = load_region(region).tables["abatement_options"]
    named = zip(table["option_id"], table["label_en"], table["label_zh"], strict=True)
    labels = LABELS | {str(i): (str(en), str(zh)) for i, en, zh in named}
    pairs = [labels.get(option, (option, option)) for option in options["option"]]
    return options.assign(label_en=[en for en, _ in pairs], label_zh=[zh for _, zh in pairs])


def _names(result: "Result") -> dict[str, tuple[str, str]]:
    """Return English and Chinese name by identifier, empty where the result keeps no table of plants."""
    plants = result.plants
    if plants is None:
        return {}
    once = plants.drop_duplicates("decider")
    triples = zip(once["decider"], once["name"], once["name_zh"], strict=True)
    return {str(i): (str(en), str(zh)) for i, en, zh in triples}


def _mixes(result: "Result") -> pd.DataFrame:
    """Return how buyers of vehicles and builders divided in the first replication; empty in results without it."""
    if result.mixes is None:
        return pd.DataFrame(columns=["decider", "name", "name_zh"])
    return result.mixes[result.mixes["replication"] == 0]


def _find(text: str, deciders: set[str], names: dict[str, tuple[str, str]]) -> str:
    """Return the identifier of who is meant by identifier, English or Chinese name."""
    if text in deciders:
        return text
    by_name = {name: i for i, both in names.items() for name in both}
    if (found := by_name.get(text)) in deciders:
        return str(found)
    if found is not None:
        raise ResultError(f"{shown(text)} never stood at a decision in this run")
    near = nearest(text, deciders) or nearest(text, [name for name, i in by_name.items() if i in deciders])
    hint = f"did you mean `{near}`?" if near else f"there are {listed(sorted(deciders), 6)}"
    raise ResultError(f"nobody called `{shown(text)}` decides in this result; {hint}")


def _in_words(years: list[int]) -> str:
    return ", ".join(str(year) for year in years)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return values that JSON knows."""
    values = {str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()}
    return {k: None if isinstance(v, float) and v != v else v for k, v in values.items()}
