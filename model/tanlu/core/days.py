"""The days that stand for a month: typical ones, those of highest load, and in a dry spell the typical ones in it."""

import numpy as np

from tanlu.core.arrays import Floats

TYPICAL, PEAK, DRY = range(3)


def day_weights(usual: Floats, spell_days: Floats) -> Floats:
    """Return the days of each type [month, 2], or [month, 3] in a year with a dry spell.

    A spell holds the days of highest load; its other days are the third type.

    Args:
        usual: days of each type in a year without, [month, 2].
        spell_days: days of the spell, [month].
    """
    if not spell_days.any():
        return usual
    dry = np.maximum(spell_days - usual[:, PEAK], 0.0)
    return np.stack([usual[:, TYPICAL] - dry, usual[:, PEAK], dry], axis=1)


def every_day_type(values: Floats, day_weight: Floats) -> Floats:
    """Return hours [..., month, 2, hour] with those of dry days, where a year has them: as on typical days."""
    if day_weight.shape[1] == DRY:
        return values
    return np.concatenate([values, values[..., [TYPICAL], :]], axis=-2)


def usual_day_types(values: Floats, day_weight: Floats) -> Floats:
    """Return hours [..., month, day type, hour] with dry days among the typical ones, of which they give the mean."""
    if values.shape[-2] <= DRY:
        return values
    days = np.stack([day_weight[:, TYPICAL], day_weight[:, DRY]], axis=1)
    share = (days / days.sum(axis=1, keepdims=True))[:, :, None]
    typical = (values[..., [TYPICAL, DRY], :] * share).sum(axis=-2, keepdims=True)
    return np.concatenate([typical, values[..., [PEAK], :]], axis=-2)
