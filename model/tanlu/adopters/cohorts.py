"""Cohorts of adopters: what each buys when equipment wears out, and what all of it burns and takes."""

from typing import NamedTuple

import numpy as np

from tanlu.adopters.costs import (
    CARBON,
    EQUIPMENT,
    MONEY,
    POWER,
    RUNNING,
    UPKEEP,
    AdopterAppraisal,
    CohortRows,
    appraise_money,
)
from tanlu.core.arrays import Floats
from tanlu.core.axes import END_USE_TECHNOLOGIES, PARTS, S
from tanlu.core.economics import logarithm, use_at_cost, value_forgone_use
from tanlu.core.mesa_classes import Model
from tanlu.core.parties import BLOCK_PAYERS, PARTY, block_payer_shares
from tanlu.core.payments import repeat_number
from tanlu.core.schedules import EQUIPMENT_GRANT, SUBSIDY_AXES, Pieces, PolicySchedule
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH
from tanlu.core.words import LANGUAGES, text
from tanlu.investment.population import Population
from tanlu.kernels.adopters import turn_over
from tanlu.kernels.choice import logit_shares
from tanlu.region.cohorts import ELECTRIC, FUELS_BURNT
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.region.tables import year_index

NEW = 0  # age of what was bought in the year


class EndUse(NamedTuple):
    """What cohorts buy, burn and take in a year; axes N province x cohort, K `END_USE_TECHNOLOGIES`."""

    appraisal: AdopterAppraisal
    taste: Floats  # [N, K] what past choices show beyond cost, in the logit
    shares: Floats  # [N, K] of what is bought
    sales_gj_per_year: Floats  # [N] useful energy a year
    stock_gj_per_year: Floats  # [N, K, AGES] at the end of the year
    use_factor: Floats  # [N] of the need that is served
    final_gj: Floats  # [N, K] burnt or taken
    equipment_cny: Floats  # [N, K] what is bought costs before grants
    upkeep_cny: Floats  # [N]
    forgone_use_cny: Floats  # [N] what useful energy was worth that is not used for its carbon cost

    @property
    def fuel_gj(self) -> Floats:
        """Fuel by carrier [N, ENERGY]."""
        return self.final_gj[:, : len(ENERGY)]

    @property
    def electricity_mwh(self) -> Floats:
        """Electricity [N]."""
        return np.asarray(self.final_gj[:, ELECTRIC].sum(axis=1) / GJ_PER_MWH)


