"""Cards of the first screen: what they say of money that comes in, and of what is rare."""

import re

import numpy as np
import pytest

from tanlu.core.intervals import rare_outcome
from tanlu.core.words import LANGUAGES
from tanlu.output.figures.figure import EFFECT, LEVEL, PRICE, Figure
from tanlu.output.figures.paths import DrawProgress
from tanlu.output.figures.phrases import plain
from tanlu.output.figures.verdict import CHANGES, MONEY, RISK, TARIFF, VerdictFigures, verdict_cards

DRAWS = 8


def figure(key: str, value: float, unit: str, kind: str, half_width: float = 1.0) -> Figure:
    ends = value - half_width, value + half_width
    return Figure(key, "Anything", "Chengyu", "2030", value, *ends, unit, kind, DRAWS, DRAWS)


def cards_of(change: Figure, risk: Figure, language: str) -> dict[str, dict]:
    industry = figure("tariff_industry_rise", 20.0, PRICE, EFFECT)
    levels = [figure(key, 5.0, "h/yr" if key == RISK else PRICE, LEVEL) for key in (RISK, TARIFF)]
    figures = [*levels, figure(MONEY, -3.0, "bn CNY2020/yr", LEVEL), change, risk, industry]
    figures.append(figure(CHANGES[TARIFF], 10.0, PRICE, EFFECT))
    told = VerdictFigures(
        {one.key: one for one in figures}, (), None, "baseline", DrawProgress(DRAWS, DRAWS), {}
    )
    return {card["key"]: card for card in verdict_cards(told, language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_income_and_its_interval_have_no_sign_and_a_rare_risk_is_told_by_its_draws(language: str) -> None:
    """Both ends of an income turn with it; of a rare outcome no largest rise is told, since no mean is known."""
    draws = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.8, 1.6])
    money = figure(CHANGES[MONEY], -136.0, "bn CNY2020/yr", EFFECT)
    risk = figure(CHANGES[RISK], 0.35, "h/yr", EFFECT)._replace(rare=rare_outcome(draws))
    cards = cards_of(money, risk, language)
    income = " ".join(map(plain, cards[MONEY]["lines"]))
    low, high = (float(end.replace(",", "")) for end in re.findall(r"([\d,]+) – ([\d,]+)", income)[0])
    assert 0.0 < low < high and "−" not in income
    (line,) = map(plain, cards[RISK]["lines"])
    assert "3" in line and "8" in line and "1.6" in line and risk.window not in line
