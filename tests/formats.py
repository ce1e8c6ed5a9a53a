"""The pages of docs/formats, written from the package's own schema, rules, indicators and tables.

Writes all of them: `uv run python -m tests.formats`.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from tanlu.core.places import PACKS
from tanlu.core.units import unit_of
from tanlu.core.words import FOLDER as FOLDER_OF_WORDS
from tanlu.core.words import text
from tanlu.experiments.results import simulate
from tanlu.indicators.by_policy import NO_POLICY
from tanlu.indicators.catalogue import AIM_HEADS, BY_POLICY, INSTRUMENT_HEADS, describe
from tanlu.indicators.main import indicators
from tanlu.indicators.money import BN
from tanlu.inputs.types import Strict, json_schema
from tanlu.output.extension_view import AXES, ROOTS, VisibleRecord, list_records
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.policies.texts.documentation import EVENTS, explain
from tanlu.region.catalogue import DEFAULT_REGION, layer_names, read_layered_table, region_names
from tanlu.region.checks.absent import COMPANIONS, OPTIONAL
from tanlu.region.checks.seal import seal_pack
from tanlu.region.column_types import SWITCH, ColumnType, column_type, columns_of
from tanlu.region.columns import RULES
from tanlu.region.pack import load_region
from tanlu.scenario.regulators import RegulatorBlock, ReviewedAim, ReviewedInstrument, ReviewGuards
from tanlu.scenario.schema import Label, Outputs, Scenario
from tanlu.scenario.world import World

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "formats"
PACK = ROOT / "model" / "tanlu" / "regions" / DEFAULT_REGION
WRITTEN = "Written by `uv run python -m tests.formats`; do not edit.\n"
# Names from the pack stand behind these beginnings of variables; the page shows what they are names of.
NAMED_BY_THE_PACK = {
    "Carbon Capture|By Destination|Usage|By Product": "CO2 product",
    "CO2 Use Limit": "CO2 product",
    "CO2 Hub": "hub",
    "CO2 Line": "corridor",
    "Production": "product",
    "CO2 Storage": "store",
    "Trade|Electricity|Contracts": "line",
    BY_POLICY: "policy",
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# --- scenario files -------------------------------------------------------------------------------------


def form(field: Mapping[str, Any]) -> str:
    """Return what a key takes, in words."""
    if "const" in field:
        return f"always `{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    forms = [part for one in field.get("anyOf", ()) for part in (one, *one.get("anyOf", ()))]
    if any("patternProperties" in one for one in forms):
        return "a number, or numbers by year"
    kind = field.get("type", "")
    return {"object": "a block", "array": "a list", "string": "text", "boolean": "`true` or `false`"}.get(
        kind, "a number" if kind in ("integer", "number") else "a block"
    )


def shown(value: object) -> str:
    """Return a default as a scenario file holds it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def keys(model: type[Strict], leave_out: Iterable[str] = (), below: Iterable[str] = ()) -> str:
    """Return the keys of a block as a table; those of blocks `below` have a table of their own."""
    schema = json_schema(model)
    rows = []
    for name, field in schema["properties"].items():
        if name in leave_out:
            continue
        default = field.get("default", field.get("const"))
        value = "must be given" if name in schema.get("required", ()) else "none"
        if name in below:
            value = f"[below](#{name})"
        elif default is not None and "const" not in field:
            value = f"`{shown(default)}`" if shown(default) else "empty"
        meaning = " ".join(str(field["description"]).split())
        if "plausible" in field:
            low, high = field["plausible"]
            meaning += f" Plausible: {low:,.10g} to {high:,.10g}."
        rows.append((f"`{name}`", form(field), value, meaning))
    return table(("key", "takes", "default", "meaning"), rows)


