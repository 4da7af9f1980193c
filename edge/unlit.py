"""A gateway with neither light nor sound: nothing sounds here that could be silenced."""

from vitals.errors import DeviceError

__all__ = ["Unlit"]


class Unlit:
    """The port LocalSignals where there is nothing to signal with."""

    def silence(self, key: str, *, until_ms: int) -> int | None:  # noqa: ARG002 - the port's names
        """Find no such alarm."""
        return None

    def acknowledge(self, event_id: str) -> bool:  # noqa: ARG002 - likewise
        """Find no such alarm."""
        return False

    def identify(self, seconds: float) -> None:
        """Say that it cannot be shown.

        Raises
        ------
        DeviceError
            Always.
        """
        raise DeviceError(f"this gateway has no light or sound to show itself with for {seconds:.0f} s")