class Adopters(Population):
    """Cohorts of adopters: one row per province and cohort of the pack, each standing for many.

    Args:
        model: that they register with.
        region: the pack.
        block_fuel_gj: what the rest of each sector burnt in the base year, [P, S, ENERGY].
        part_mwh: what each part of demand took in it, [Q, P].
    """

    kind = "Adopters"
    columns = ("province", "sector", "part", "use_factor")

    def __init__(self, model: Model, region: Region, block_fuel_gj: Floats, part_mwh: Floats) -> None:
        provinces, labels, data = region.axes.provinces, region.axes.labels, region.cohorts
        places = [(p, u) for p in range(len(provinces)) for u in range(len(data.names))]
        super().__init__(
            model,
            [f"{data.names[u]}_{provinces[p].lower()}" for p, u in places],
            *(
                [_name(labels[provinces[p]][language], cohorts[u], language) for p, u in places]
                for language, cohorts in zip(LANGUAGES, (data.labels_en, data.labels_zh), strict=True)
            ),
        )
        self.region = region
        province, cohort = np.array(places).T
        self.rows = CohortRows(
            province,
            *(getattr(data, column)[cohort] for column in CohortRows._fields if column != "province"),
        )
        self.province, self.sector, self.part = province, self.rows.sector, self.rows.part
        useful = _base_useful_gj(
            self.rows, data.fuel_share[cohort], data.part_share[cohort], block_fuel_gj, part_mwh
        )
        survival = data.survival[cohort]
        self.need_gj = useful.sum(axis=1)  # useful energy in the base year
        self.kept_share = data.kept_share[cohort]
        self.stock_gj_per_year = useful[..., None] * survival / survival.sum(axis=2, keepdims=True)
        self.use_factor = np.ones(len(self))
        # What the base year's buyers paid [N, K, MONEY], and what it does not explain [N, K]: known with its tariffs.
        self.first_money: Floats | None = None
        self.taste: Floats | None = None

    @property
    def stock_share(self) -> Floats:
        """Share of each technology in what stands [N, K]."""
        stock = self.stock_gj_per_year.sum(axis=2)
        total = stock.sum(axis=1, keepdims=True)
        return np.divide(stock, total, out=np.zeros_like(stock), where=total > 0.0)

    def offer(self, signals: Signals, demand_factor: float) -> EndUse:
        """Plan the year's purchases and use; changes nothing.

        Args:
            signals: the year's signals.
            demand_factor: on the useful energy that is needed.
        """
        money, stock_share = self._appraise_money(signals), self.stock_share
        taste = self._read_taste(money, stock_share) if self.taste is None else self.taste
        is_first = self.first_money is None
        grant_share = signals.subsidies[EQUIPMENT_GRANT][self.province, self.sector]
        appraisal, score = self._appraise(money, grant_share, stock_share, taste)
        wanted = logit_shares(score=score, feasible=appraisal.offered, scale=1.0)
        limit = signals.policy.equipment.sales_limit_share
        shares = limit_shares(wanted, limit[self.province, self.sector]) if limit.min() < 1.0 else wanted
        need_gj = self._need_gj(signals.year, demand_factor)[None]
        if is_first:  # the base year, whose stock is what the inventory shows
            stock = self.stock_gj_per_year
            used, sales = stock.sum(axis=2)[None] * demand_factor, stock[..., NEW].sum(axis=1)[None]
        else:
            used, sales, stock = turn_over(self.stock_gj_per_year, self.kept_share, need_gj, shares)
        running, carbon = self._running_costs(money, stock_share)
        use_factor = self._adjust_use(running, carbon)
        spared_gj = used[0].sum(axis=1) * (1.0 - use_factor)
        price = -money[..., EQUIPMENT] / self.rows.annuity_per_year
        return EndUse(
            appraisal=appraisal,
            taste=taste,
            shares=shares,
            sales_gj_per_year=sales[0],
            stock_gj_per_year=stock,
            use_factor=use_factor,
            final_gj=used[0] * use_factor[:, None] / self.rows.useful_gj_per_gj,
            equipment_cny=sales[0][:, None] * shares * price,
            upkeep_cny=-(used[0] * money[..., UPKEEP]).sum(axis=1),
            forgone_use_cny=value_forgone_use(spared_gj, running + carbon, running),
        )

    def settle(self, year: EndUse) -> None:
        """Keep the year's stock and use for next year's buyers."""
        self.stock_gj_per_year, self.use_factor = year.stock_gj_per_year, year.use_factor
        if self.first_money is None:
            self.first_money = year.appraisal.terms_cny_per_gj[..., :MONEY]
        else:
            self.taste = year.taste

    def subsidised(self, year: EndUse, policy: PolicySchedule) -> tuple[Pieces, ...]:
        """List what equipment bought in a year costs, CNY, of which grants are a share.

        There is one entry for each of `BLOCK_PAYERS`, none without a grant. Where grants promise more than the price,
        they pay the price.
        """
        schemes = policy.schemes_of_kind(EQUIPMENT_GRANT)
        if not schemes:
            return ()
        promised = np.zeros(self.region.axes.shape(*SUBSIDY_AXES[EQUIPMENT_GRANT]))
        for scheme in schemes:
            promised += scheme.rate
        bought_cny = year.equipment_cny / np.maximum(promised[self.province, self.sector], 1.0)
        home = self.region.parameters["residential_share_of_cooling_and_heating"]
        paid_share = block_payer_shares(home)[:, self.sector, None]
        return tuple(
            Pieces(
                EQUIPMENT_GRANT,
                (self.province, self.sector),
                bought_cny * paid_share[payer],
                repeat_number(PARTY[name], len(self)),
            )
            for payer, name in enumerate(BLOCK_PAYERS)
        )

    def sum_fuel_gj(self, year: EndUse) -> Floats:
        """Sum what cohorts burn by province, sector and carrier [P, S, ENERGY]."""
        burnt = np.zeros((len(self.region.axes.provinces), S, len(ENERGY)))
        np.add.at(burnt, (self.province, self.sector), year.fuel_gj)
        return burnt

    def sum_electricity_mwh(self, electricity_mwh: Floats) -> Floats:
        """Sum electricity of cohorts [N] by part of demand [Q, P]."""
        taken = np.zeros((len(PARTS), len(self.region.axes.provinces)))
        np.add.at(taken, (self.part, self.province), electricity_mwh)
        return taken

    def project_electricity(self, year: EndUse, first: int, years: int, demand_factor: float) -> Floats:
        """Project what cohorts take while they choose as this year, MWh [years, Q, P].

        Args:
            year: this year.
            first: year that comes next.
            years: how many.
            demand_factor: on the useful energy that is needed.
        """
        need_gj = np.stack([self._need_gj(first + k, demand_factor) for k in range(years)])
        used, _, _ = turn_over(year.stock_gj_per_year, self.kept_share, need_gj, year.shares)
        final_gj = used * year.use_factor[:, None] / self.rows.useful_gj_per_gj
        taken_mwh = final_gj[..., ELECTRIC].sum(axis=2) / GJ_PER_MWH
        return np.stack([self.sum_electricity_mwh(mwh) for mwh in taken_mwh])

    def _need_gj(self, year: int, demand_factor: float) -> Floats:
        """Compute the useful energy that is needed at the base year's running cost [N]."""
        data, t = self.region.industry, year_index(year)
        level = (
            data.activity[t, self.province, self.sector]
            * data.fossil_intensity[t, self.province, self.sector]
        )
        return self.need_gj * level * demand_factor

    def _appraise_money(self, signals: Signals) -> Floats:
        years_since = signals.year - self.region.base_year
        return appraise_money(self.rows, signals, self.region.power.carrier_co2_t_per_gj, years_since)

    def _read_taste(self, money: Floats, stock_share: Floats) -> Floats:
        """Read from the base year's sales what cost and others do not explain [N, K].

        They were chosen at that year's fuel prices, and at its tariffs, which are cleared in it and told a year later.
        """
        if self.first_money is not None:
            money = np.where(np.arange(MONEY) == POWER, money, self.first_money)
        x, sold = self.region.parameters, np.maximum(self.rows.sales_share, 1e-12)
        explained = x["cohort_peer_weight"] * stock_share - x["cohort_cost_exponent"] * _log_cost(
            -money.sum(axis=2)
        )
        return logarithm(sold) - explained

    def _appraise(
        self, money: Floats, grant_share: Floats, stock_share: Floats, taste: Floats
    ) -> tuple[AdopterAppraisal, Floats]:
        """Appraise each technology; return it with the score in the logit [N, K].

        A grant pays at most what equipment costs.

        Source: Clarke and Edmonds 1993, modified logit of relative cost. The terms tell it in money: what a share is
        worth in the logit times the mean cost over the exponent.
        """
        x, offered = self.region.parameters, self.rows.offered
        peers = x["cohort_peer_weight"] * stock_share
        grant = -money[..., EQUIPMENT] * np.minimum(grant_share, 1.0)
        cost = -money.sum(axis=2) - grant
        score = taste - x["cohort_cost_exponent"] * _log_cost(cost) + peers
        scale = cost.sum(axis=1) / offered.sum(axis=1) / x["cohort_cost_exponent"]
        rest = (score - peers) * scale[:, None] + cost
        beyond = np.stack([grant, rest * offered, peers * scale[:, None] * offered], axis=2)
        terms = np.concatenate([money, beyond], axis=2)
        return AdopterAppraisal(END_USE_TECHNOLOGIES, terms, scale, offered), score

    def _running_costs(self, money: Floats, stock_share: Floats) -> tuple[Floats, Floats]:
        """Compute the stock's running cost, and what a carbon price adds to it, CNY/GJ of useful energy [N] each."""
        cost = (stock_share[:, :, None] * -money).sum(axis=1)
        return cost[:, RUNNING].sum(axis=1), cost[:, CARBON]

    def _adjust_use(self, running: Floats, carbon: Floats) -> Floats:
        """Adjust use to what a carbon price adds to the stock's running cost [N]."""
        wanted = use_at_cost(running + carbon, running, self.rows.demand_elasticity)
        pace = self.region.parameters["cohort_use_adjustment_share"]
        return np.asarray(self.use_factor + pace * (wanted - self.use_factor))


