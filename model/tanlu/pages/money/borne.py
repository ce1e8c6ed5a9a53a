"""What each bears, in every draw: prices, bills and budgets as measured, and payments between all parties."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.intervals import band, held_percent, median_interval
from tanlu.core.words.numbers import A_YEAR
from tanlu.indicators.catalogue import BY_POLICY, is_rare
from tanlu.output.differences import Pairs, carried_to_all, half_widths
from tanlu.output.measures import Measures
from tanlu.pages.money.payments import GROUPS, Payments
from tanlu.pages.money.seen import CARBON_PAYERS

MONEY, A_PERSON = "bn CNY2020/yr", "CNY2020/person/yr"
CNY_A_PERSON = 1e3  # bn CNY for a million people
OUTSIDE = "rest"  # group that other provinces belong to
# Indicators of all places together, which results hold of each place too.
KNOWN_TOGETHER = ("Bill|", "Finance|")
MADE = ":"  # in the key of what is no indicator


class Bearer(NamedTuple):
    """Who bears something, and the indicators that say what."""

    key: str
    names: tuple[str, ...] = ()  # indicators
    below: tuple[str, ...] = ()  # every indicator whose name starts so is one too


BEARERS = (
    Bearer(
        "households",
        ("Bill|Electricity|Household", "Price|Final Energy|Residential|Electricity"),
        ("Price|Final Energy|Residential|Electricity|",),
    ),
    Bearer(
        "industry",
        ("Price|Final Energy|Industry|Electricity",),
        ("Price|Final Energy|Industry|Electricity|",),
    ),
    Bearer("commerce", ("Price|Final Energy|Commercial|Electricity",)),
    Bearer("farms", ("Price|Final Energy|Agriculture|Electricity",)),
    Bearer("carbon", (), ("Carbon Payments|",)),
    Bearer("budget", ("Public Budget|Climate Support|Net",), ("Public Budget|",)),
    Bearer("lenders", ("Finance|Lender Losses", "Finance|Defaults")),
    Bearer("owners", ("Stranded Assets",), ("Stranded Assets|",)),
    Bearer("net"),
)


class Borne(NamedTuple):
    """Something that somebody bears; axes R draws, G places (provinces, then all), Y years."""

    bearer: str
    key: str  # an indicator, or what payments tell and of whom
    unit: str
    draws: Floats  # [R, G, Y]; NaN where the model does not tell it of a place

    @property
    def adds_up(self) -> bool:
        """Whether it adds up over years: a price does not."""
        return self.unit.endswith(A_YEAR)


def borne_names(bearer: Bearer, variables: Sequence[str]) -> list[str]:
    """Return the indicators of a bearer: the named ones, then those below, each once."""
    below = [name for name in variables if bearer.below and name.startswith(bearer.below)]
    own = [name for name in below if not name.startswith(f"{BY_POLICY}|")]
    return [name for name in dict.fromkeys((*bearer.names, *own)) if name in variables]


def borne(measures: Measures, payments: Payments | None, people_million: Floats) -> list[Borne]:
    """Return all that is borne, by bearer; `people_million` live in each province [Y, P]."""
    rows: list[Borne] = []
    for bearer in BEARERS:
        if payments is not None:
            rows += MADE_ROWS.get(bearer.key, lambda *_: ())(payments, people_million)
        for name in borne_names(bearer, measures.variables):
            at = measures.variables.index(name)
            draws, provinces = measures.values[:, at], people_million.shape[1]
            if name.startswith(KNOWN_TOGETHER):
                draws = _together(draws[:, -1], provinces)
            rows.append(Borne(bearer.key, name, measures.units[at], draws))
    return rows


def _by_person(payments: Payments, people_million: Floats) -> Iterator[Borne]:
    """Yield what households pay a person: for electricity and carbon, and for all less what they get."""
    home, grid = GROUPS.index("households"), GROUPS.index("grid")
    paid, everybody = payments.paid, people_million.sum(axis=1)
    price = payments.carbon_price[:, :, list(CARBON_PAYERS).index("households")]
    places = np.concatenate([price / people_million, (price.sum(axis=2) / everybody)[..., None]], axis=2)
    electricity = paid[:, :, home, grid] - paid[:, :, grid, home]
    provinces = people_million.shape[1]
    for key, draws in (
        ("electricity", _together(electricity / everybody, provinces)),
        ("carbon_price", np.moveaxis(places, 2, 1)),
        ("all", _together(net_paid(payments)[:, :, home] / everybody, provinces)),
    ):
        yield Borne("households", f"person{MADE}{key}", A_PERSON, CNY_A_PERSON * draws)


def _by_payer(payments: Payments, people_million: Floats) -> Iterator[Borne]:
    """Yield what each sector pays for its CO2: at the fixed price by province, and for allowances."""
    for k, who in enumerate(CARBON_PAYERS):
        price = payments.carbon_price[:, :, k]
        places = np.concatenate([price, price.sum(axis=2, keepdims=True)], axis=2)
        yield Borne("carbon", f"carbon_price{MADE}{who}", MONEY, np.moveaxis(places, 2, 1))
    for k, who in enumerate(CARBON_PAYERS):
        draws = _together(payments.allowances[:, :, k], people_million.shape[1])
        yield Borne("carbon", f"allowances{MADE}{who}", MONEY, draws)


def _net(payments: Payments, people_million: Floats) -> Iterator[Borne]:
    """Yield what each group pays less what it gets, other provinces apart, and all of them together."""
    net, trade = net_paid(payments), payments.power_trade
    of = {who: net[:, :, g] for g, who in enumerate(GROUPS) if who != OUTSIDE}
    of |= {"other_provinces": trade, "others": net[:, :, GROUPS.index(OUTSIDE)] - trade}
    for who, values in (of | {"everybody": np.sum(list(of.values()), axis=0)}).items():
        yield Borne("net", f"net{MADE}{who}", MONEY, _together(values, people_million.shape[1]))


MADE_ROWS = {"households": _by_person, "carbon": _by_payer, "net": _net}  # before the indicators of a bearer


def net_paid(payments: Payments) -> Floats:
    """Return what each group pays less what it gets [R, Y, G]."""
    return np.asarray(payments.paid.sum(axis=3) - payments.paid.sum(axis=2))


def _together(values: Floats, provinces: int) -> Floats:
    """Return values of all places together [R, Y] by place, unknown of each province [R, P + 1, Y]."""
    unknown = np.full((len(values), provinces, values.shape[1]), np.nan)
    return np.concatenate([unknown, values[:, None]], axis=1)


class BorneRow(NamedTuple):
    """A row of the table: what is borne in an answer, and in its reference where there is one."""

    now: Borne
    before: Floats | None  # [R', G, Y]

    def summed(self, counted: Booleans) -> "BorneRow | None":
        """Return its sum over some years, without their axis; None where it does not add up."""
        if not self.now.adds_up:
            return None
        now = self.now._replace(draws=self.now.draws[..., counted].sum(axis=-1))
        return BorneRow(now, None if self.before is None else self.before[..., counted].sum(axis=-1))


def borne_rows(now: Sequence[Borne], before: Sequence[Borne]) -> list[BorneRow]:
    """Return the rows to show; what payments tell is left out where it is nothing in both."""
    usual = {(one.bearer, one.key): one.draws for one in before}
    rows = [BorneRow(one, usual.get((one.bearer, one.key))) for one in now]
    return [row for row in rows if MADE not in row.now.key or _is_something(row)]


def _is_something(row: BorneRow) -> bool:
    """Check whether anything is paid, or the row shows that all together are nothing."""
    drawn = [row.now.draws] if row.before is None else [row.now.draws, row.before]
    return row.now.key.endswith("everybody") or any(np.nan_to_num(one).any() for one in drawn)


class Spread(NamedTuple):
    """A figure over draws; an effect is None without a reference."""

    mean: Floats  # [...]
    low: Floats  # ends of the band; NaN of one draw
    high: Floats
    effect: Floats | None  # mean change against the reference, of the median where it is rare
    change_low: Floats | None  # ends of its 95 % interval; NaN of one draw, or of draws without a common seed
    change_high: Floats | None
    pairs: int
    held_percent: float  # chance that a further draw lies in the band; NaN of one draw
    is_rare: bool = False

    @property
    def half_width(self) -> Floats | None:
        """Half the interval of a mean; None without a reference and where it is rare."""
        if self.change_high is None or self.effect is None or self.is_rare:
            return None
        return self.change_high - self.effect

    @property
    def in_noise(self) -> Booleans | None:
        """Whether the interval of a mean holds zero; not said of what is the same, nor without an interval."""
        if self.effect is None or self.half_width is None:
            return None
        return (self.effect != 0.0) & (np.abs(self.effect) <= self.half_width)


def spread_of(row: BorneRow, pairs: Pairs) -> Spread:
    """Sum up a row over its draws as it is told.

    Until all draws are there the mean is that of the reference with the mean difference of the pairs so far. A change
    of what is rare is the median of pairs with its interval by ranks.
    """
    now, before, held = row.now.draws, row.before, held_percent(len(row.now.draws))
    mean = now.mean(axis=0)
    low, high = band(now) if len(now) > 1 else [np.full(mean.shape, np.nan)] * 2
    if before is None:
        return Spread(mean, low, high, None, None, None, 0, held)
    one, other = now[pairs.of_result], before[pairs.of_baseline]
    number = min(len(one), len(other))
    if pairs.paired and len(now) < len(before):
        mean = carried_to_all(now, before).mean(axis=0)
    if pairs.paired and number > 1 and is_rare(row.now.key):
        changes = one - other
        ends = median_interval(changes)
        return Spread(mean, low, high, np.median(changes, axis=0), *ends, number, held, is_rare=True)
    if pairs.paired:
        effect, width = (one - other).mean(axis=0), half_widths(one - other)
    else:
        effect = one.mean(axis=0) - other.mean(axis=0)
        width = np.full(effect.shape, np.nan)
    return Spread(mean, low, high, effect, effect - width, effect + width, number, held)
