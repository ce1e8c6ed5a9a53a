"""Attribution: which policy of a scenario does how much, and what a tonne of it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.experiments.attribution.players import players_of
from tanlu.experiments.attribution.runs import QUANTITIES, CoalitionRuns, Game, Progress
from tanlu.experiments.attribution.shapley import MOST_EXACT, Shares, Worth, exact_shares, sampled_shares
from tanlu.experiments.executors import ExecutorSource, pool_of
from tanlu.experiments.jobs import Draws, choose_jobs, warn
from tanlu.output.differences import Difference, effect_of, half_width
from tanlu.output.extension import Source, gather
from tanlu.output.figures.avoidance import cost_of_tonne_cny
from tanlu.output.figures.shares import INTERACTION, TOTAL
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.reference import reference as reference_of
from tanlu.scenario.schema import Scenario

AVOIDED, MONEY, REVENUE, COST, ELSEWHERE = range(len(QUANTITIES))
VIEWS = ("share", "alone", "if_removed")


@dataclass(frozen=True, eq=False)
class Attribution:
    """Effects of each policy of a scenario against a reference.

    Axes: N policies, R draws, Q quantities, Y years.
    """

    scenario: str
    reference: str
    policies: tuple[str, ...]
    years: Integers
    is_counted: np.ndarray  # [Y] years of sums
    shares: Shares  # [N, R, Q, Y] and [R, Q, Y]
    named_bn_cny: Floats  # [N, R, Y] net public money under the name of each in the scenario

    @property
    def draws(self) -> int:
        """Number of draws that were run."""
        return len(self.shares.total)

    def table(self) -> pd.DataFrame:
        """Build a table with a row a policy, of their interaction, and the total.

        Figures are sums over the years that count, undiscounted.

        Columns of what is avoided, Mt CO2, the mean over draws: `alone`, `share` and `if_removed`, the last two with
        the half-width of their 95 % interval and whether they are noise, and `interaction` (share less if removed).
        The row `interaction` has what the policies lack to the total alone and if removed, so that the total is the
        sum of each column. Money less climate revenue, bn CNY, by share and if removed, and by tonne, CNY: where less
        than noise is avoided there is no cost of a tonne. What was paid less brought under the policy's own name in
        the scenario stands next to it, with its half-width. `elsewhere_share` is what is emitted in other regions
        instead, Mt CO2.
        """
        shares = self.shares
        rows = [
            self._row(name, *(view[n] for view in (shares.share, shares.alone, shares.if_removed)))
            | self._named_money(self.named_bn_cny[n])
            for n, name in enumerate(self.policies)
        ]
        total = self._row(TOTAL, *(shares.total,) * 3) | self._named_money(self.named_bn_cny.sum(axis=0))
        total["interaction_mtco2"] = sum(row["interaction_mtco2"] for row in rows)
        return pd.DataFrame([*rows, self._interaction_row(), total])

    def by_year(self) -> pd.DataFrame:
        """Build a table with one row a policy, year and quantity.

        It has share, alone and if removed, means over draws.
        """
        views = {name: getattr(self.shares, name).mean(axis=1) for name in VIEWS}  # [N, Q, Y]
        policy, quantity, year = (axis.ravel() for axis in np.indices(views["share"].shape))
        return pd.DataFrame(
            {
                "policy": np.array(self.policies, dtype=object)[policy],
                "quantity": np.array(QUANTITIES, dtype=object)[quantity],
                "year": self.years[year],
                **{name: view.ravel() for name, view in views.items()},
            }
        )

    def _row(self, name: str, share: Floats, alone: Floats, removed: Floats) -> dict[str, Any]:
        share_sums, removed_sums = self._sums(share), self._sums(removed)  # [R, Q]
        effects = [_effect(sums[:, AVOIDED]) for sums in (share_sums, removed_sums)]
        elsewhere = _effect(share_sums[:, ELSEWHERE])
        net = [float((sums[:, MONEY] - sums[:, REVENUE]).mean()) for sums in (share_sums, removed_sums)]
        return {
            "policy": name,
            "alone_mtco2": float(self._sums(alone)[:, AVOIDED].mean()),
            **_with_noise("share", effects[0]),
            **_with_noise("if_removed", effects[1]),
            "interaction_mtco2": effects[0].mean - effects[1].mean,
            "elsewhere_share_mtco2": elsewhere.mean,
            "elsewhere_share_half_width_mtco2": elsewhere.half_width,
            "net_public_money_share_bn_cny": net[0],
            "net_public_money_if_removed_bn_cny": net[1],
            "public_money_if_removed_bn_cny": float(removed_sums[:, MONEY].mean()),
            "system_cost_share_bn_cny": float(share_sums[:, COST].mean()),
            "net_public_money_of_share_cny_per_tco2": cost_of_tonne_cny(net[0], effects[0]),
            "net_public_money_if_removed_cny_per_tco2": cost_of_tonne_cny(net[1], effects[1]),
        }

    def _interaction_row(self) -> dict[str, Any]:
        """Compute what policies lack to the total, alone and if removed; shares lack nothing."""
        shares = self.shares
        alone, removed = (
            self._sums(shares.total - view.sum(axis=0)) for view in (shares.alone, shares.if_removed)
        )
        return {
            "policy": INTERACTION,
            "alone_mtco2": float(alone[:, AVOIDED].mean()),
            "share_noise": False,
            **_with_noise("if_removed", _effect(removed[:, AVOIDED])),
            "net_public_money_if_removed_bn_cny": float((removed[:, MONEY] - removed[:, REVENUE]).mean()),
            "public_money_if_removed_bn_cny": float(removed[:, MONEY].mean()),
        }

    def _named_money(self, money: Floats) -> dict[str, object]:
        """Average the money under a policy's name [R, Y] over draws."""
        sums = self._sums(money)
        return {"named_money_bn_cny": float(sums.mean()), "named_money_half_width_bn_cny": half_width(sums)}

    def _sums(self, view: Floats) -> Floats:
        """Sum over the years that count [R, Q]."""
        return np.asarray(view[..., self.is_counted].sum(axis=-1))


