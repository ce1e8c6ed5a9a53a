"""Step the model in Mesa's own view, for one person on this machine.

uv run --with altair --with matplotlib solara run examples/mesa_lab.py

Mesa's view holds one model for everybody who opens it: whoever steps it steps it for all. For others: `tanlu app`.
"""

import solara
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mesa.visualization import Slider, SolaraViz
from mesa.visualization.utils import update_counter

import tanlu

LAST_YEAR = 2060
T_PER_MT = 1e6


class Lab(tanlu.RegionModel):
    """The baseline with a carbon price from 2026 on, in one draw; it rests after its last year."""

    def __init__(self, price_cny_per_tco2: float = 0, replication: int = 0) -> None:
        """Take the price, and which draw of chance is stepped."""
        price = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": price_cny_per_tco2}
        scenario = tanlu.load({"name": "lab", "extends": "tanlu:baseline", "policies": {"price": price}})
        super().__init__(tanlu.Inputs(scenario, tanlu.load_region(scenario.region)), replication)

    def step(self) -> None:
        """Live through one year."""
        super().step()
        self.running = self.year < LAST_YEAR


@solara.component
def Paths(model: Lab) -> None:  # noqa: N802 - components are named like classes, as Solara's own are
    """Draw emissions and captured CO2 of the years so far."""
    update_counter.get()
    years = range(model.year - len(model.records) + 1, model.year + 1)
    figure = Figure()
    axes = figure.subplots()
    axes.plot(years, [one.emissions.by_sector_tco2.sum() / T_PER_MT for one in model.records], label="CO2")
    axes.plot(years, [one.co2.captured_tco2.sum() / T_PER_MT for one in model.records], label="captured")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("Mt a year")
    axes.legend()
    solara.FigureMatplotlib(figure)


page = SolaraViz(
    Lab(),
    components=[(Paths, 0)],
    model_params={
        "price_cny_per_tco2": Slider("Carbon price, CNY/t", value=0, min=0, max=1000, step=10),
        "replication": Slider("Draw", value=0, min=0, max=99, step=1),
    },
    name="Tanlu, one draw",
)