def scenario_page() -> str:
    common = json_schema(Policy)["properties"]
    parts = [
        "# Scenario files\n",
        WRITTEN,
        "A scenario is a YAML file. With `extends` it changes another one: a file of its folder, "
        "or a scenario that comes with Tanlu, such as `extends: tanlu:baseline`. Blocks are merged key by key. "
        "`tanlu schema` prints the same as JSON Schema, for completion in editors.\n",
        "## A scenario\n",
        keys(Scenario, below=("label", "world", "policies", "events", "regulators", "outputs")),
        "## `label`\n",
        keys(Label),
        "## `world`\n",
        keys(World),
        "## `outputs`\n",
        keys(Outputs),
        "## `events`\n",
        "Changes of policies by name, each with these keys. `tanlu explain events` tells more.\n",
        keys(Event),
        "## `regulators`\n",
        "Governments that review their policies, each with these keys; docs/model/regulators.md tells more.\n",
        keys(RegulatorBlock),
        "Each of `aims`:\n",
        keys(ReviewedAim),
        "Each of `instruments`, by policy and key:\n",
        keys(ReviewedInstrument),
        "`guards`:\n",
        keys(ReviewGuards),
        "## `policies`\n",
        "Policies by name. Every policy has these keys, and those of its kind:\n",
        keys(Policy),
    ]
    for kind, instrument in KINDS.items():
        parts += [f"### `{kind}`\n", f"{instrument.summary['en']} `tanlu explain {kind}` tells more.\n"]
        parts.append(keys(instrument, [name for name in common if name != "kind"]))
    parts += [
        "## Warnings\n",
        "What a scenario may hold but is likely a mistake, or shows itself in its run, is told with these codes by "
        "`tanlu validate` and `tanlu run`, on the page and in the manifest of a result (`tanlu show`). With `--strict` "
        "a scenario with one does not run.\n",
        table(("code", "what is said"), warnings()),
    ]
    return "\n".join(parts)


def warnings() -> Iterable[tuple[str, str]]:
    """Yield the codes of findings, each with its words, in the order of the catalogue."""
    for key, said in yaml.safe_load((FOLDER_OF_WORDS / "findings.yaml").read_text(encoding="utf-8")).items():
        code = key.removeprefix("found.")
        if not code.startswith(("word_", "said.")) and not code.endswith(("_help", "_place")):
            yield f"`{code}`", said["en"].replace("`", "")


def policy_page() -> str:
    """Return a list of the instruments, and the documentation of each, as `tanlu explain` prints it."""
    rows = ((f"`{kind}`", instrument.summary["en"]) for kind, instrument in KINDS.items())
    parts = ["# Policy instruments\n", WRITTEN, table(("instrument", "what it does"), rows)]
    for kind in (*KINDS, EVENTS):
        heading, _, text = explain(kind).partition("\n\n")
        parts += [f"## {heading}\n", f"```text\n{text.rstrip()}\n```\n"]
    return "\n".join(parts)


# --- region packs ---------------------------------------------------------------------------------------


def unit(column: str) -> str:
    found = unit_of(column)
    return found.display if found else ""


def holds(kind: ColumnType) -> str:
    """Return what cells of a kind hold, in words."""
    if not kind.is_number:
        return kind.kind
    if kind == SWITCH:
        return "0 or 1"
    ends = (("from", kind.lowest), ("to", kind.highest))
    limits = (f" {word} {end:g}" for word, end in ends if end is not None)
    words = (f", or `{word}`" for word in kind.words)
    return "".join((f"{'whole ' * (kind.kind == 'whole')}number", *limits, *words))


