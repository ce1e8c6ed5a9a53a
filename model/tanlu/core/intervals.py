"""Student's t, of which all intervals are made."""

CONFIDENCE = 0.95


def student_quantile(freedom: float) -> float:
    """Return the two-sided quantile of Student's t."""
    from scipy.special import stdtrit  # here: a run of one draw has no interval

    return float(stdtrit(freedom, 0.5 + 0.5 * CONFIDENCE))
