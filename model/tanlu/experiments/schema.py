"""Experiment files: what they may hold."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from tanlu.core.words.messages import build_message
from tanlu.experiments.outcomes import ExperimentOutcome, Keep, Name
from tanlu.experiments.search.block import Seek
from tanlu.inputs.diagnostics import nearest, printable, suggest
from tanlu.inputs.types import NAME_PATTERN, Strict, json_schema, refuse
from tanlu.scenario.schema import MAXIMUM_REPLICATIONS, MAXIMUM_SEED

SHAPES = ("range", "triangular", "normal", "lognormal_sigma", "values")
MOST_RUNS = 1_000_000

type PathText = Annotated[str, Field(min_length=1, max_length=500)]
type Number = int | float


class Distribution(Strict):
    """The values that something may take; each share of them between 0 and 1 stands for one value."""

    range: Annotated[tuple[float, float] | None, Field(description="")] = None
    """Lowest and highest value, all between alike."""

    triangular: tuple[float, float, float] | None = None
    """Lowest, most likely and highest value."""

    normal: tuple[float, Annotated[float, Field(gt=0.0)]] | None = None
    """Mean and standard deviation."""

    lognormal_sigma: Annotated[float | None, Field(gt=0.0, le=3.0)] = None
    """Standard deviation of the logarithm of a value whose median is 1; for factors that multiply."""

    values: Annotated[tuple[Number, ...] | None, Field(min_length=1, max_length=1000)] = None
    """Values, all alike."""

    @field_validator("range", "triangular")
    @classmethod
    def _ascend(cls, numbers: tuple[float, ...] | None) -> tuple[float, ...] | None:
        """Refuse numbers that do not ascend."""
        if numbers is not None and (tuple(sorted(numbers)) != numbers or numbers[0] == numbers[-1]):
            refuse("not-ascending")
        return numbers

    @property
    def shapes(self) -> tuple[str, ...]:
        """The forms that are given."""
        return tuple(shape for shape in SHAPES if getattr(self, shape) is not None)


class FactorChange(Distribution):
    """What a factor does to a value that is there."""

    @model_validator(mode="after")
    def _have_one_form(self) -> "FactorChange":
        _refuse_unless_one(self.shapes, SHAPES)
        return self


class FiguresOfTable(Strict):
    """Figures of one table of the region pack, each of which becomes a factor."""

    table: Annotated[str, Field(pattern=NAME_PATTERN)]
    """Table of the region pack, such as `parameters`."""

    grade: Annotated[str, Field(pattern="^[A-D]{1,4}$")] = "ABCD"
    """Grades that count, such as D, or CD."""


class ExperimentFactor(Distribution):
    """Something that nobody chooses: a key of the scenario or cells of the region pack, or chance itself."""

    path: Annotated[str, Field(max_length=500)] = ""
    """What it changes, such as `world.gas_price_factor` or `pack.parameters.hurdle_half_width`."""

    factor: FactorChange | None = None
    """Multiplies what is there by a number of this distribution."""

    add: FactorChange | None = None
    """Adds a number of this distribution to what is there."""

    figures_of: FiguresOfTable | None = None
    """Makes a factor of each figure of a table instead, over its range (`tanlu explain factors`)."""

    group: Annotated[str, Field(max_length=64)] = ""
    """Moves a group of assumptions of the region pack (`assumption_groups.yaml`) from its low to its high end."""

    replication: bool = False
    """Takes the number of the replication as a factor, so that analyses show how much is chance."""

    source: Annotated[str, Field(max_length=500)] = ""
    """Where the distribution comes from."""

    grade: Literal["A", "B", "C", "D", ""] = ""
    """How well it is founded: A and B statistics, C derived, D assumed."""

    @model_validator(mode="after")
    def _have_one_form(self) -> "ExperimentFactor":
        """Refuse a factor that is not said in one way."""
        ways = [name for name in ("factor", "add", "figures_of") if getattr(self, name) is not None]
        ways += [name for name in ("group", "replication") if getattr(self, name)]
        _refuse_unless_one((*self.shapes, *ways), (*SHAPES, "factor", "add", "group", "replication"))
        if bool(self.path) == (bool(self.group) or self.replication or self.figures_of is not None):
            refuse("no-path")
        return self

    @property
    def has_middle(self) -> bool:
        """Whether it says how far from the figures of arms a value is: it multiplies, adds or moves a group."""
        return bool(self.group) or self.factor is not None or self.add is not None


class ExperimentLever(Distribution):
    """Something that somebody chooses."""

    path: PathText
    """What it changes, such as `policies.capture_subsidy.rate_cny_per_tco2`."""

    arm: Annotated[str, Field(max_length=64)] = ""
    """Arm in which it is; all of them if not given."""

    @model_validator(mode="after")
    def _have_one_form(self) -> "ExperimentLever":
        _refuse_unless_one(self.shapes, SHAPES)
        return self


def _refuse_unless_one(forms: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    if len(forms) != 1:
        refuse("not-one-form", given=forms or build_message("none"), allowed=allowed)


class Design(Strict):
    """Which values of factors and levers are tried together."""

    method: Literal["grid", "list", "one_at_a_time", "latin_hypercube", "sobol", "saltelli", "morris"]
    """Every combination, those listed, both ends of each factor alone, spread samples, or what indices need."""

    n: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 1
    """Size of a sample: rows of latin_hypercube and sobol, base of saltelli, trajectories of morris."""

    levels: Annotated[int, Field(ge=2, le=1000)] = 3
    """Values of each range in a grid."""

    rows: Annotated[tuple[Mapping[Name, Number], ...], Field(max_length=100_000)] = ()
    """Values by name of factor or lever, of a list."""

    cross_levers: bool | None = None
    """Whether each row of a sample of factors is tried with every combination of levers, as a grid has them."""

    second_order: bool = False
    """Whether saltelli serves second-order indices too."""

    seed: Annotated[int, Field(ge=0, le=MAXIMUM_SEED)] = 1
    """Seed of the sample."""

    @model_validator(mode="after")
    def _have_rows_if_a_list(self) -> "Design":
        """Refuse a list without rows, and rows of anything else."""
        if bool(self.rows) != (self.method == "list"):
            refuse("bad-rows.list")
        return self

    @model_validator(mode="after")
    def _cross_samples_alone(self) -> "Design":
        """Refuse to cross levers with what is no plain sample."""
        if self.cross_levers and self.method not in ("latin_hypercube", "sobol"):
            refuse("not-crossed.method", method=self.method)
        return self


class Until(Strict):
    """When there are enough replications."""

    outcome: Name
    """Figure that has to be known well."""

    half_width_share: Annotated[float, Field(gt=0.0, le=1.0)]
    """Largest half-width of its 95 % interval over chance, as a share of the figure, in each arm."""


class Repetition(Strict):
    """How often each run is repeated: a number, or from `at_least` to `at_most` until a figure is known."""

    at_least: Annotated[int, Field(ge=1, le=MAXIMUM_REPLICATIONS)] = 8
    """Replications with which to begin."""

    at_most: Annotated[int, Field(ge=1, le=MAXIMUM_REPLICATIONS)]
    """Replications after which to end."""

    until: Until | None = None
    """When to end before."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: object) -> object:
        """Read a plain number."""
        return {"at_least": value, "at_most": value} if isinstance(value, int) else value

    @model_validator(mode="after")
    def _have_an_end(self) -> "Repetition":
        """Refuse a range without a reason to end in it."""
        if self.at_least > self.at_most:
            refuse("not-ascending.repetition")
        if (self.at_least < self.at_most) != (self.until is not None):
            refuse("no-end")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(schema))
        number = {"type": "integer", "minimum": 1, "maximum": MAXIMUM_REPLICATIONS}
        return {"anyOf": [number, dict(whole)], "description": whole.get("description", "")}


