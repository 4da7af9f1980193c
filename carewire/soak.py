"""A household that lives for an hour while its system is struck again and again: what became of every sample.

Parts are killed and frozen in the first half, and only frozen after it; memory is measured over the last
third, once whatever was started anew has filled its caches and logs again.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from carewire.accounting.reconcile import Verdict
from carewire.demo import Demo, Glimpse
from carewire.havoc import BLOWS, Havoc
from carewire.household import HOUSEHOLD, verdicts
from carewire.layout import Layout, free_port
from carewire.processes import Supervisor
from carewire.seed import observer_of, seed_demo

__all__ = ["Soak", "run_soak", "soak_report"]

FLAT_MB_PER_H: Final = 12.0
"""Less growth than this cannot be told from an allocator that settles, within a third of an hour."""
BROKER_MB: Final = 70.0
"""What the embedded broker takes at most once its logs are full, which takes a household hours: about 61."""
_WATCHED: Final = ("gateway", "cloud", "broker")
_SAMPLE_S: Final = 5.0
_KILLS_SHARE: Final = 1 / 2
_MEASURED_SHARE: Final = 1 / 3
_LATE_S: Final = 2.0 + max(blow.most_s for blow in BLOWS)
"""Who is frozen hears late."""
_MB: Final = 1024.0
_LIVES: Final = {"robin": "resting+out-of-range+garbage-packets", "sam": "exercise+firmware-reboot"}
"""What befalls the wearables themselves, besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """How long, in seconds of life; how fast; which blows; and where everything is kept."""

    folder: Path
    duration_s: float = 3600.0
    speed: float = 1.0
    seed: int = 7
    every_s: float = 60.0
    tell: Callable[[str], None] = lambda _sentence: None


@dataclass(slots=True, kw_only=True)
class _Memory:
    """Resident memory of each part over real time, in (s, MB)."""

    supervisor: Supervisor
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    _next_s: float = 0.0

    def look(self) -> None:
        now_s = time.monotonic()
        if now_s < self._next_s:
            return
        self._next_s = now_s + _SAMPLE_S
        for name in _WATCHED:
            part = self.supervisor.parts.get(name)
            if part and part.pid is not None and (resident_mb := _resident_mb(part.pid)) is not None:
                self.samples[name].append((now_s, resident_mb))

    def figures(self, since_s: float) -> Mapping[str, Mapping[str, float]]:
        """Return for each part its memory from `since_s` on: median, peak ever, and growth by the hour."""
        return {name: _figures(np.array(samples), since_s) for name, samples in self.samples.items()}


def run_soak(soak: Soak) -> Mapping[str, Any]:
    """Run it; return the report. `passed`: something is stored, nothing lost or invented, and memory flat.

    Raises
    ------
    DemoError, PartDiedError
        The system could not be brought up, or gave up.
    """
    layout = Layout(
        folder=soak.folder,
        http_port=free_port(),
        mqtt_port=free_port(),
        radio_port=free_port(),
        anchor_ms=time.time_ns() // 1_000_000,
        speed=soak.speed,
        residents=tuple(replace(each, scenario=_LIVES[each.id]) for each in HOUSEHOLD),
        book=soak.folder / "book.jsonl",
    )
    layout.write_settings()
    found: list[Verdict] = []
    supervisor = Supervisor(max_restarts=10_000)
    memory, began_s = _Memory(supervisor=supervisor), time.monotonic()
    real_s = soak.duration_s / soak.speed
    kills_until_s, measured_from_s = began_s + _KILLS_SHARE * real_s, began_s + (1 - _MEASURED_SHARE) * real_s
    with observer_of(layout, seed_demo(layout)) as observer:
        demo = Demo(layout=layout, observer=observer, supervisor=supervisor, tell=soak.tell)
        havoc = Havoc(
            supervisor=supervisor,
            random=Random(soak.seed),  # noqa: S311 - blows, not secrets
            every_s=soak.every_s,
            may_kill=lambda: time.monotonic() < kills_until_s,
            tell=soak.tell,
        )

        def show(_: Glimpse) -> None:
            memory.look()

        def examine() -> Mapping[str, Any]:
            found.extend(verdicts(layout, observer, late_s=_LATE_S))
            return {}

        demo.show, demo.examine, demo.before_stop = show, examine, havoc.end
        with havoc:
            report = demo.run(soak.duration_s)
    return soak_report(soak, report, found, havoc, memory.figures(measured_from_s))


def soak_report(
    soak: Soak,
    run: Mapping[str, Any],
    found: Sequence[Verdict],
    havoc: Havoc,
    memory: Mapping[str, Mapping[str, float]],
) -> Mapping[str, Any]:
    """Judge a run; what was not looked at does not pass."""
    samples = {
        name: sum(getattr(verdict, name) for verdict in found)
        for name in ("made", "stored", "declared", "lost", "invented")
    }
    is_whole = samples["stored"] > 0 and not (run["records_lost"] or samples["lost"] or samples["invented"])
    is_flat = all(name in memory and _is_bounded(name, memory[name]) for name in _WATCHED)
    kept = ("restarts", "records_made", "records_stored", "records_quarantined", "records_lost", "duplicates")
    return {
        "duration_s": run["duration_s"],
        "speed": soak.speed,
        "seed": soak.seed,
        "blows": dict(havoc.struck),
        **{name: run[name] for name in kept},
        "samples": samples,
        "not_whole": [str(verdict) for verdict in found if not verdict.is_whole],
        "memory": memory,
        "passed": is_whole and is_flat,
    }


def _is_bounded(name: str, memory: Mapping[str, float]) -> bool:
    """Tell whether a part has stopped growing, or stays within the logs it is still filling."""
    is_filling = name == "broker" and memory["peak_mb"] <= BROKER_MB
    return is_filling or memory["growth_mb_per_h"] <= FLAT_MB_PER_H


def _figures(samples: "np.ndarray[Any, np.dtype[np.float64]]", since_s: float) -> Mapping[str, float]:
    late = samples[samples[:, 0] >= since_s]
    grown = np.polyfit(late[:, 0], late[:, 1], 1)[0] * 3600 if len(late) > 1 else 0.0
    return {
        "median_mb": round(float(np.median(late[:, 1])), 1) if len(late) else 0.0,
        "peak_mb": round(float(samples[:, 1].max()), 1),
        "growth_mb_per_h": round(float(grown), 2),
    }


def _resident_mb(pid: int) -> float | None:
    """Return the resident memory of a process; `None`: it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    lines = (line.split() for line in status.splitlines())
    return next((int(words[1]) / _MB for words in lines if words[0] == "VmRSS:"), None)