def purposes() -> dict[str, str]:
    """Return what each table of the pack is for, from the table of its README."""
    rows = re.findall(
        r"^\| (`[^|]+`) \| (.+) \|$", (PACK / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {name: purpose for names, purpose in rows for name in re.findall(r"`(\w+)\.csv`", names)}


def absence(name: str) -> str:
    """Return what it means that a pack lacks a table, and the table whose rows forbid it."""
    meaning = text("en", f"absent.{name}")
    return f"{meaning}; `{COMPANIONS[name]}.csv` needs it" if name in COMPANIONS else meaning


def region_page() -> str:
    purpose = purposes()
    layered = [name for name in RULES if name not in OPTIONAL and (PACKS / "china" / f"{name}.csv").is_file()]
    parts = [
        "# Tables of a region pack\n",
        WRITTEN,
        "A region pack is a folder with `region.yaml` and one CSV file a table. What a table is for is said as in the "
        f"README of `{DEFAULT_REGION}`. Columns of the key together occur once. "
        "`tanlu region check NAME` names every breach (docs/region_packs.md).\n",
        "A table with one column of figures may have four columns more, which no run reads: `low` and `high`, between "
        "which the figure lies, `fixed` (1 where it is an accounting constant that nobody varies, else 0) and "
        "`range_basis`, the reason. Without them `uncertainty_by_grade.csv` says how far a figure may be off "
        "(docs/factors.md).\n",
        f"{len(RULES) - len(OPTIONAL)} tables are required. The others are optional: an absent one is read as one "
        "without rows, and `tanlu region new FOLDER --minimal` makes a pack without them (docs/region_packs.md). Of "
        f"the required ones the layer `china` has {len(layered)}, which a pack that extends it need not hold.\n",
    ]
    for name, rule in sorted(RULES.items()):
        rows = [
            (
                f"`{column}`",
                unit(column),
                holds(column_type(name, column)),
                "key" if column in rule.key else "",
                "yes" if column in rule.may_be_blank else "",
            )
            for column in sorted(columns_of(name), key=rule.may_be_blank.__contains__)
        ]
        parts += [f"## `{name}.csv`\n", f"{purpose[name][0].upper()}{purpose[name][1:]}.\n"]
        if name in OPTIONAL:
            parts.append(f"Optional. If absent: {absence(name)}.\n")
        parts.append(table(("column", "unit", "holds", "key", "may be blank"), rows))
    return "\n".join(parts)


def parameter_page() -> str:
    """Return `parameters.csv` of the pack as a page."""
    content = read_layered_table(PACK, "parameters").content.decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    ends = ("fixed" if r["fixed"] == "1" else f"{r['low']} to {r['high']}" for r in rows)
    cells = (
        (f"`{r['parameter']}`", r["value"], end, r["unit"], r["grade"], r["note"], r["range_basis"])
        for r, end in zip(rows, ends, strict=True)
    )
    return "\n".join(
        (
            "# Parameters\n",
            WRITTEN,
            f"`parameters.csv` of the pack `{DEFAULT_REGION}`, then of the layer that it extends. "
            "Grade D is an assumption.\n",
            table(("parameter", "value", "range", "unit", "grade", "why", "why this range"), cells),
        )
    )


# --- results --------------------------------------------------------------------------------------------


def general(variable: str) -> str:
    """Return a variable with the word for names that come from the pack or the scenario."""
    if variable in (NO_POLICY, "CO2 Storage|Liability Fund"):
        return variable
    for head in (*AIM_HEADS, *INSTRUMENT_HEADS):
        if variable.startswith(f"{head}|"):
            return f"{head}|‹{'indicator of an aim' if head in AIM_HEADS else 'instrument'}›"
    for beginning, word in NAMED_BY_THE_PACK.items():
        variable = re.sub(
            rf"^{re.escape(beginning)}\|[^|]+", lambda _, b=beginning, w=word: f"{b}|‹{w}›", variable
        )
    return variable


def indicator_page() -> str:
    region = load_region(DEFAULT_REGION)
    table_of = {x.variable: x for x in indicators(region)}
    of_policies = (f"{BY_POLICY}|policy", NO_POLICY)
    of_reviews = (
        *(f"{head}|Emissions|CO2" for head in AIM_HEADS),
        *(f"{head}|policy.key" for head in INSTRUMENT_HEADS),
    )
    rows = {}
    for variable, one in describe([*table_of, *of_policies, *of_reviews], region).items():
        of = table_of.get(variable)
        unit, whole = (of.unit, "sum" if of.weight is None else "weighted mean") if of else (BN, "sum")
        if variable.startswith(AIM_HEADS):
            unit, whole = "of the aim", "as of the indicator"
        elif variable.startswith(INSTRUMENT_HEADS):
            unit, whole = "of the instrument", "that of its province"
        name = general(variable)
        named = (one.label["en"], one.label["zh"]) if name == variable else ("", "")
        below = "apart" if one.has_separate_children else "add up" if one.parts else ""
        rows.setdefault(name, (unit, whole, below, *named, one.text["en"]))
    return "\n".join(
        (
            "# Indicators\n",
            WRITTEN,
            "Variables of the table `indicators`, by province and for the region, one value a year. "
            "A name in ‹ › comes from the region pack, or is that of a policy of the scenario. "
            "`tanlu list indicators --lang zh` says in Chinese what each is.\n",
            "Parts of an indicator stand one step below it and add up to it (pyam's `check_aggregate`), unless they "
            "are said to stand apart. A heading that begins with `By` divides an indicator in another way, outside "
            "its sum.\n",
            table(
                ("variable", "unit", "the region is", "its parts", "name", "Chinese name", "what it is"),
                ((f"`{name}`", *row) for name, row in rows.items()),
            ),
        )
    )


# A short run in which a regulator reviews and an auction is held, for the tables that no other run has.
REVIEWED = {
    "name": "reviewed",
    "region": "two_provinces",
    "replications": 1,
    "years": {"start": 2022, "end": 2026},
    "policies": {
        "tax": {"kind": "carbon_price", "from_year": 2024, "price_cny_per_tco2": 0, "regions": ["North"]},
        "auction": {
            "kind": "renewable_auction",
            "from_year": 2024,
            "volume_twh_per_year": 1,
            "cap_cny_per_mwh": 400,
        },
    },
    "regulators": {
        "North": {
            "aims": {"path": {"variable": "Emissions|CO2", "at_most": 10}},
            "instruments": {
                "tax.price_cny_per_tco2": {
                    "aim": "path",
                    "scale": 100,
                    "within": [0, 100],
                    "most_per_review": 50,
                }
            },
        }
    },
}


def table_page() -> str:
    """Return the columns of every table of a result, as its files describe them."""
    case = {
        "name": "formats",
        "replications": 1,
        "years": {"start": 2020, "end": 2020},
        "outputs": {"dispatch": True},
    }
    parts = [
        "# Tables of a result\n",
        WRITTEN,
        "A result folder holds one Parquet file a table. Unit and meaning of a column stand in the file too.\n",
    ]
    with tempfile.TemporaryDirectory() as folder:
        paths = [simulate(each).save(Path(folder)) for each in (case, REVIEWED)]
        files = {file.name: file for path in reversed(paths) for file in path.glob("*.parquet")}
        for _, path in sorted(files.items()):
            rows = []
            for field in pq.read_schema(path):
                told = {key.decode(): text.decode() for key, text in (field.metadata or {}).items()}
                rows.append((f"`{field.name}`", told["unit"], told["description"]))
            parts += [f"## `{path.name}`\n", table(("column", "unit", "meaning"), rows)]
    return "\n".join(parts)


# --- what extensions see ----------------------------------------------------------------------------------

# By page: the beginnings of the paths of its records, and its heading.
EXTENSION_PAGES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "extensions_signals.md": (("view.signals",), "What everybody who decides sees in a year"),
    "extensions_outcomes.md": (("view.outcomes",), "What the phases of a year bring"),
    "extensions_state.md": (("view.state",), "What a year hands to the next"),
    "extensions_region.md": (("view.region",), "The region pack as arrays"),
    "extensions_record.md": (("record",), "What indicators measure"),
    "extensions_deciders.md": (("borrowers_view", "review_view"), "What investors and regulators see"),
    "extensions_answers.md": (
        tuple(root for root in ROOTS if root not in ("view", "record", "borrowers_view", "review_view")),
        "What methods of extensions return",
    ),
}


def records_below(beginnings: Iterable[str]) -> list[VisibleRecord]:
    """Return the records whose paths begin so, in the order of their paths."""
    return sorted(
        (
            record
            for record in list_records()
            if re.match("|".join(rf"{b}\b" for b in beginnings), record.path)
        ),
        key=lambda record: record.path,
    )


def record_part(record: VisibleRecord) -> str:
    rows = (
        (
            f"`{value.name}`",
            f"`{value.type}`",
            f"`{value.axes}`" if value.axes else "",
            value.unit,
            value.meaning,
        )
        for value in record.values
    )
    heading = f"## `{record.path}`\n\n`{record.name}`. {record.summary}\n\n"
    return heading + table(("name", "type", "axes", "unit", "meaning"), rows)


def extension_page() -> str:
    """Return the page that says how to read the others, with the view itself."""
    own = [record for record in list_records() if record.path in ("view", "view.chance")]
    pages = (
        (f"[{heading}]({name})", ", ".join(f"`{b}`" for b in begin))
        for name, (begin, heading) in EXTENSION_PAGES.items()
    )
    return "\n".join(
        (
            "# What extensions see\n",
            WRITTEN,
            "Every value that a method of an extension (docs/extensions.md) is given or returns, by the shortest path "
            "that leads to its record; elsewhere the type of a value names the record. `tanlu explain view NAME` "
            "prints a record, or every value of a name. `Floats`, `Integers` and `Booleans` are NumPy arrays that "
            "cannot be written to. Money is CNY at prices of 2020 where nothing else is said. A whole number whose "
            "name has no unit is a count or a position (`number`).\n",
            table(("page", "paths"), pages),
            "## Axes\n",
            "`[P, S]` is an array by province and sector, `[]` an array of a single number. A word in an axis is "
            "what is counted along it, a constant in capitals a list of that name in the code. A record says what "
            "its own letters mean; else they are these:\n",
            table(("axis", "what is along it"), ((f"`{letter}`", along) for letter, along in AXES.items())),
            *map(record_part, own),
        )
    )


def pages_of_extensions() -> dict[str, Callable[[], str]]:
    def write(begin: tuple[str, ...], heading: str) -> str:
        return "\n".join((f"# {heading}\n", WRITTEN, *map(record_part, records_below(begin))))

    return {name: partial(write, *page) for name, page in EXTENSION_PAGES.items()}


PAGES: Mapping[str, Callable[[], str]] = {
    "scenario.md": scenario_page,
    "policies.md": policy_page,
    "region.md": region_page,
    "parameters.md": parameter_page,
    "indicators.md": indicator_page,
    "tables.md": table_page,
    "extensions.md": extension_page,
    **pages_of_extensions(),
}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for pack in (*layer_names(), *region_names()):
        seal_pack(PACKS / pack)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
