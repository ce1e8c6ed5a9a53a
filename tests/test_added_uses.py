"""Fuel that agents burn or leave, and CO2 that they buy: in emissions, money and balances, once."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import tanlu
from tanlu.core.axes import CARRIER, SECTOR
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.records.year import YearRecord
from tests.test_trades import FIRST, NORTH, REGION, SMALL, SOUTH, model, same

EXAMPLES = Path(__file__).parents[1] / "examples"
GAS_TCO2_PER_GJ = float(REGION.power.carrier_co2_t_per_gj[CARRIER["gas"]])
GJ = 1e6


def agent(method: str, *answers: object, name: str = "Mine") -> type[tanlu.Agent]:
    """Return a kind of agents whose method answers the same every year from the first on."""

    def answer(self: tanlu.Agent, view: tanlu.YearView) -> Sequence[object]:
        return answers if view.year >= FIRST else ()

    return type(name, (tanlu.Agent,), {method: answer})


@cache
def records(*agents: type[tanlu.Agent]) -> YearRecord:
    """Live through a run until the first year of the agents, and return what it recorded."""
    return model(*agents, last=FIRST).run().record


def differ(record: YearRecord) -> tuple[str, ...]:
    """Name the parts of a record that differ from those of a run without agents."""
    usual = records()
    return tuple(name for name in usual._fields if not same(getattr(usual, name), getattr(record, name)))


def test_who_burns_and_buys_nothing_leaves_every_bit() -> None:
    silent = [agent(method, name=method.title().replace("_", "")) for method in ("burn_fuel", "offer_co2")]
    assert differ(records(*silent)) == ("extensions",)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_fuel_is_in_emissions_once(sign: float) -> None:
    uses = (
        tanlu.FuelUse(NORTH, "chemicals", "gas", sign * GJ),
        tanlu.FuelUse(SOUTH, "buildings", "gas", -sign * 3 * GJ),
    )
    burnt = records(agent("burn_fuel", *uses))
    usual, changed = records().emissions, burnt.emissions
    by_sector = (changed.by_sector_tco2 - usual.by_sector_tco2)[-1]
    assert by_sector[0, SECTOR["chemicals"]] == pytest.approx(sign * GJ * GAS_TCO2_PER_GJ, rel=1e-9)
    assert by_sector[1, SECTOR["buildings"]] == pytest.approx(-sign * 3.0 * GJ * GAS_TCO2_PER_GJ, rel=1e-9)
    assert np.count_nonzero(np.abs(by_sector) > 1e-3) == 2
    by_carrier = (changed.by_carrier_tco2 - usual.by_carrier_tco2)[-1]
    np.testing.assert_allclose(by_carrier.sum(axis=1), by_sector.sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(
        (changed.fuel_gj - usual.fuel_gj)[-1, :, 2], [sign * GJ, -sign * 3.0 * GJ], rtol=1e-9
    )
    assert set(differ(burnt)) <= {"emissions", "public", "extensions", "balances"}, (
        "markets see nothing of it"
    )
    np.testing.assert_allclose(burnt.extensions["mine_fuel_gj"][-1], [sign * GJ, -sign * 3.0 * GJ])


def test_fuel_and_its_co2_are_paid_at_the_years_prices() -> None:
    views: list[tanlu.YearView] = []
    burner = agent(
        "burn_fuel", tanlu.FuelUse(NORTH, "steel", "coal", GJ), tanlu.FuelUse(SOUTH, "chemicals", "gas", -GJ)
    )
    burner.after_age = lambda self, view, year: views.append(view)
    record = records(burner)
    signals, paid = views[-1].signals, {name: value[-1] for name, value in record.extensions.items()}
    price, factor = signals.prices.energy_price_cny_per_gj, REGION.power.carrier_co2_t_per_gj
    assert paid["mine_fuel_cny"].tolist() == pytest.approx([GJ * price[0, 0], 0.0])
    assert paid["mine_fuel_saved_cny"].tolist() == pytest.approx([0.0, GJ * price[1, 2]])
    cost = signals.carbon.carbon_cost_cny_per_tco2[0, SECTOR["steel"]]
    assert cost > signals.policy.carbon.price_cny_per_tco2[0, SECTOR["steel"]] > 0.0, (
        "a tax, and a market or border"
    )
    whole = paid["mine_carbon_price_cny"] + paid["mine_carbon_market_cny"]
    assert whole[0] == pytest.approx(GJ * factor[0] * cost)


def test_co2_is_bought_and_paid_for_and_all_balances_hold() -> None:
    buyers = agent(
        "offer_co2", tanlu.CO2Buyer(NORTH, 4e4, 900.0, 0.5), tanlu.CO2Buyer(SOUTH, 1e4, 900.0), name="Buyers"
    )
    burner = agent("burn_fuel", tanlu.FuelUse(NORTH, "chemicals", "gas", -GJ), name="Burner")
    case = {**SMALL.model_dump(exclude_unset=True), "years": {"start": 2026, "end": 2031}}
    result = tanlu.simulate(
        case,
        extensions=[
            tanlu.Extension(
                name="uses",
                agents=(buyers, burner),
                indicators=tuple(
                    tanlu.Indicator(name, "t", lambda record, name=name: record.extensions[f"buyers_{name}"])
                    for name in ("bought_tco2", "bound_tco2", "co2_cny")
                ),
            )
        ],
    )
    errors = [name for name in result.measures.variables if name.startswith("Balance Error")]
    assert len(errors) == 6 and max(result.draws(name).max() for name in errors) < 1e-9
    bought, bound, paid = (result.path(name) for name in ("bought_tco2", "bound_tco2", "co2_cny"))
    assert bought[2031] == pytest.approx(5e4) and bound[2031] == pytest.approx(2e4)
    np.testing.assert_allclose(paid, 900.0 * bought)


# --- the guard -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "answer", "says"),
    [
        ("burn_fuel", None, "returns NoneType, not a list of `tanlu.FuelUse`"),
        ("burn_fuel", [tanlu.CO2Buyer(NORTH, 1.0, 1.0)], "returns CO2Buyer, not a list of `tanlu.FuelUse`"),
        ("burn_fuel", [tanlu.FuelUse("Nort", "steel", "gas", 1.0)], "did you mean `North`?"),
        ("burn_fuel", [tanlu.FuelUse(NORTH, "stell", "gas", 1.0)], "is 'stell'; did you mean `steel`?"),
        ("burn_fuel", [tanlu.FuelUse(NORTH, "steel", "gass", 1.0)], "did you mean `gas`?"),
        ("burn_fuel", [tanlu.FuelUse(NORTH, "steel", "gas", np.inf)], "`gj` of a `FuelUse` holds inf; it must"),
        ("burn_fuel", [tanlu.FuelUse(NORTH, "steel", "gas", "1")], "`gj` of a `FuelUse` holds 1"),
        ("burn_fuel", [tanlu.FuelUse(NORTH, "chemicals", "gas", -4e6)] * 2, "takes 8,000,000 GJ of gas out of chemi"),
        ("burn_fuel", [tanlu.FuelUse(NORTH, "electricity", "coal", -1.0)], "burn 0 GJ of it into the air"),
        ("offer_co2", tanlu.CO2Buyer(NORTH, 1.0, 1.0), "returns CO2Buyer, not a list of `tanlu.CO2Buyer`"),
        ("offer_co2", [tanlu.CO2Buyer(NORTH, -1.0, 1.0)], "`tco2` of a `CO2Buyer` holds -1"),
        ("offer_co2", [tanlu.CO2Buyer(NORTH, 1.0, np.nan)], "`price_cny_per_tco2` of a `CO2Buyer` holds nan"),
        ("offer_co2", [tanlu.CO2Buyer(NORTH, 1.0, 1.0, 1.5)], "is 1.5; it must be between 0 and 1"),
    ],
)  # fmt: skip
def test_a_use_that_is_wrong_is_one_sentence(method: str, answer: object, says: str) -> None:
    kind = type("Mine", (tanlu.Agent,), {method: lambda self, view: answer})
    with pytest.raises(ExtensionError, match=re.escape(says)) as caught:
        model(kind).step()
    english, chinese = (caught.value.in_language(language) for language in ("en", "zh"))
    assert re.match(rf"Mine\.{method}, \d{{4}}: ", english) and "\n" not in english
    assert re.search("[\u4e00-\u9fff]", chinese)


def test_two_kinds_take_out_no_more_than_there_is() -> None:
    half = tanlu.FuelUse(NORTH, "chemicals", "gas", -4e6)
    first, second = (agent("burn_fuel", half, name=name) for name in ("Left", "Right"))
    with pytest.raises(ExtensionError, match=r"Right\.burn_fuel, 2026: takes 8,000,000 GJ"):
        model(second, first, last=FIRST).run()


# --- the example -----------------------------------------------------------------------------------------------------


def test_heat_pumps_take_electricity_and_leave_gas_once() -> None:
    file = EXAMPLES / "heat_pumps.py"
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 80
    case = {**SMALL.model_dump(exclude_unset=True), "years": {"start": 2025, "end": 2029}}
    result = tanlu.simulate(case, extensions=[file])
    gas, power = (result.path(f"Works Heat Pumps|{name}") for name in ("Gas", "Electricity"))
    assert gas[2025] == power[2025] == 0.0
    assert gas[2029] == pytest.approx(-1.8 / 0.9) and gas[2027] == pytest.approx(gas[2029] / 2.0)
    assert power[2029] == pytest.approx(1.8e6 / 2.2 / 3.6 / 1e6, rel=1e-3)
    errors = [name for name in result.measures.variables if name.startswith("Balance Error")]
    assert max(result.draws(name).max() for name in errors) < 1e-9
