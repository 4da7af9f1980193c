"""What a password costs here: the time of one, as settings have it, and what an unknown name costs."""

import time
from typing import Final

from carewire.bench.figures import Figures
from cloud.access.argon2 import Argon2id
from cloud.access.hashing_room import HashingRoom
from cloud.config import load_settings

__all__ = ["measure"]

_TIMES: Final = 15
_PASSWORD: Final = "four plain garden words"  # noqa: S105 - nobody's


def measure() -> Figures:
    """Return medians, and the least and the most, in milliseconds."""
    settings = load_settings(None).sign_in
    hasher = Argon2id(memory_mib=settings.memory_mib, passes=settings.passes)
    room = HashingRoom(hasher=hasher)
    room.prepare()
    encoded = hasher.hashed(_PASSWORD)
    known, unknown, worked = [], [], []
    for _ in range(_TIMES):
        before_s, before_cpu_s = time.perf_counter(), time.process_time()
        room.matches(encoded, _PASSWORD, is_known=False)
        known.append(time.perf_counter() - before_s)
        worked.append(time.process_time() - before_cpu_s)
        before_s = time.perf_counter()
        room.matches(None, _PASSWORD, is_known=False)
        unknown.append(time.perf_counter() - before_s)
    return {
        "memory_mib": settings.memory_mib,
        "passes": settings.passes,
        **_spread("password_ms", known),
        **_spread("password_cpu_ms", worked),
        **_spread("unknown_name_ms", unknown),
    }


def _spread(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    named = (("median", ordered[len(ordered) // 2]), ("least", ordered[0]), ("most", ordered[-1]))
    return {f"{name}_{which}": round(value * 1000, 1) for which, value in named}
