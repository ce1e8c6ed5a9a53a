"""What a rule on energy a tonne costs facilities that use more, and which allowances facilities get free."""

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.schedules import EFFICIENCY_PENALTY, EnergyRule
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH
from tanlu.industry.facility_rows import FacilityRows
from tanlu.kernels.industry.facilities import AllocationRule, ProductionOutcome, free_allowances
from tanlu.kernels.industry.options import Changes


def is_in_force(rule: EnergyRule) -> bool:
    """Return whether a rule holds anywhere."""
    return bool(np.isfinite(rule.ceiling_share).any())


def unit_excess(industry: FacilityRows, signals: Signals) -> Floats:
    """Compute the energy of a unit of output beyond the year's ceiling, GJ [N].

    Blocks are under no rule.
    """
    if not is_in_force(signals.policy.industry):
        return np.zeros(len(industry))
    rows = np.arange(len(industry))
    return _excess(industry, signals.policy.industry, rows, _energy_use(industry, rows))


def unit_penalty(industry: FacilityRows, signals: Signals) -> Floats:
    """Compute the year's penalty on a unit of output, CNY [N]."""
    rate = signals.levies[EFFICIENCY_PENALTY][industry.province, industry.sector]
    return rate * unit_excess(industry, signals)


def penalty_now(industry: FacilityRows, signals: Signals, row: Integers) -> Floats:
    """Compute facilities' penalty on a tonne as they are, CNY [n].

    It is by the rule announced for their next window.
    """
    return _expected_penalty(industry, signals, row, _energy_use(industry, row))


def penalty_after(industry: FacilityRows, signals: Signals, row: Integers, option: Integers) -> Floats:
    """Compute facilities' penalty on a tonne with an option, CNY [n].

    It is by the rule announced for their next window.
    """
    o, r = industry.data.options, industry.data.processes
    fuel = (
        industry.energy_gj[row] * o.effect.energy_factor[option] + o.effect.added_energy_gj_per_t[option]
    ).sum(axis=1)
    use = fuel + GJ_PER_MWH * (industry.electricity_mwh[row] + o.effect.added_electricity_mwh_per_t[option])
    k = o.effect.to_process[option]
    target = r.energy_gj_per_t[k].sum(axis=1) + GJ_PER_MWH * r.electricity_mwh_per_t[k]
    return _expected_penalty(industry, signals, row, np.where(k >= 0, target, use))


def _energy_use(industry: FacilityRows, row: Integers) -> Floats:
    """Compute fuel and electricity of a tonne at heat value, GJ [n].

    The energy of a capture plant stays out.
    """
    return np.asarray(industry.energy_gj[row].sum(axis=1) + GJ_PER_MWH * industry.electricity_mwh[row])


def _expected_penalty(industry: FacilityRows, signals: Signals, row: Integers, use_gj: Floats) -> Floats:
    """Compute the penalty, rate x max(energy - ceiling, 0), on a tonne in the next window, CNY [n]."""
    rate = signals.expected_levies[EFFICIENCY_PENALTY][industry.province[row], industry.sector[row]]
    return rate * _excess(industry, signals.expected_energy_rule, row, use_gj)


def _excess(industry: FacilityRows, rule: EnergyRule, row: Integers, use_gj: Floats) -> Floats:
    """Compute the energy of a tonne beyond the ceiling, GJ [n].

    The ceiling is of the product's usual process.
    """
    share = rule.ceiling_share[industry.province[row], industry.sector[row]]
    usual = industry.data.products.usual_energy_use_gj_per_t[np.maximum(industry.product[row], 0)]
    is_ruled = ~industry.is_block[row] & np.isfinite(share)
    excess = use_gj - np.where(is_ruled, share, 0.0) * usual
    return np.where(is_ruled, np.maximum(excess, 0.0), 0.0)


