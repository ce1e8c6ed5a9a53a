"""Groups of assumptions that an experiment file names, compared with those of the region pack."""

from collections.abc import Iterator

from tanlu.core.paths import PACK
from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.designs import GROUP_ENDS
from tanlu.experiments.file_checks.places import fault_at
from tanlu.experiments.schema import Experiment
from tanlu.inputs.diagnostics import Finding, Severity, build_finding, nearest, printable, suggest
from tanlu.inputs.tree import Node
from tanlu.region.checks.edits import check_edits
from tanlu.region.factors.cells import pack_changes
from tanlu.region.factors.groups import GroupMove, changes_at, read_groups


def find_unknown_groups(tree: Node, experiment: Experiment, region: str) -> Iterator[Finding]:
    """Yield a fault for each factor whose group the pack has not, with the nearest name."""
    names = {factor: block.group for factor, block in experiment.factors.items() if block.group}
    groups = [*read_groups(region).groups] if names else []
    for factor, group in names.items():
        if group not in groups:
            there_are = build_message("there_are", names=groups or build_message("none"))
            values = {"group": printable(group), "advice": suggest(nearest(group, groups), there_are)}
            yield fault_at(tree, ("factors", factor, "group"), "unknown-group", **values)


def find_odd_moves(moves: tuple[GroupMove, ...], region: str) -> Iterator[Finding]:
    """Yield what checks of tables say of the figures at both ends of a group."""
    for end in GROUP_ENDS:
        for edit in check_edits(region, pack_changes(region, changes_at(moves, end))):
            path, reason = edit.change.cells.path, Message(f"found.{edit.finding.key}", edit.finding.values)
            values = {"key": f"{PACK}{path}", "table": edit.table, "line": edit.line, "reason": reason}
            yield build_finding(Severity.warning, "odd-edit", edit.finding.place, **values)
