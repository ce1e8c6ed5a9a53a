"""The documentation of regulators that review their policies, in both languages."""

import inspect

from tanlu.core.words import LANGUAGES
from tanlu.inputs.field_words import field_title
from tanlu.policies.texts.documentation import REGULATORS, document_fields, write_fields
from tanlu.scenario.regulators import BLOCKS, RegulatorBlock


def explain_regulators() -> str:
    """Write what regulators do, and the fields of each of their blocks."""
    titles = " · ".join(field_title("scenario.regulators", language) for language in LANGUAGES)
    parts = [f"{titles} ({REGULATORS})\n\n{inspect.getdoc(RegulatorBlock)}"]
    for owner, block in BLOCKS.items():
        english, chinese = (document_fields(block, owner, language) for language in LANGUAGES)
        parts.append(f"Fields: {owner}\n\n{write_fields(english, chinese)}")
    return "\n\n".join(parts) + "\n"