class Experiment(Strict):
    """Many runs that differ in chosen ways, and what is kept of each."""

    experiment: Name
    """Name of the experiment in file names."""

    base: Any = "tanlu:baseline"
    """Scenario that all arms change: its name, a file of this folder, or the keys of a scenario."""

    arms: Annotated[Mapping[Name, Any], Field(max_length=100)] = {}
    """Scenarios that are compared: keys that change the base, or the name of another scenario."""

    factors: Annotated[Mapping[Name, ExperimentFactor], Field(max_length=1000)] = {}
    """What nobody chooses, by name."""

    levers: Annotated[Mapping[Name, ExperimentLever], Field(max_length=100)] = {}
    """What somebody chooses, by name."""

    design: Design | None = None
    """Which values of factors and levers are tried together."""

    replications: Repetition = Repetition(at_least=8, at_most=8)
    """How often each is run with other random numbers, the same in all arms."""

    outcomes: Annotated[Mapping[Name, ExperimentOutcome], Field(min_length=1, max_length=200)]
    """Figures of each run, by name."""

    keep: Keep = Keep()
    """Indicators that are kept of each run."""

    seek: Seek | None = None
    """What `tanlu seek` searches for; in place of a design."""

    @field_validator("arms")
    @classmethod
    def _are_scenarios(cls, arms: Mapping[str, Any]) -> Mapping[str, Any]:
        wrong = next((name for name, arm in arms.items() if not isinstance(arm, str | Mapping)), None)
        if wrong is not None:
            refuse("not-a-scenario", arm=wrong)
        return arms

    @field_validator("levers")
    @classmethod
    def _are_of_arms(
        cls, levers: Mapping[str, ExperimentLever], info: ValidationInfo
    ) -> Mapping[str, ExperimentLever]:
        """Refuse levers of unknown arms, or with a factor's name."""
        arms, factors = info.data.get("arms", {}), info.data.get("factors", {})
        for name, lever in levers.items():
            if lever.arm and lever.arm not in arms:
                _refuse_arm(lever.arm, arms)
            if name in factors:
                refuse("given-twice.lever", name=name)
        return levers

    @field_validator("outcomes")
    @classmethod
    def _are_against_arms(
        cls, outcomes: Mapping[str, ExperimentOutcome], info: ValidationInfo
    ) -> Mapping[str, ExperimentOutcome]:
        for outcome in outcomes.values():
            if outcome.against and outcome.against not in info.data.get("arms", {}):
                _refuse_arm(outcome.against, info.data.get("arms", {}))
        return outcomes

    @model_validator(mode="after")
    def _have_an_end(self) -> "Experiment":
        """Refuse to end by an unknown outcome.

        Also where replications are chosen by the design.
        """
        until = self.replications.until
        if until and until.outcome not in self.outcomes:
            advice = suggest(
                nearest(until.outcome, self.outcomes), build_message("there_are", names=[*self.outcomes])
            )
            refuse("unknown-outcome", name=printable(until.outcome), advice=advice)
        if until and any(factor.replication for factor in self.factors.values()):
            refuse("no-end.design")
        return self

    @model_validator(mode="after")
    def _have_a_design(self) -> "Experiment":
        """Refuse values without a design.

        A list must name them all.
        """
        names = {*self.factors, *self.levers}
        if self.design and self.design.method == "one_at_a_time":
            fixed_values = [name for name, factor in self.factors.items() if not factor.has_middle]
            if fixed_values or self.levers or not self.factors:
                refuse("not-alone", names=[*fixed_values, *self.levers] or build_message("none"))
        if names and self.design is None and self.seek is None:
            refuse("no-design")
        if self.design and self.design.cross_levers and not (self.factors and self.levers):
            refuse("not-crossed")
        if self.design and self.design.rows and any(factor.figures_of for factor in self.factors.values()):
            refuse("bad-rows.every")
        for row in self.design.rows if self.design else ():
            if row.keys() != names:
                refuse("bad-rows", names=sorted(names))
        return self


def experiment_schema() -> dict[str, Any]:
    """Build the JSON Schema of experiment files.

    Editors complete and hint by it.
    """
    return {**json_schema(Experiment), "$schema": "https://json-schema.org/draft/2020-12/schema"}


def _refuse_arm(arm: str, arms: Mapping[str, Any]) -> None:
    there_are = build_message("there_are", names=[*arms] or build_message("none"))
    refuse("unknown-arm", arm=printable(arm), advice=suggest(nearest(arm, arms), there_are))
