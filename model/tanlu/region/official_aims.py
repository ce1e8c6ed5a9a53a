"""Words of official aims: which variables of a pack's `targets.csv` mean what, and which way they are better."""

import re

PEAK_YEAR, NET_EMISSIONS = "Emissions|CO2|Peak Year", "Emissions|CO2|Net"
PEAK_KEY = "peak_year"
CHANGE = "share of base year"
SHARES = ("share", CHANGE)  # units of a pack that are shown, and measured, in percent
# Beginnings of the variables of which less is better; of all others an official aim asks for more.
LESS_IS_BETTER = (
    "Emissions",
    "Energy Intensity",
    "Final Energy|Industry|Per",
    "Primary Energy|Coal Share",
    "Primary Energy|Oil Share",
    "Primary Energy|Per",
)
# What a plan foresees and does not aim at: neither more nor less of it is better.
FORESEEN = ("Final Energy|Electricity",)
# Variables of the model that hold less than the official figure of that name.
NARROWER = ("Finance|Green Loans|Outstanding",)


def write_key(name: str) -> str:
    """Write words as a key: lower case, joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def name_aim(variable: str, year: int) -> str:
    """Name the key of an official aim by its variable and target year."""
    return PEAK_KEY if variable == PEAK_YEAR else write_key(f"target {variable} {year}")


def measured_variable(variable: str) -> str:
    """Name the indicator that measures an official aim's variable.

    Sinks are outside the model, so net emissions are measured as emissions; a peak is one of emissions.
    """
    return "Emissions|CO2" if variable in (NET_EMISSIONS, PEAK_YEAR) else variable
