"""Builders: how the new buildings of a year are built, and which materials that takes."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import BUILDING_METHODS, M
from tanlu.core.economics import power
from tanlu.core.mesa_classes import Model
from tanlu.core.parties import BUILDERS, PARTY
from tanlu.core.payments import repeat_number
from tanlu.core.schedules import BUILDING_SUBSIDY, Pieces
from tanlu.core.signals import Signals
from tanlu.core.words import LANGUAGES, text
from tanlu.investment.population import Population
from tanlu.kernels.choice import logit_shares
from tanlu.region.buildings import CAST_IN_PLACE, BuildingData
from tanlu.region.pack import Region
from tanlu.region.tables import year_index

INDUSTRIALISED = np.arange(M) != CAST_IN_PLACE
MODULAR = BUILDING_METHODS.index("modular")


# What a square metre is worth to its builder when building starts, term by term, costs negative; land is the same for
# all. The last two are what builders mind.
TERMS = ("sales", "construction", "bonus_area", "subsidy", "reluctance", "peers")


class BuildingAppraisal(NamedTuple):
    """What builders know of each method when they choose; axes P provinces, M methods, T `TERMS`."""

    options: tuple[str, ...]
    terms_cny_per_m2: Floats  # [P, M, T] costs negative
    scale_cny_per_m2: float  # the larger, the more builders differ
    last_share: Floats  # [P, M] of new floor area last year
    fastest_rise_share: float  # of what is not cast in place, and of modular building, in a year
    least_share: Floats  # [P] of what is not cast in place, that is asked for

    @property
    def worth_cny_per_m2(self) -> Floats:
        """Sum of the terms [P, M]."""
        return np.asarray(self.terms_cny_per_m2.sum(axis=2))


class BuildingYear(NamedTuple):
    """What is built in a year and what it takes; axes P provinces, M methods."""

    appraisal: BuildingAppraisal
    shares: Floats  # [P, M]
    floor_area_m2: Floats  # [P, M]
    steel_t: Floats  # [P]
    cement_t: Floats  # [P]
    embodied_tco2: Floats  # [P] of materials, transport and site, wherever it arises
    cost_cny: Floats  # [P] construction


class Builders(Population):
    """Builders of the region: one row per province, each standing for many sites."""

    kind = "Builders"
    columns = ("last_share",)

    def __init__(self, model: Model, region: Region) -> None:
        provinces, labels = region.axes.provinces, region.axes.labels
        super().__init__(
            model,
            [f"builders_{name.lower()}" for name in provinces],
            *(
                [text(language, "row.builders", {"province": labels[name][language]}) for name in provinces]
                for language in LANGUAGES
            ),
        )
        self.region, self.data = region, region.buildings
        before = self.data.industrialised_share[year_index(region.base_year - 1)]
        self.last_share = np.stack([1.0 - before, before, np.zeros(before.size)], axis=1)

    def offer(self, signals: Signals, demand_factor: float) -> BuildingYear:
        """Plan the year's floor area by method; changes nothing.

        Args:
            signals: the year's signals.
            demand_factor: on the floor area.
        """
        data = self.data
        appraisal = self.appraise(signals)
        shares = self.divide(appraisal)
        area = data.floor_area_m2[signals.data_row][:, None] * demand_factor * shares
        return BuildingYear(
            appraisal=appraisal,
            shares=shares,
            floor_area_m2=area,
            steel_t=(area * data.steel_t_per_m2).sum(axis=1),
            cement_t=(area * data.cement_t_per_m2).sum(axis=1),
            embodied_tco2=(area * data.embodied_tco2_per_m2).sum(axis=1),
            cost_cny=(area * construction_cost(data, signals)).sum(axis=1),
        )

    def appraise(self, signals: Signals) -> BuildingAppraisal:
        """Appraise each method of building."""
        data = self.data
        peers = data.peer_value_cny_per_m2 * self.last_share[:, INDUSTRIALISED].sum(axis=1, keepdims=True)
        terms = (*building_worth(data, signals), -data.reluctance_cny_per_m2, peers * INDUSTRIALISED)
        return BuildingAppraisal(
            options=BUILDING_METHODS,
            terms_cny_per_m2=np.stack(terms, axis=2),
            scale_cny_per_m2=data.choice_scale_cny_per_m2,
            last_share=self.last_share,
            fastest_rise_share=data.fastest_rise_share_per_year,
            least_share=signals.policy.buildings.industrialised_share,
        )

    def divide(self, appraisal: BuildingAppraisal) -> Floats:
        """Divide new floor area among methods by worth and mandate [P, M].

        Plants limit how fast the share of what is not cast in place can rise, and that of modules within it: who wants
        modules and gets none takes components. A mandate overrides the first. Source: McFadden 1974, conditional logit.
        """
        score = appraisal.worth_cny_per_m2 / appraisal.scale_cny_per_m2
        shares = logit_shares(score=score, feasible=np.ones(score.shape, bool), scale=1.0)
        preferred_share, last = shares[:, INDUSTRIALISED].sum(axis=1), appraisal.last_share
        possible = last[:, INDUSTRIALISED].sum(axis=1) + appraisal.fastest_rise_share
        industrialised_share = np.maximum(np.minimum(preferred_share, possible), appraisal.least_share)
        modules = shares[:, MODULAR] * industrialised_share / np.maximum(preferred_share, 1e-300)
        modules = np.minimum(modules, last[:, MODULAR] + appraisal.fastest_rise_share)
        return np.stack([1.0 - industrialised_share, industrialised_share - modules, modules], axis=1)

    def subsidised(self, year: BuildingYear) -> tuple[Pieces, ...]:
        """List the floor area that subsidies are paid for."""
        builders = repeat_number(PARTY[BUILDERS], len(self))
        return (Pieces(BUILDING_SUBSIDY, (np.arange(len(self)),), year.floor_area_m2, builders),)

    def settle(self, year: BuildingYear) -> None:
        """Let next year's builders see this year's shares."""
        self.last_share = year.shares


def method_factors(data: BuildingData, signals: Signals) -> tuple[Floats, Floats]:
    """Compute cost and time of methods against cast in place [M].

    Those of modular building are the world's.
    """
    cost, time = data.cost_factor.copy(), data.time_factor.copy()
    cost[MODULAR], time[MODULAR] = signals.modular_cost_factor, signals.modular_time_factor
    return cost, time


def construction_cost(data: BuildingData, signals: Signals) -> Floats:
    """Return the cost of building a square metre, CNY [M]."""
    return data.construction_cost_cny_per_m2 * method_factors(data, signals)[0]


def building_worth(data: BuildingData, signals: Signals) -> tuple[Floats, Floats, Floats, Floats]:
    """Value a square metre by term: sales, construction, bonus area, subsidy, CNY [P, M].

    Worth is that of when building starts, land aside, which is the same for all. Sales come at a share of the building
    time and construction is paid at its middle, so that time saved earns interest on both. Bonus floor area is sold
    and built like the rest, on land already paid for.
    """
    time = data.construction_years * method_factors(data, signals)[1]
    base = np.full(M, 1.0 + data.discount_rate)
    sales_weight, cost_weight = power(base, -data.sold_at_share * time), power(base, -0.5 * time)
    sales = data.sale_price_cny_per_m2[:, None] * sales_weight
    cost_cny = np.broadcast_to(construction_cost(data, signals) * cost_weight, sales.shape)
    bonus = (sales - cost_cny) * signals.policy.buildings.floor_area_bonus_share
    return sales, -cost_cny, bonus, np.asarray(signals.subsidies[BUILDING_SUBSIDY])