def allocation(
    industry: FacilityRows,
    signals: Signals,
    row: Integers,
    emitted_tco2: Floats,
    output: Floats,
    balance_tco2: Floats,
    free_share: Floats,
) -> Floats:
    """Compute free allowances by the intensity rule, t CO2 [n].

    A = E (1 + clip(kappa (B - e) / B, -m, +m)), tightened and part sold.

    Source: national plan for steel, cement and aluminium from 2025 (intensity-based around a balance value).

    Args:
        industry: all of it.
        signals: the year's signals.
        row: which facilities, [n]; blocks get none.
        emitted_tco2: of the year, or of a unit of output, [n].
        output: that goes with it, [n].
        balance_tco2: B before tightening, as from `balance_value`, [n].
        free_share: of an allocation, [P, S].
    """
    return np.asarray(
        free_allowances(
            province=industry.province[row],
            sector=industry.sector[row],
            covered=~industry.is_block[row],
            emitted_tco2=emitted_tco2,
            output=output,
            balance_tco2=balance_tco2,
            rule=AllocationRule(
                balance_factor=signals.policy.carbon.benchmark_factor,
                free_share=free_share,
                sensitivity=industry.region.parameters["allocation_sensitivity"],
                limit=industry.region.parameters["allocation_surplus_limit"],
            ),
        )
    )


def balance_value(industry: FacilityRows, emitted_tco2: Floats, output: Floats) -> Floats:
    """Compute the mean intensity of all makers of a product, t CO2 [N].

    Source: national plan of 2025: the balance value is the intensity at which allowances of an industry are what it
    emits. The region stands for the nation, whose values are not published (an assumption).

    Args:
        industry: all of it.
        emitted_tco2: of the year [N].
        output: of the year [N].
    """
    maker_group = np.where(industry.is_block, 0, industry.product + 1)
    emissions, production = sum_by_group(maker_group, emitted_tco2), sum_by_group(maker_group, output)
    mean = np.divide(emissions, production, out=np.zeros(production.size), where=production > 0.0)
    return np.asarray(mean[maker_group])


def allowance_share(
    industry: FacilityRows,
    signals: Signals,
    production: ProductionOutcome,
    output: Floats,
    row: Integers,
    changes: Changes,
    counted_share: Floats,
) -> Floats:
    """Compute the fall of an allocation per tonne of less obligation [n].

    The allocation is one without auction, and the obligation what needs allowances. Facilities get what they emit, give
    or take a few per cent: of a great cut all allowances go with it, only within these per cent does a tonne earn the
    price. Blocks, outside the trade, neither win nor lose by it.

    Args:
        industry: all of it.
        signals: the year's signals.
        production: of the year.
        output: at which the project is valued [n].
        row: whose project [n].
        changes: what it changes in a year [n].
        counted_share: of its years of operation in which captured CO2 needs no allowances; in the others captured
            tonnes take none along [n].
    """
    uncounted = (1.0 - signals.policy.carbon.capture_counts) * production.captured_tco2
    total_tco2 = production.emitted_tco2.sum(axis=1) + uncounted
    all_free = np.ones(signals.policy.carbon.covered.shape)
    made, avoided_tco2 = production.output[row], changes.avoided_tco2
    emissions = total_tco2[row] * np.divide(output, made, out=np.ones(row.size), where=made > 0.0)
    balance = balance_value(industry, total_tco2, production.output)[row]
    before = allocation(industry, signals, row, emissions, output, balance, all_free)
    share, weights = np.zeros(row.size), (counted_share, 1.0 - counted_share)
    for weight, avoided in zip(weights, (avoided_tco2, avoided_tco2 - changes.captured_tco2), strict=True):
        reduction = before - allocation(
            industry, signals, row, emissions - avoided, output, balance, all_free
        )
        share += weight * np.divide(reduction, avoided, out=np.ones(row.size), where=avoided != 0.0)
    return np.where(industry.is_block[row], 1.0, share)
