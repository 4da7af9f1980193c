"""A computer that is as the test says."""

from vitals.records import HostState


class FakeHost:
    """`edge.ports.Host`."""

    def __init__(self, state: HostState | None = None) -> None:
        self.now = state or HostState()

    def state(self) -> HostState:
        return self.now
