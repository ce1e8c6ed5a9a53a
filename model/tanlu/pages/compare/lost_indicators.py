"""What to say of indicators that an address asks for and no answer has: links outlive names."""

from tanlu.core.words.messages import BilingualText, Message
from tanlu.indicators.catalogue import OF_A_SCENARIO, Description
from tanlu.inputs.diagnostics import nearest
from tanlu.output.figures.paths import EMISSIONS
from tanlu.pages.address import Address
from tanlu.pages.builder.notice import Notice
from tanlu.pages.compare.choice import LONGEST_NAME
from tanlu.pages.compare.indicators import described
from tanlu.pages.service import Service

USUAL_CHART = Message("notice.usual_chart", ())


def lost_indicators(asked: Address, service: Service) -> list[Notice]:
    """Return a notice for each: what was asked for, what is shown in its place, and what is named most like it."""
    compared, charts = asked.choice.indicator, [name for name in asked.smalls if name]
    if compared == EMISSIONS and not charts:
        return []  # as nearly always, and the baseline may still be on its way
    measures = service.baseline().measures
    known = described(measures.variables if measures else (), service.scenarios.baseline.region)
    shown: dict[str, BilingualText | Message] = {compared: _label(known[EMISSIONS])}
    shown |= dict.fromkeys(charts, USUAL_CHART)
    # Some are named after the policies and aims of each scenario.
    lost = [name for name in shown if name not in known and not name.startswith(OF_A_SCENARIO)]
    return [_notice(name, shown[name], known) for name in lost]


def _notice(name: str, shown: BilingualText | Message, known: dict[str, Description]) -> Notice:
    given, near = name[:LONGEST_NAME], nearest(name, known)
    if not near:
        return Notice("notice.unknown_indicator", given, shown)
    return Notice("notice.near_indicator", given, shown, _label(known[near]))


def _label(one: Description) -> BilingualText:
    return BilingualText(one.label["en"], one.label["zh"])
