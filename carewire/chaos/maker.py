"""What a feeder makes: append n of a gateway is the same records whenever it is asked for.

So whoever examines a run knows each record that should be there to the last bit, without having it told by
anything that was killed.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from vitals.records import (
    AnyRecord,
    DeviceReport,
    HealthEvent,
    LinkState,
    ObservationRun,
    Phase,
    Waveform,
)

__all__ = ["SPACING_MS", "Maker"]

SPACING_MS: Final = 20
"""What lies between two appends in effective time: no two samples of a gateway share a millisecond."""
_RUNS: Final = 5
_SAMPLES: Final = SPACING_MS // _RUNS
_STRIP_EVERY: Final = 4
_EVENT_EVERY: Final = 40
_POISON_EVERY: Final = 150
_NO_BATTERY_PERCENT: Final = 300


class Maker(Struct, frozen=True, kw_only=True):
    """One gateway's records: all of one strap, from `base_ms` on, strips of `strip_samples`."""

    gateway: str
    base_ms: int
    strip_samples: int

    @property
    def device(self) -> str:
        """The strap."""
        return f"{self.gateway}-strap"

    @property
    def patient(self) -> str:
        """Who wears it."""
        return f"{self.gateway}-resident"

    def records(self, number: int) -> Sequence[AnyRecord]:
        """Return append `number`, from 1: always runs, now and then a strip, an event, and poison.

        Poison is a report no cloud can read; a gateway that makes it is wrong, and must not be held up by it.
        """
        now_and_then = (
            (_STRIP_EVERY, self._strip),
            (_EVENT_EVERY, self._event),
            (_POISON_EVERY, self._poison),
        )
        runs = [self._run(number, first_ms) for first_ms in range(0, SPACING_MS, _SAMPLES)]
        return [*runs, *(make(number) for every, make in now_and_then if number % every == 0)]

    def span_ms(self, last: int) -> tuple[int, int]:
        """Return the half-open span of effective time of appends 1 to `last`."""
        return self._t_ms(1), self._t_ms(last + 1)

    def _t_ms(self, number: int) -> int:
        return self.base_ms + number * SPACING_MS

    def _run(self, number: int, first_ms: int) -> AnyRecord:
        t_ms = self._t_ms(number) + first_ms
        return ObservationRun(
            device=self.device,
            kind="heart_rate",
            t_ms=list(range(t_ms, t_ms + _SAMPLES)),
            value=[60.0 + (number + 7 * i) % 40 for i in range(first_ms, first_ms + _SAMPLES)],
        )

    def _strip(self, number: int) -> AnyRecord:
        return Waveform(
            device=self.device,
            kind="ecg",
            t0_ms=self._t_ms(number),
            rate_hz=130.0,
            samples=(number % 32_000).to_bytes(2, "little") * self.strip_samples,
            scale=0.001,
        )

    def _event(self, number: int) -> AnyRecord:
        episode, is_end = divmod(number // _EVENT_EVERY, 2)
        return HealthEvent(
            event_id=f"{self.gateway}-{episode:08}",
            device=self.device,
            condition="atrial-fibrillation",
            phase=Phase.END if is_end else Phase.ONSET,
            t_ms=self._t_ms(number),
            noticed_ms=self._t_ms(number),
        )

    def _poison(self, number: int) -> AnyRecord:
        return DeviceReport(
            device=self.device,
            t_ms=self._t_ms(number),
            link=LinkState.CONNECTED,
            battery_percent=_NO_BATTERY_PERCENT,
        )
