"""The aims of each region: a card a region, each line a value, its aim, the margin and the draws that meet it."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import solara

from tanlu.core.words import text
from tanlu.output.aims_words import name_places
from tanlu.pages.measures import Summary, region_cards
from tanlu.pages.panels import page_words
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView


@solara.component_vue("region_aims.vue")
def RegionAimCards(cards: list[dict[str, Any]], words: dict[str, str], mark: str, sig: str) -> None:
    """Show a card a region."""


@solara.component
def RegionAimArea(view: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show what each region reaches of its aims."""
    places = name_places(session.service.axes, language)
    mark = found.progress.mark(language)
    cards = region_cards(found.regions, places, language, mark)
    words = page_words(language, "region_aims") | {"empty": text(language, "region_aims.empty")}
    RegionAimCards(cards=cards, words=words, mark=mark, sig=view.id)
