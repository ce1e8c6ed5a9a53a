"""The days that stand for a month: typical ones, those of highest load, and in a dry spell the typical ones in it."""

import numpy as np

from tanlu.core.arrays import Floats

TYPICAL, PEAK, DRY = range(3)


def day_weights(usual: Floats, spell_days: Floats) -> Floats:
    """Count the days of each type [month, 2].

    [month, 3] in a year with a dry spell.
    A spell holds the days of highest load; its other days are the third type.

    Args:
        usual: days of each type in a year without, [month, 2].
        spell_days: days of the spell, [month].
    """
    return part_days(usual, spell_days) if spell_days.any() else usual


def part_days(usual: Floats, spell_days: Floats) -> Floats:
    """Count the days of all three types of years with dry spells, [..., month, 3]; arguments as of `day_weights`."""
    dry = np.maximum(spell_days - usual[:, PEAK], 0.0)
    return np.stack([usual[:, TYPICAL] - dry, np.broadcast_to(usual[:, PEAK], dry.shape), dry], axis=-1)


def every_day_type(values: Floats, day_weight: Floats) -> Floats:
    """Add the hours of dry days, as on typical days, where needed.

    Hours are [..., month, 2, hour].
    """
    if day_weight.shape[1] == DRY:
        return values
    return np.concatenate([values, values[..., [TYPICAL], :]], axis=-2)


def usual_day_types(values: Floats, day_weight: Floats) -> Floats:
    """Merge the hours of dry days into those of typical days.

    Hours are [..., month, day type, hour]; those of typical days are the mean of both.
    """
    if values.shape[-2] <= DRY:
        return values
    days = np.stack([day_weight[:, TYPICAL], day_weight[:, DRY]], axis=1)
    share = (days / days.sum(axis=1, keepdims=True))[:, :, None]
    typical = (values[..., [TYPICAL, DRY], :] * share).sum(axis=-2, keepdims=True)
    return np.concatenate([typical, values[..., [PEAK], :]], axis=-2)
