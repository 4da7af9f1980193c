"""The adapter beneath scans and connections, in memory; what is done to it is kept."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class FakeKnownDevice:
    device: str
    is_bonded: bool = False


@dataclass(slots=True, kw_only=True)
class FakeRadioAdapter:
    known: list[FakeKnownDevice] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    error: Exception | None = None
    on_power_cycle: Callable[[], None] = lambda: None

    async def known_devices(self) -> list[FakeKnownDevice]:
        self._refuse()
        return self.known

    async def disconnect(self, device: str) -> None:
        self.log.append(f"disconnect {device[-2:]}")
        self._refuse()

    async def remove_device(self, device: str) -> None:
        self.log.append(f"remove {device[-2:]}")
        self._refuse()

    async def power_cycle(self) -> None:
        self.log.append("power-cycle")
        self._refuse()
        self.on_power_cycle()

    def _refuse(self) -> None:
        if self.error is not None:
            raise self.error
