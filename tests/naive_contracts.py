"""What water is worth over the years it may be like, offer by offer and hour by hour."""

import numpy as np


def mean_worth(
    cost: np.ndarray,
    offered: np.ndarray,
    called: np.ndarray,
    water: np.ndarray,
    sold: np.ndarray,
    cap: np.ndarray,
    scarcity: float,
) -> np.ndarray:
    """Return the mean worth of water in one zone [M].

    Costs [I] and offers [I, M] hold units that could stop, too. Called [M, D, H] is what this year takes of them, water
    [K, M] what other years have more, sold [M, D, H] the weight.
    """
    mean = []
    for month in range(cap.size):
        worth, weights = [], []
        for day, hour in np.ndindex(called.shape[1:]):
            for more in water[:, month]:
                left, price = called[month, day, hour] - more, scarcity
                for offer in sorted(range(cost.size), key=lambda i: cost[i]):
                    left -= offered[offer, month]
                    if left <= 1e-6:
                        price = cost[offer]
                        break
                worth.append(min(price, cap[month]))
                weights.append(max(sold[month, day, hour], 1e-9))
        mean.append(np.average(worth, weights=weights))
    return np.array(mean)
