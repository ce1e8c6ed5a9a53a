"""How a decider values a project under the year's signals."""

from model.kernels.appraisal import Outlook, Projects, value_projects
from model.signals import Floats, Signals


def appraise_projects(signals: Signals, projects: Projects) -> tuple[Floats, Floats]:
    """Return the NPV of each project, CNY of 2020 [n], and the carbon price today at which it would be zero [n].

    Carbon is valued at the price its owner expects: the announced one as far as it is believed. The switching price
    is in CNY/t CO2, NaN where a project avoids no CO2.
    """
    outlook = Outlook(
        carbon_cost=signals.carbon_cost_cny_per_tco2,
        support=signals.capture_support_cny_per_tco2,
        carbon_path=signals.carbon_path_cny_per_tco2,
        support_path=signals.capture_support_path_cny_per_tco2,
    )
    npv, switching = value_projects(projects, outlook)
    return npv, switching
