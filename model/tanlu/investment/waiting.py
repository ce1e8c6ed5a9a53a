"""An investor that may wait: how far above its cost a project must be worth before it is begun.

What a project is worth, V, drifts at `drift` and swings at `volatility` (geometric Brownian motion); the investment I
is lost once made. Then it is begun at V = m I, with m = b / (b - 1) and

    b = 1/2 - drift / s^2 + sqrt((drift / s^2 - 1/2)^2 + 2 rate / s^2)

Source: McDonald and Siegel 1986, Quarterly Journal of Economics 101(4); Dixit and Pindyck 1994, chapter 5.
"""

import math

from tanlu.core.economics import power
from tanlu.investment.appraisal import ProjectCase, appraise


def option_exponent(*, rate: float, drift: float, volatility: float) -> float:
    """Compute b, the exponent of the value of waiting.

    The right to invest, F, grows as V^b; b is inf where V only falls.

    Raises:
        ValueError: if the rate is not positive or the volatility negative.
    """
    if not (rate > 0.0 and volatility >= 0.0):
        raise ValueError(f"waiting needs a rate above 0 and a volatility of at least 0: {rate}, {volatility}")
    variance = volatility * volatility
    if variance == 0.0:
        return rate / drift if drift > 0.0 else math.inf
    half = drift / variance - 0.5
    return math.sqrt(half * half + 2.0 * rate / variance) - half


def waiting_multiple(*, rate: float, drift: float, volatility: float, awareness: float = 1.0) -> float:
    """Compute m, the worth per CNY invested that triggers investment.

    1 if waiting is worth nothing, inf if it never ends.

    Args:
        rate: at which the investor discounts.
        drift: growth a year of what the project is worth.
        volatility: of it, a year.
        awareness: 0 for who only asks whether it pays now, 1 for who sees all that waiting is worth.

    Raises:
        ValueError: as `option_exponent`.
    """
    b = option_exponent(rate=rate, drift=drift, volatility=volatility)
    multiple = 1.0 if math.isinf(b) else b / (b - 1.0) if b > 1.0 else math.inf
    return 1.0 + awareness * (multiple - 1.0) if awareness else 1.0


def option_value(*, worth: float, investment: float, multiple: float, exponent: float) -> float:
    """Value the right to invest with trigger V = `multiple` x `investment`.

    F = (m - 1) I (V / (m I))^b below the trigger; the highest over all m is that of `waiting_multiple`.
    """
    trigger = multiple * investment
    if worth >= trigger:
        return worth - investment
    if math.isinf(exponent):
        return 0.0
    return (trigger - investment) * float(power(worth / trigger, exponent))


def trigger_price(case: ProjectCase, multiple: float) -> float:
    """Compute the trigger price of an investor who may wait.

    At it what the paths bring is `multiple` times all costs.

    Args:
        case: its paths are what is expected of a price that is 1 today.
        multiple: `waiting_multiple`; with 1 this is the switching price.

    Raises:
        ValueError: as `appraise`.
    """
    revenue = appraise(case._replace(capex_cny=0.0, annual_cash_cny=0.0)).npv_cny
    cost = -appraise(case._replace(paths=None, quantities=None)).npv_cny
    return multiple * cost / revenue
