"""Failures: what is logged, under a number that a visitor can quote."""

import logging
import secrets

logger = logging.getLogger(__name__)


def log_failure(part: str, context: object, error: BaseException | None = None) -> str:
    """Log the exception being handled, or the given one, and return the number a visitor can quote."""
    number = secrets.token_hex(4)
    logger.error("failure %s in %s (%s)", number, part, context, exc_info=error or True)
    return number
