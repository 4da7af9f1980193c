"""A radio with no system beneath it that remembers devices: recovery has nothing to take hold of."""

from collections.abc import Sequence

from edge.ports import KnownDevice

__all__ = ["BareRadio"]


class BareRadio:
    """The adapter of a backend that lives in this process: it forgets a link with whoever made it."""

    async def known_devices(self) -> Sequence[KnownDevice]:
        """Return nobody."""
        return ()

    async def disconnect(self, device: str) -> None:
        """Do nothing: no link is kept that its session does not have."""

    async def remove_device(self, device: str) -> None:
        """Do nothing: what a wearable shows is asked of it at each connection."""

    async def power_cycle(self) -> None:
        """Do nothing: the adapter is opened anew once its transport is lost."""
