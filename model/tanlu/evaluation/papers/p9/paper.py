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
    """Return the figures of the factory, of the closed form in every case, and of agents in the first case."""
    widgets, agents = (
        {row["item"]: float(row["value"]) for row in inputs[name]} for name in ("widgets", "agents")
    )
    cases = {row["case"]: {key: float(row[key]) for key in row if key != "case"} for row in inputs["cases"]}
    closed = [figure for name, case in cases.items() for figure in _closed_form(name, case)]
    first = next(iter(cases.values()))
    return dict([*_factory(widgets), *closed, *_agents(first, agents)])


def _factory(x: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    def waited(price: float) -> float:
        """Return what deciding in a year is worth now: who sees a loss does not build."""
        odds = ((x["rise"], x["probability"]), (x["fall"], 1.0 - x["probability"]))
        return sum(part * max(_built(x, price * factor, year=1), 0.0) for factor, part in odds)

    now, later = _built(x, x["price"], year=0), waited(x["price"])
    yield "widgets.now", now
    yield "widgets.wait", later
    yield "widgets.option", later - now
    low, high = x["price"], 2.0 * x["price"]  # investing now is worth less at the one and more at the other
    for _ in range(60):
        price = 0.5 * (low + high)
        low, high = (price, high) if _built(x, price, year=0) < waited(price) else (low, price)
    yield "widgets.indifference_price", high


def _built(x: Mapping[str, float], price: float, year: int) -> float:
    """Return what the factory is worth now if it is built at the end of `year` and sells widgets from then on."""
    spent = (0.0,) * year + (1.0,)
    case = ProjectCase(
        capex_cny=x["investment"],
        annual_cash_cny=price,
        life_years=None,
        rate=x["rate_percent"] / PERCENT_PER_SHARE,
        spending_shares=spent,
        first_operation_year=year,
    )
    return appraise(case).npv_cny


def _closed_form(name: str, case: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    told = _walk(case)
    exponent, multiple = option_exponent(**told), waiting_multiple(**told)
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
    """Yield what agents earn on average that begin as soon as the price they see has reached their trigger price.

    The project sells one unit a year for ever and costs 1, so that it is worth price / payout.
    """
    project = ProjectCase(1.0, 0.0, None, case["payout_rate"], paths=[[1.0]], quantities=[1.0])
    per_price = appraise(project._replace(capex_cny=0.0)).npv_cny
    price_now = trigger_price(project, 1.0)  # at which the project just pays, V = I
    triggers = [math.log(trigger_price(project, multiple) / price_now) for multiple in TRIGGERS]
    random, agents, dt = np.random.default_rng(int(x["seed"])), int(x["agents"]), x["step_years"]
    steps = round(x["horizon_years"] / dt)
    drift = (case["rate"] - case["payout_rate"] - 0.5 * case["volatility"] ** 2) * dt
    swing, earned = case["volatility"] * math.sqrt(dt), np.zeros(len(TRIGGERS))
    for _ in range(agents // CHUNK):
        path = random.standard_normal((CHUNK, steps))
        path *= swing
        path += drift
        np.cumsum(path, axis=1, out=path)
        for k, trigger in enumerate(triggers):
            reached = path >= trigger
            first = reached.argmax(axis=1)
            begun = np.flatnonzero(reached[np.arange(CHUNK), first])
            price = price_now * np.exp(path[begun, first[begun]])
            value = np.exp(-case["rate"] * dt * (first[begun] + 1)) * (per_price * price - 1.0)
            earned[k] += value.sum()
    for multiple, total in zip(TRIGGERS, earned, strict=True):
        yield f"agents.{multiple:g}", float(total) / agents
