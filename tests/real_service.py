"""The service of the page on the real model: each answer is one draw, from the records that all tests share."""

from pathlib import Path

from tanlu.inputs.yaml_reader import write_yaml
from tanlu.pages.measures import Summary, summary, targets_of
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Draw, Order
from tanlu.pages.workers.pool import Here
from tanlu.scenario.loading import load
from tests.model_runs import ONE_DRAW, REGION, measures, shipped

NAMES = ("baseline", "ccus_push", "dual_carbon", "high_carbon_price", "drought_2028")


def write_scenarios(folder: Path) -> dict[str, Path]:
    """Write shipped scenarios in one draw, and return their files by name."""
    files = {name: folder / f"{name}.yaml" for name in NAMES}
    for name, file in files.items():
        label = shipped(name).label.model_dump()
        text = write_yaml({"extends": f"tanlu:{name}", "name": name, "label": label, **ONE_DRAW})
        file.write_text(text, encoding="utf-8")
    return files


def answer(order: Order) -> Draw:
    """Carry out an order without tables."""
    found = measures(load(order.question))
    return Draw(found.variables, found.units, REGION.axes.regions, found.years, found.values, None, ())


def real_service(folder: Path) -> Service:
    """Return the service on the real model."""
    return Service(Here(answer), write_scenarios(folder))


def summed_up(service: Service, levers) -> Summary:
    """Return what an answer comes to against its reference, as the first screen has it."""
    view, base = service.run(levers), service.run(service.scenarios.against(levers))
    return summary(view, base, service, targets_of(base, service))
