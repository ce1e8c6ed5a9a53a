"""Waste: how much of it the plants of a province must be able to burn."""

from tanlu.core.arrays import Floats
from tanlu.core.axes import Axes
from tanlu.core.units import PER_MILLION
from tanlu.region.tables import Tables, yearly_by_province

DRIVER = "waste_plants_t_per_person"  # in `drivers.csv`, a year


def read_waste(tables: Tables, axes: Axes) -> Floats:
    """Read the waste that plants must be able to burn, t a year [year, P].

    It goes with population.
    """
    drivers = tables["drivers"]
    population, waste = (
        yearly_by_province(drivers[drivers["driver"] == name], axes.provinces)
        for name in ("population_million", DRIVER)
    )
    return population * PER_MILLION * waste
