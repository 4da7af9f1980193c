"""A light, or whatever else hangs on a pin: Linux's LED class, /sys/class/leds/NAME."""

from dataclasses import dataclass
from pathlib import Path

from vitals.errors import SignalError

__all__ = ["LEDS", "Led"]

LEDS = Path("/sys/class/leds")


@dataclass(slots=True, kw_only=True)
class Led:
    """`edge.alarms.alarm_signals.AlarmLight`; it takes the LED over from the kernel's trigger."""

    name: str
    root: Path = LEDS
    _full: str | None = None

    def switch(self, *, is_on: bool) -> None:
        """Switch it on, as bright as it can be, or off.

        Raises
        ------
        SignalError
            There is no such LED, or this user may not switch it.
        """
        folder = self.root / self.name
        try:
            if self._full is None:
                (folder / "trigger").write_text("none", encoding="ascii")
                self._full = (folder / "max_brightness").read_text(encoding="ascii").strip()
            (folder / "brightness").write_text(self._full if is_on else "0", encoding="ascii")
        except OSError as error:
            self._full = None
            raise SignalError(
                f"{folder} cannot be switched ({error.strerror}): "
                "check alarms.led and that the gateway's user may write there"
            ) from error