def _effect(sums_mtco2: Floats) -> Difference:
    """Compute an effect in the mean of draws, from its sums [R]; Mt CO2."""
    return effect_of(sums_mtco2, unchanged=not sums_mtco2.any())


def _with_noise(view: str, effect_mtco2: Difference) -> dict[str, Any]:
    return {
        f"{view}_mtco2": effect_mtco2.mean,
        f"{view}_half_width_mtco2": effect_mtco2.half_width,
        f"{view}_noise": effect_mtco2.is_in_noise,
    }


def attribute(
    scenario: Scenario | str | Path | Mapping[str, object],
    reference: Scenario | str | Path | Mapping[str, object] = "tanlu:baseline",
    *,
    replications: int | None = None,
    jobs: int | None = None,
    executor: ExecutorSource | None = None,
    extensions: Sequence[Source] = (),
    store: str | Path = "results/attribution",
    progress: Progress | None = None,
) -> Attribution:
    """Share out a scenario's effects among its policies.

    Effects are against a reference, and policies those in which the two differ. A share is the mean of what a policy
    adds to those before it over all orders (Shapley 1953), exact up to eight policies: shares add up to the
    difference in every year and draw. The world, the years and the seed are those of the scenario in all runs, so
    that only policies differ. Runs are kept in `store` and are not run again.

    Args:
        scenario: what is explained.
        reference: what it is held against.
        replications: draws; those of the scenario if not given.
        jobs: processes of this machine; if not given, as many as runs, cores and memory allow where that pays.
        executor: where to run instead.
        extensions: files or names.
        store: folder of runs.
        progress: is called with the number of runs done and to do, for each round of runs.

    Raises:
        ScenarioError: if a scenario is wrong.
        ResultError: if the two do not differ in policies, or in a way that cannot be shared out.
        BatchError: if a run fails.
    """
    extended = gather(extensions)
    target = load(scenario, extended.members)
    target, baseline = with_settings(target, replications=replications), load(reference, extended.members)
    game = Game(target, baseline, players_of(target, baseline))
    region = load_region(target.region, target.pack)
    years = target.years.array()
    is_counted = years >= min(region.last_observed_year + 1, int(years[-1]))
    runs_of_all = Draws.from_scenarios(
        [target] * (len(game.players) + 2)
    )  # at least: each policy alone, all and none
    with pool_of(choose_jobs(jobs, runs_of_all, extensions, warn), executor) as pool:
        runs = CoalitionRuns(game, Path(store), pool, tuple(extensions), progress)
        shares = share_out(len(game.players), runs.worth, is_counted, target.seed)
        named_money = runs.named_money_bn_cny()
    against = reference_of(target, baseline).scenario.name
    return Attribution(target.name, against, game.players, years, is_counted, shares, named_money)


def share_out(players: int, worth: Worth, is_counted: np.ndarray, seed: int) -> Shares:
    """Share out the worth of coalitions [R, Q, Y].

    Exactly for a few players, else by random orders of a seed.
    """
    if players <= MOST_EXACT:
        return exact_shares(players, worth)
    return sampled_shares(
        players, worth, lambda brought: float(brought[:, AVOIDED, is_counted].sum(axis=-1).mean()), seed
    )
