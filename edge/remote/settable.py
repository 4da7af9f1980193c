"""What may be set from afar: a list of what may, so that a new setting may not until it is here.

Never on it: where the records go, keys and credentials, addresses, paths, programs, who may see the page.
Whoever steals the operator's key must not run programs in every home, look into it, or send its records
elsewhere. What quietens the alarms of a home needs the consent of that home.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from vitals.errors import ConfigurationError

__all__ = ["CONSENT", "SETTABLE", "refuse_less_room", "unsettable"]

CONSENT: Final = "trust.alarms_from_afar"
"""The setting of the gateway's own file by which its home consents."""

SETTABLE: Final[Mapping[str, bool]] = MappingProxyType(
    {
        "devices": False,
        "ecg_rate_hz": False,
        "waveforms": False,
        "radio.scan_s": False,
        "radio.scan_rest_s": False,
        "radio.connect_s": False,
        "radio.request_s": False,
        "radio.silence_s": False,
        "radio.first_pause_s": False,
        "radio.longest_pause_s": False,
        "radio.pair_s": False,
        "radio.fetch_s": False,
        "radio.settled_s": False,
        "radio.visit_rest_s": False,
        "radio.scanner_silence_s": False,
        "radio.most_devices": False,
        "radio.lease_s": False,
        "radio.notify": False,
        "outbox.max_bytes": False,
        "ring.hours": False,
        "ring.max_bytes": False,
        "ring.write_every_s": False,
        "ring.before_event_s": False,
        "ring.after_event_s": False,
        "alarms.health": True,
        "alarms.watch_alerting": True,
        "alarms.alerting_silent_s": True,
        "alarms.alerting_long_s": True,
    }
)
"""Every setting that may be set from afar; `True`: only where the home consents."""


def unsettable(content: Mapping[str, Any], *, has_consent: bool) -> str | None:
    """Return in words what of these settings may not be set from afar; `None`: all may."""
    problems = []
    for key in _keys(content):
        if key not in SETTABLE:
            problems.append(f"{key} is set at the gateway alone: change its own file")
        elif SETTABLE[key] and not has_consent:
            problems.append(f"{key} needs this home's consent: {CONSENT} = true in its own file")
    return "; ".join(problems) or None


def refuse_less_room(max_bytes: int, *, waiting_bytes: int) -> None:
    """Return if the outbox may be made so small: records that wait would go for it, and no way back has them.

    Raises
    ------
    ConfigurationError
        More than that waits.
    """
    if max_bytes < waiting_bytes:
        raise ConfigurationError(
            f"outbox.max_bytes = {max_bytes}: {waiting_bytes} bytes wait here, and some would be given up "
            "for it; leave it higher, or send it once they are delivered"
        )


def _keys(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield every setting named, `table.key` where its table is one; an empty table names itself."""
    for name, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from (f"{name}.{key}" for key in value)
        else:
            yield name
