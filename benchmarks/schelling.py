"""The yardstick of speed: Schelling's model of segregation in plain Mesa, one object an agent.

A public model of fixed size: 314 agents on a torus of 20 x 20 cells, 41 steps as a run of Tanlu has years, a fixed
seed. Mesa's own example does not take the `rng` that `mesa.batch_run` passes on, so this one is written for it.

Source: Schelling, T. C. (1971). Dynamic models of segregation. Journal of Mathematical Sociology 1(2), 143-186.
"""

import mesa
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

AGENTS, SIDE, STEPS, SEED = 314, 20, 41, 1971
MINORITY_SHARE, LEAST_SIMILAR_SHARE = 0.5, 0.4


class Resident(CellAgent):
    """Somebody of one of two groups, who moves when too few neighbours are of the same group."""

    def __init__(self, model: "Schelling", cell, group: int) -> None:
        super().__init__(model)
        self.cell, self.group, self.content = cell, group, False

    def judge(self) -> None:
        neighbours = list(self.cell.get_neighborhood().agents)
        alike = sum(other.group == self.group for other in neighbours)
        self.content = alike >= LEAST_SIMILAR_SHARE * len(neighbours)

    def step(self) -> None:
        if not self.content:
            self.cell = self.model.grid.select_random_empty_cell()


class Schelling(mesa.Model):
    """A town in which people move until they like their neighbours."""

    def __init__(self, rng=SEED) -> None:
        super().__init__(rng=rng)
        self.grid = OrthogonalMooreGrid((SIDE, SIDE), torus=True, capacity=1, random=self.random)
        for cell in self.random.sample(list(self.grid.all_cells), AGENTS):
            Resident(self, cell, int(self.random.random() < MINORITY_SHARE))
        self.agents.do("judge")
        self.datacollector = mesa.DataCollector(model_reporters={"content": "content"})
        self.datacollector.collect(self)

    @property
    def content(self) -> int:
        """How many people like their neighbours."""
        return sum(agent.content for agent in self.agents)

    def step(self) -> None:
        self.agents.shuffle_do("step")
        self.agents.do("judge")
        self.datacollector.collect(self)


def run_alone() -> Schelling:
    """Return the model after all steps."""
    model = Schelling()
    model.run_for(STEPS)
    return model


def run_in_batch(runs: int) -> list[dict]:
    """Let Mesa run it `runs` times in this process, with seeds of their own."""
    seeds = list(range(SEED, SEED + runs))
    return mesa.batch_run(
        Schelling, {}, number_processes=1, rng=seeds, max_steps=STEPS, display_progress=False
    )
