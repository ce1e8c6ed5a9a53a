"""Which way each factor of the world works."""

from tests.laws.form import Law, Row

ROWS: tuple[Row, ...] = (
    Law(
        "world.renewable_potential_factor",
        0.3,
        3.0,
        "Capacity|Electricity|By Group|Wind and Solar",
        "+",
        why="more sites are left, so that the next one is better and cheaper to connect",
    ),
    Law(
        "world.demand_factor",
        0.8,
        1.2,
        "Final Energy|Electricity",
        "+",
        why="it multiplies what everybody uses",
    ),
)
