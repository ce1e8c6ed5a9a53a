"""The part of an address that says which scenario is asked for, and by which code and data it was answered."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from tanlu.core.words import LANGUAGES
from tanlu.core.words.messages import BilingualText
from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.inputs.plausible import plausible_range
from tanlu.output.provenance import code_state, model_version
from tanlu.pages.builder.links import LinkTooLongError, read_changes, write_changes
from tanlu.pages.builder.notice import SHOWN, Notice
from tanlu.pages.builder.packages import with_package
from tanlu.pages.builder.scenarios import Edit, Scenarios
from tanlu.pages.levers import BASELINE, Levers, is_number
from tanlu.policies import KINDS
from tanlu.scenario.difference import free_name
from tanlu.scenario.examples import example_of

FORM = "2"  # of addresses
LONGEST_FAULT = 200  # characters
FIRST_YEAR = 2026  # of policies in addresses of the first form
# What those called a control: the kind and the key that it set.
FIRST_FORM = {
    "carbon_price": ("carbon_price", "price_cny_per_tco2"),
    "ccus_subsidy": ("ccus_subsidy", "rate_cny_per_tco2"),
    "green_bond_subsidy": ("green_bond_incentive", "interest_subsidy_percentage_points"),
}


class Version(NamedTuple):
    """By what a scenario was answered: the commit of the code, else its version, and the digest of the data."""

    code: str
    data: str

    @classmethod
    def of(cls, data_digest: str) -> "Version":
        """Return the version of the running code with a region pack of a digest."""
        commit = code_state()["commit"]
        return cls(str(commit)[:8] if commit else model_version(), data_digest[:8])

    def __str__(self) -> str:
        return f"{self.code}/{self.data}"


def write_scenario(levers: Levers, version: Version) -> list[str]:
    """Return the fields of an address that lead back to a scenario; none for the baseline itself."""
    if levers == Levers():
        return []
    parts = [f"v={FORM}", f"b={levers.scenario}"]
    if levers.block:
        try:
            key, written = write_changes(levers.block)
        except LinkTooLongError:
            key, written = "file", levers.id
        parts.append(f"{key}={quote(written, safe='~-_.(),:[]')}")
    return [*parts, f"code={version.code}", f"data={version.data}"]


def read_scenario(
    fields: Mapping[str, str], scenarios: Scenarios, version: Version
) -> tuple[Levers, list[Notice]]:
    """Return the scenario that an address asks for, and what could not be followed; nothing in it can raise."""
    if "s" in fields and "v" not in fields:
        return _first_form(fields["s"], scenarios)
    base, notices = fields.get("b", BASELINE), []
    if base not in scenarios.names:
        return Levers(), [Notice("notice.unknown_scenario", base[:SHOWN])]
    if "file" in fields:
        notices.append(Notice("notice.too_long", fields["file"][:SHOWN]))
    theirs = Version(fields.get("code", version.code)[:SHOWN], fields.get("data", version.data)[:SHOWN])
    if theirs != version:
        notices.append(Notice("notice.other_version", str(theirs), str(version)))
    changes = read_changes(fields.get("d", ""), fields.get("z", ""))
    if changes is None:
        return Levers(base), [
            *notices,
            Notice("notice.unreadable", fields.get("d", fields.get("z", ""))[:SHOWN]),
        ]
    try:
        return scenarios.with_changes(base, changes), notices
    except ScenarioError as error:
        return Levers(base), notices + [Notice("notice.refused", refused(one)) for one in error.findings]


def refused(finding: Finding) -> BilingualText:
    """Return what is wrong with a key of an address, in short."""
    said = (f"{finding.place.path}: {finding.in_language(each).message}" for each in LANGUAGES)
    return BilingualText(*(one[:LONGEST_FAULT] for one in said))


def _first_form(written: str, scenarios: Scenarios) -> tuple[Levers, list[Notice]]:
    """Follow an address of the first form: names of scenarios, and controls with a value, joined by `~`."""
    levers, notices = Levers(), []
    for part in filter(None, written.split("~")):
        if part in scenarios.names:
            levers = with_package(scenarios, levers, part, {})
            continue
        key, dash, number = part.partition("-")
        if not dash:
            notices.append(Notice("notice.unknown_scenario", part[:SHOWN]))
        elif key not in FIRST_FORM:
            notices.append(Notice("notice.unknown_lever", key[:SHOWN]))
        else:
            levers, told = _set(levers, key, number, scenarios)
            notices += told
    return levers, notices


def _set(levers: Levers, key: str, number: str, scenarios: Scenarios) -> tuple[Levers, list[Notice]]:
    """Add the policy of a control of the first form, its value as near as the plausible range allows."""
    kind, field = FIRST_FORM[key]
    plausible = plausible_range(KINDS[kind].model_fields[field])
    assert plausible is not None, "every quantity of a policy has a plausible range"
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not is_number(value):
        return levers, [Notice("notice.no_number", f"{key}: {number[:SHOWN]}")]
    used = min(max(value, 0.0), plausible.high)
    told = [] if used == value else [Notice("notice.outside", f"{key}: {number[:SHOWN]}", f"{used:g}")]
    if used == 0.0:
        return levers, told
    name = free_name(example_of(kind)[0], set(scenarios.scenario(levers).policies))
    block = {"kind": kind, "from_year": FIRST_YEAR, field: used}
    return scenarios.edited(levers, [Edit(("policies", name), block)]), told
