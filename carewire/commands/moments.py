"""Moments as people type them and read them at the command line: ISO 8601, UTC unless it says otherwise."""

from datetime import UTC, datetime

__all__ = ["moment_ms", "shown"]


def moment_ms(option: str, text: str) -> int:
    """Return the milliseconds since 1970 of a moment given as an option.

    Raises
    ------
    ConfigurationError
        If it is none.
    """
    from vitals.errors import ConfigurationError

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option} {text!r} is no time: give one like 2026-03-01T12:00Z") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def shown(t_ms: int) -> str:
    """Return a moment as it is shown."""
    return f"{datetime.fromtimestamp(t_ms / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"
