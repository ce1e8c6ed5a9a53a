"""Write quantities as each language does: Mt and bn CNY in English, 万吨, 亿吨 and 亿元 in Chinese."""

from typing import NamedTuple, TypedDict

from tanlu.core.words.numbers import MINUS


class Quantity(NamedTuple):
    """A number and its unit, ready to be read."""

    number: str
    unit: str

    def __str__(self) -> str:
        """Return number and unit, set apart where the script wants it."""
        tight = not self.unit or not self.unit[0].isascii()
        return f"{self.number}{'' if tight else ' '}{self.unit}"


class Axis(TypedDict):
    """How a chart shows values: times `factor`, with `digits` after the point."""

    factor: float
    digits: int
    unit: str


EMISSION_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 0, "unit": "Mt"},
    "zh": {"factor": 0.01, "digits": 2, "unit": "亿吨"},
}  # of Mt
POWER_AXIS: dict[str, Axis] = {
    "en": {"factor": 0.001, "digits": 1, "unit": "GW"},
    "zh": {"factor": 0.1, "digits": 0, "unit": "万千瓦"},
}  # of MW
VOLUME_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 1, "unit": "Mt"},
    "zh": {"factor": 100.0, "digits": 0, "unit": "万吨"},
}  # of Mt of CO2 in lines and stores
MONEY_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 1, "unit": "bn CNY"},
    "zh": {"factor": 10.0, "digits": 0, "unit": "亿元"},
}  # of bn CNY of 2020
TARIFF_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 0, "unit": "CNY/t"},
    "zh": {"factor": 1.0, "digits": 0, "unit": "元/吨"},
}  # of CNY of 2020 per tonne of CO2
PRICE_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 0, "unit": "CNY/MWh"},
    "zh": {"factor": 0.001, "digits": 3, "unit": "元/千瓦时"},
}  # of CNY of 2020 per MWh
ENERGY_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 2, "unit": "TWh"},
    "zh": {"factor": 10.0, "digits": 1, "unit": "亿千瓦时"},
}  # of TWh
ENERGY_GWH_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 0, "unit": "GWh"},
    "zh": {"factor": 0.01, "digits": 2, "unit": "亿千瓦时"},
}  # of GWh
CAPACITY_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 1, "unit": "GW"},
    "zh": {"factor": 100.0, "digits": 0, "unit": "万千瓦"},
}  # of GW
HOURS_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 1, "unit": "h"},
    "zh": {"factor": 1.0, "digits": 1, "unit": "小时"},
}  # a year
PERCENT_AXIS: dict[str, Axis] = {
    "en": {"factor": 1.0, "digits": 1, "unit": "%"},
    "zh": {"factor": 1.0, "digits": 1, "unit": "%"},
}


def number(value: float, digits: int) -> str:
    """Write a number with separated thousands and a true minus.

    What rounds to zero has no sign.
    """
    magnitude = f"{abs(value):,.{digits}f}"
    negative = value < 0 and any(digit in "123456789" for digit in magnitude)
    return f"{MINUS}{magnitude}" if negative else magnitude


def digits(value: float) -> int:
    """Count decimals: one below a hundred, none for zero."""
    return 1 if 0.05 <= abs(value) < 100 else 0


def emission(mt: float, language: str) -> Quantity:
    """Return an amount of CO2 given in Mt."""
    if language == "zh":
        large = abs(mt) >= 100
        return Quantity(number(mt / 100, 2), "亿吨") if large else Quantity(number(mt * 100, 0), "万吨")
    if abs(mt) >= 1000:
        return Quantity(number(mt / 1000, 2), "Gt")
    return Quantity(number(mt, digits(mt)), "Mt")


def money(bn_cny: float, language: str) -> Quantity:
    """Return an amount of money given in bn CNY of 2020."""
    if language == "zh":
        return Quantity(number(bn_cny * 10, 0), "亿元")
    return Quantity(number(bn_cny, digits(bn_cny)), "bn CNY")


def money_a_year(bn_cny: float, language: str) -> Quantity:
    """Return an amount of money a year given in bn CNY of 2020."""
    amount = money(bn_cny, language)
    return amount._replace(unit=f"{amount.unit}{'/年' if language == 'zh' else '/yr'}")


def electricity_price(cny_per_mwh: float, language: str) -> Quantity:
    """Return a price of electricity given in CNY of 2020 per MWh."""
    if language == "zh":
        return Quantity(number(cny_per_mwh / 1000, 3), "元/千瓦时")
    return Quantity(number(cny_per_mwh, 0), "CNY/MWh")


def cost_of_tonne(cny_per_tco2: float, language: str) -> Quantity:
    """Return money per tonne of CO2 given in CNY of 2020."""
    return Quantity(number(cny_per_tco2, 0), "元/吨" if language == "zh" else "CNY/t")


def energy(twh: float, language: str) -> Quantity:
    """Return an amount of electricity given in TWh."""
    if language == "zh":
        return Quantity(number(twh * 10, 1 if abs(twh) >= 0.005 else 0), "亿千瓦时")
    return Quantity(number(twh, 2 if abs(twh) >= 0.005 else 0), "TWh")


def hours(value: float, language: str) -> Quantity:
    """Return hours of a year."""
    return Quantity(number(value, 1 if abs(value) >= 0.05 else 0), "小时" if language == "zh" else "h")


def percent(share: float, language: str) -> Quantity:
    """Return a share given in percent."""
    if language == "zh":
        return Quantity(f"{number(share, 1)}%", "")
    return Quantity(number(share, 1), "%")


def capacity(gw: float, language: str) -> Quantity:
    """Return a capacity given in GW."""
    if language == "zh":
        return Quantity(number(gw * 100, 0), "万千瓦")
    return Quantity(number(gw, 1), "GW")


def year(value: float, language: str) -> Quantity:
    """Return a year."""
    return Quantity(f"{value:.0f}", "年" if language == "zh" else "")


def years(value: float, language: str) -> Quantity:
    """Return a number of years."""
    return Quantity(f"{value:.0f}", "年" if language == "zh" else "years")


def points(share: float, language: str) -> Quantity:
    """Return a difference of shares given in percentage points."""
    return Quantity(number(share, 1), "个百分点" if language == "zh" else "points")


def aims(count: float, language: str) -> Quantity:
    """Return a number of aims, a mean over draws with one decimal."""
    return Quantity(number(count, 0 if count == round(count) else 1), "项" if language == "zh" else "aims")


def signed(quantity: Quantity) -> str:
    """Return a difference with its sign always shown."""
    is_unsigned = quantity.number.startswith(MINUS) or not any(
        digit in "123456789" for digit in quantity.number
    )
    return str(quantity) if is_unsigned else f"+{quantity}"
