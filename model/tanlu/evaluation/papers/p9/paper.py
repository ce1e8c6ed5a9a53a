"""What waiting is worth: a widget factory in two periods, and investors that wait for their trigger price."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.investment.appraisal import ProjectCase, appraise
from tanlu.investment.waiting import option_exponent, option_value, trigger_price, waiting_multiple

type Row = Mapping[str, str]

TRIGGERS = (1.5, 2.0, 3.0)
CHUNK = 250  # agents whose paths are held at once


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute the factory, the closed form, and agents.

    Agents are those of the first case.
    """
    widgets, agents = (
        {row["item"]: float(row["value"]) for row in inputs[name]} for name in ("widgets", "agents")
    )
    cases = {row["case"]: {key: float(row[key]) for key in row if key != "case"} for row in inputs["cases"]}
    closed_forms = [figure for name, case in cases.items() for figure in _closed_form(name, case)]
    first = next(iter(cases.values()))
    return dict([*_factory(widgets), *closed_forms, *_agents(first, agents)])


def _factory(x: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    def waiting_value(price: float) -> float:
        """Compute the present value of deciding in a year.

        Who sees a loss does not build.
        """
        odds = ((x["rise"], x["probability"]), (x["fall"], 1.0 - x["probability"]))
        return sum(part * max(_factory_value(x, price * factor, year=1), 0.0) for factor, part in odds)

    value_now, value_later = _factory_value(x, x["price"], year=0), waiting_value(x["price"])
    yield "widgets.now", value_now
    yield "widgets.wait", value_later
    yield "widgets.option", value_later - value_now
    low, high = x["price"], 2.0 * x["price"]  # investing now is worth less at the one and more at the other
    for _ in range(60):
        price = 0.5 * (low + high)
        low, high = (price, high) if _factory_value(x, price, year=0) < waiting_value(price) else (low, price)
    yield "widgets.indifference_price", high


def _factory_value(x: Mapping[str, float], price: float, year: int) -> float:
    """Compute the present value of a factory built after `year`.

    It sells widgets from then on.
    """
    spending = (0.0,) * year + (1.0,)
    case = ProjectCase(
        capex_cny=x["investment"],
        annual_cash_cny=price,
        life_years=None,
        rate=x["rate_percent"] / PERCENT_PER_SHARE,
        spending_shares=spending,
        first_operation_year=year,
    )
    return appraise(case).npv_cny


def _closed_form(name: str, case: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    walk = _walk(case)
    exponent, multiple = option_exponent(**walk), waiting_multiple(**walk)
    yield f"{name}.exponent", exponent
    yield f"{name}.trigger", multiple
    yield (
        f"{name}.option_value",
        option_value(worth=1.0, investment=1.0, multiple=multiple, exponent=exponent),
    )


def _walk(case: Mapping[str, float]) -> dict[str, float]:
    """Return rate, drift and volatility; what is not paid out is drift."""
    return {
        "rate": case["rate"],
        "drift": case["rate"] - case["payout_rate"],
        "volatility": case["volatility"],
    }


def _agents(case: Mapping[str, float], x: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Yield the mean worth of agents that wait for a trigger price.

    They begin as soon as the price they see has reached it. The project sells one unit a year for ever and costs 1,
    so that it is worth price / payout.
    """
    project = ProjectCase(1.0, 0.0, None, case["payout_rate"], paths=[[1.0]], quantities=[1.0])
    per_price = appraise(project._replace(capex_cny=0.0)).npv_cny
    price_now = trigger_price(project, 1.0)  # at which the project just pays, V = I
    triggers = [math.log(trigger_price(project, multiple) / price_now) for multiple in TRIGGERS]
    random, agents, dt = np.random.default_rng(int(x["seed"])), int(x["agents"]), x["step_years"]
    steps = round(x["horizon_years"] / dt)
    drift = (case["rate"] - case["payout_rate"] - 0.5 * case["volatility"] ** 2) * dt
    swing, worth = case["volatility"] * math.sqrt(dt), np.zeros(len(TRIGGERS))
    for _ in range(agents // CHUNK):
        path = random.standard_normal((CHUNK, steps))
        path *= swing
        path += drift
        np.cumsum(path, axis=1, out=path)
        for k, trigger in enumerate(triggers):
            has_reached = path >= trigger
            first = has_reached.argmax(axis=1)
            starters = np.flatnonzero(has_reached[np.arange(CHUNK), first])
            price = price_now * np.exp(path[starters, first[starters]])
            value = np.exp(-case["rate"] * dt * (first[starters] + 1)) * (per_price * price - 1.0)
            worth[k] += value.sum()
    for multiple, total in zip(TRIGGERS, worth, strict=True):
        yield f"agents.{multiple:g}", float(total) / agents
