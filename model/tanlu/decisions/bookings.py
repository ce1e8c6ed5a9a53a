"""Bookings: what emitters need of their hub's lines, what they have signed for, and what they hand on."""

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.co2 import contracts_tco2, emitter_sites
from tanlu.power import capture as plant_capture
from tanlu.region.power import OPEN_END_YEAR
from tanlu.state.actors import Actors

BOOKED = 1  # column of commitments, after what is paid for: the line for them


def committed_tco2(actors: Actors) -> Floats:
    """Add up the contracts of each hub, t CO2 a year [H]."""
    emitters = actors.plants, actors.industry
    return sum_by_group(emitter_sites(*emitters).hub, contracts_tco2(*emitters), len(actors.hubs))


def _captures(actors: Actors, year: int) -> tuple[Floats, Floats]:
    """Mark emitters that capture, and emitters that build capture [N].

    Both are 0 or 1 for every power unit and then facility.
    """
    power, goods = actors.plants, actors.industry
    since = np.concatenate([power.capture_year, goods.capture_year])
    running = np.where(since <= year, 1.0, 0.0)
    under_way = np.where((since > year) & (since < OPEN_END_YEAR), 1.0, 0.0)
    capture = goods.data.options.effect.capture_rate > 0.0
    for _, row, option in goods.due:
        if capture[option]:
            under_way[len(power) + row] = 1.0
    return running, under_way


def end_contracts(actors: Actors, year: int) -> None:
    """End the contracts of emitters without capture, or gone after `year`."""
    plants, industry = actors.plants, actors.industry
    running, under_way = _captures(actors, year)
    active = np.concatenate([plants.active(year + 1), industry.active(year + 1)])
    goes_on = (running + under_way > 0.0) & active
    reserved = np.concatenate([plants.reserved_tco2, industry.reserved_tco2])
    sign_contracts(actors, contracts_tco2(plants, industry) * goes_on, reserved * goes_on)


def sign_contracts(actors: Actors, contract: Floats, reserved: Floats) -> None:
    """Set contracts, and what of them is paid for in any case, t CO2 a year [N]."""
    n, (plants, industry) = len(actors.plants), (actors.plants, actors.industry)
    plants.contract_tco2, industry.contract_tco2 = contract[:n], contract[n:]
    plants.reserved_tco2, industry.reserved_tco2 = reserved[:n], reserved[n:]


def expected_flow(
    actors: Actors, signals: Signals, expected_accounts: PlantAccounts, production: ProductionOutcome
) -> Floats:
    """Compute what plants in operation and under way are expected to capture, t CO2 a year [N].

    Units in the expected year, facilities over a contract's life, as far as their plants can take it.
    """
    industry, output = actors.industry, production.output
    captured_tco2 = production.captured_tco2 + industry.capture_under_way(production)
    expected = industry.expected_output(signals.data_row, output)
    growth = np.divide(expected, output, out=np.ones(output.size), where=output > 0.0)
    flow = np.minimum(captured_tco2 * growth, industry.capture_size_tco2)
    return np.concatenate([expected_accounts.captured_tco2, flow])


def needed_tco2(actors: Actors, signals: Signals, flow: Floats) -> Floats:
    """Compute what emitters would book for an expected flow, t CO2 a year [N].

    Works book no more than their plants can take.
    """
    plants, industry = actors.plants, actors.industry
    n, margin = len(plants), plants.region.co2.transport["hub_booking_margin_share"]
    power = plant_capture.booking_tco2(plants, signals, np.arange(n), flow[:n])
    works = np.minimum((1.0 + margin) * flow[n:], industry.capture_size_tco2)
    return np.concatenate([power, works])


def sum_commitments(actors: Actors, flow: Floats, needed: Floats) -> Floats:
    """Add up what is paid for by contract and the line for it by hub, t CO2 a year [H, 2].

    Paid for is what is shipped, and at least what is reserved. In column `BOOKED` stands the line for what is still
    `needed` of contracts; the rest is free for others.
    """
    plants, industry = actors.plants, actors.industry
    contract, hub = contracts_tco2(plants, industry), emitter_sites(plants, industry).hub
    reserved = np.concatenate([plants.reserved_tco2, industry.reserved_tco2])
    paid_tco2 = sum_by_group(hub, np.maximum(np.minimum(flow, contract), reserved), len(actors.hubs))
    return np.stack([paid_tco2, sum_lines(actors, flow, np.minimum(needed, contract))], axis=1)


def sum_lines(actors: Actors, flow: Floats, contract: Floats) -> Floats:
    """Compute the line that contracts take, t CO2 a year [H].

    Good and bad years of shippers do not fall together; what all of them are expected to ship finds room.

    Args:
        actors: the agents.
        flow: expected of each emitter [N].
        contract: of each emitter [N].
    """
    hub, hubs = emitter_sites(actors.plants, actors.industry).hub, len(actors.hubs)
    booked, expected = (sum_by_group(hub, x, hubs) for x in (contract, np.minimum(flow, contract)))
    return np.maximum(actors.plants.region.co2.transport["hub_diversity_share"] * booked, expected)


def release_room(actors: Actors, needed: Floats, joins: Integers, booked_tco2: Floats) -> Floats:
    """Return contracts less the room that newcomers take over, t CO2 a year [N].

    Who has booked more than it still needs pays for it until another takes it over: free room first, then that of all
    of them alike, and only then is a line added.
    """
    emitters, hubs = (actors.plants, actors.industry), len(actors.hubs)
    contract, hub = contracts_tco2(*emitters), emitter_sites(*emitters).hub
    diversity = actors.plants.region.co2.transport["hub_diversity_share"]
    spare = np.maximum(contract - needed, 0.0)
    carries = np.array([x.capacity_tco2 for x in actors.hubs]) / diversity
    offered = sum_by_group(hub, spare, hubs)
    free = np.maximum(carries - sum_by_group(hub, contract, hubs), 0.0)
    asked_tco2 = np.maximum(sum_by_group(hub[joins], booked_tco2, hubs) - free, 0.0)
    taken_share = np.divide(np.minimum(asked_tco2, offered), offered, out=np.zeros(hubs), where=offered > 0.0)
    return contract - spare * taken_share[hub]