def limit_shares(wanted_share: Floats, most_share: Floats) -> Floats:
    """Limit shares of purchases [N, K]; what is cut goes to technologies without a limit, as they are wanted.

    A cohort that wants nothing without a limit buys as it would without the rule.
    """
    is_free = most_share >= 1.0
    free_share = np.where(is_free, wanted_share, 0.0).sum(axis=1, keepdims=True)
    cut = np.maximum(wanted_share - most_share, 0.0)
    rise = np.divide(
        cut.sum(axis=1, keepdims=True), free_share, out=np.zeros_like(free_share), where=free_share > 0.0
    )
    limited = np.where(is_free, wanted_share * (1.0 + rise), wanted_share - cut)
    return np.where(free_share > 0.0, limited, wanted_share)


def _log_cost(cost: Floats) -> Floats:
    """Compute the logarithm of what useful energy costs [N, K]; 0 for what is not offered."""
    return logarithm(np.where(cost > 0.0, cost, 1.0))


def _base_useful_gj(
    rows: CohortRows, fuel_share: Floats, part_share: Floats, block_fuel_gj: Floats, part_mwh: Floats
) -> Floats:
    """Compute the useful energy of the base year [N, K]: what sectors burnt and parts of demand took, by use."""
    final = part_share * (part_mwh[rows.part, rows.province] * GJ_PER_MWH)[:, None]
    burnt = block_fuel_gj[rows.province, rows.sector, : len(FUELS_BURNT)]
    final[:, : len(FUELS_BURNT)] = fuel_share * burnt
    return np.asarray(final * rows.useful_gj_per_gj * rows.offered)


def _name(province: str, cohort: str, language: str) -> str:
    return text(language, "row.cohort", {"province": province, "cohort": cohort})
