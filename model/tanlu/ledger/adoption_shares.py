"""How the many buyers behind one row of a population divided, and what each option was worth to them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.adopters.cohorts import Adopters, EndUse
from tanlu.adopters.costs import TERMS as COHORT_TERMS
from tanlu.buildings.builders import TERMS as BUILDING_TERMS
from tanlu.buildings.builders import Builders, BuildingYear
from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.kernels.choice import logit_shares
from tanlu.transport.choice import TERMS as VEHICLE_TERMS
from tanlu.transport.vehicles import FleetYear, Vehicles


class Measure(NamedTuple):
    """In which words and units the adoption shares of a kind are told."""

    terms: tuple[str, ...]
    term_unit: str
    pieces: str  # the column that counts what was bought
    subsidy_unit: str


MEASURES = {
    Vehicles.kind: Measure(VEHICLE_TERMS, "cny_per_year", "sales_vehicles", "cny_per_vehicle"),
    Builders.kind: Measure(BUILDING_TERMS, "cny_per_m2", "floor_area_m2", "cny_per_m2"),
    Adopters.kind: Measure(COHORT_TERMS, "cny_per_gj", "sales_gj_per_year", "cny_per_gj"),
}


class AdoptionEntry(NamedTuple):
    """One population's adoption shares of one year; axes N rows, K options, T terms of its kind."""

    year: int
    kind: str  # a key of `MEASURES`
    ids: Sequence[str]
    names_en: Sequence[str]
    names_zh: Sequence[str]
    province: Integers  # [N]
    options: tuple[str, ...]
    worth_cny: Floats  # [N, K, T] costs negative
    offered: Booleans  # [N, K]
    scale_cny: Floats  # [N] the larger, the more the buyers of a row differ
    worth_of_subsidy: Floats  # [N] what a CNY paid for a piece adds to its worth
    share: Floats  # [N, K] of what was bought
    pieces: Floats  # [N] bought


def vehicle_adoption(year: int, vehicles: Vehicles, fleet: FleetYear) -> AdoptionEntry:
    """Record how the year's buyers of vehicles divided, and why."""
    a = fleet.appraisal
    return AdoptionEntry(
        year=year,
        kind=vehicles.kind,
        ids=vehicles.ids,
        names_en=vehicles.names_en,
        names_zh=vehicles.names_zh,
        province=vehicles.province,
        options=a.options,
        worth_cny=a.terms_cny_per_year,
        offered=a.feasible,
        scale_cny=a.scale_cny_per_year,
        worth_of_subsidy=a.annuity_per_year,
        share=fleet.shares,
        pieces=fleet.sales_vehicles.sum(axis=1),
    )


def building_adoption(year: int, builders: Builders, new_buildings: BuildingYear) -> AdoptionEntry:
    """Record how the year's builders divided, and why."""
    a = new_buildings.appraisal
    n, k = new_buildings.shares.shape
    return AdoptionEntry(
        year=year,
        kind=builders.kind,
        ids=builders.ids,
        names_en=builders.names_en,
        names_zh=builders.names_zh,
        province=np.arange(n),
        options=a.options,
        worth_cny=a.terms_cny_per_m2,
        offered=np.ones((n, k), bool),
        scale_cny=np.full(n, a.scale_cny_per_m2),
        worth_of_subsidy=np.ones(n),
        share=new_buildings.shares,
        pieces=new_buildings.floor_area_m2.sum(axis=1),
    )


def cohort_adoption(year: int, adopters: Adopters, end_use: EndUse) -> AdoptionEntry:
    """Record how what cohorts bought in the year divided, and why."""
    a = end_use.appraisal
    return AdoptionEntry(
        year=year,
        kind=adopters.kind,
        ids=adopters.ids,
        names_en=adopters.names_en,
        names_zh=adopters.names_zh,
        province=adopters.province,
        options=a.options,
        worth_cny=a.terms_cny_per_gj,
        offered=a.offered,
        scale_cny=a.scale_cny_per_gj,
        worth_of_subsidy=np.ones(len(adopters)),
        share=end_use.shares,
        pieces=end_use.sales_gj_per_year,
    )


def adoption_rows(entry: AdoptionEntry, provinces: Sequence[str]) -> dict[str, np.ndarray]:
    """Build columns with one row per decider and offered option.

    Columns of other kinds are NaN.
    `wanted_share` is what buyers would have taken without mandate and limits of plants; `switching_subsidy` what a
    piece would have to be paid to be worth as much as the best option.
    """
    row, option = np.nonzero(entry.offered)
    worth = np.where(entry.offered, entry.worth_cny.sum(axis=2), -np.inf)
    preferred_shares = logit_shares(score=worth / entry.scale_cny[:, None], feasible=entry.offered, scale=1.0)
    lacking = (worth.max(axis=1, keepdims=True) - worth) / entry.worth_of_subsidy[:, None]
    measure = MEASURES[entry.kind]
    figures = {
        measure.pieces: entry.pieces[row] * entry.share[row, option],
        f"switching_subsidy_{measure.subsidy_unit}": lacking[row, option],
        **{
            f"{term}_{measure.term_unit}": entry.worth_cny[row, option, t]
            for t, term in enumerate(measure.terms)
        },
    }
    return {
        "year": np.full(row.size, entry.year),
        "decider": np.array(entry.ids, dtype=object)[row],
        "kind": np.full(row.size, entry.kind, dtype=object),
        "name": np.array(entry.names_en, dtype=object)[row],
        "name_zh": np.array(entry.names_zh, dtype=object)[row],
        "province": np.array(provinces, dtype=object)[entry.province[row]],
        "option": np.array(entry.options, dtype=object)[option],
        "share": entry.share[row, option],
        "wanted_share": preferred_shares[row, option],
        **{name: figures.get(name, np.full(row.size, np.nan)) for name in _figures()},
    }


def _figures() -> list[str]:
    """Return the columns of all kinds that hold figures of one."""
    pieces = [measure.pieces for measure in MEASURES.values()]
    subsidies = [f"switching_subsidy_{measure.subsidy_unit}" for measure in MEASURES.values()]
    terms = [f"{term}_{measure.term_unit}" for measure in MEASURES.values() for term in measure.terms]
    return [*pieces, *subsidies, *terms]
