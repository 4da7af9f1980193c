"""What the central knows of one wearable, from one connection to the next."""

from dataclasses import dataclass, field, replace

from edge.adapters.ble.session import BleSession
from edge.backoff import Backoff
from edge.config import Bond
from edge.link.link_phase import UNSERVED, LinkEvent, LinkPhase, next_phase
from edge.link.profiles import Profile
from edge.link.recovery import CONNECT_LADDER, Ladder, Remedy, Rung
from edge.link.slots import Claim
from vitals.records import LinkState

__all__ = ["Peer"]


@dataclass(slots=True, kw_only=True)
class Peer:
    """One wearable; times are seconds of the event loop's clock."""

    device: str
    profile: Profile
    bond: Bond
    renews_bond: bool = True
    """Whether a bond that is lost may be made anew without a person."""
    backoff: Backoff
    ladder: Ladder = field(default_factory=lambda: Ladder(CONNECT_LADDER))
    phase: LinkPhase = LinkPhase.SOUGHT
    session: BleSession | None = None
    remedy: Rung | None = None
    """What is to be done before it is sought again."""
    rested_s: float = 0.0
    is_absence_told: bool = False
    is_trouble_told: bool = False
    times_cleared: int = 0
    """How often its services were discovered afresh since it was last well."""
    is_bond_renewed: bool = False
    """Whether its bond was removed since it was last well: that is done once."""
    early_ends: int = 0
    """How many links in a row ended before its services were seen."""

    @property
    def claim(self) -> Claim:
        """What it wants of the adapter."""
        return Claim(
            device=self.device, is_visitor=self.profile.is_visitor, is_alarmed=self.profile.is_alarmed
        )

    @property
    def may_renew_bond(self) -> bool:
        """Whether a bond that is lost is made anew now, and not by a person."""
        return self.renews_bond and not self.is_bond_renewed

    @property
    def is_unserved(self) -> bool:
        """Whether nothing is going on with it."""
        return self.phase in UNSERVED

    def step(self, event: LinkEvent) -> None:
        """Go on to the next phase."""
        self.phase = next_phase(self.phase, event)

    def is_sought(self, now_s: float) -> bool:
        """Tell whether it may be connected as soon as it is heard."""
        return self.is_unserved and self.remedy is None and self.rested_s <= now_s

    def fail(self, *, is_its_own: bool = False) -> None:
        """Take note of a failure, and what is to be done: where it is `is_its_own`, at nobody else's cost."""
        rung = self.ladder.fail()
        self.remedy = replace(rung, spares_streams=True) if is_its_own else rung
        self.is_trouble_told |= self.remedy.remedy is Remedy.TELL

    def succeed(self) -> None:
        """Forget what failed: it is well."""
        self.backoff.reset()
        self.ladder.succeed()
        self.is_trouble_told = False
        self.times_cleared = 0
        self.is_bond_renewed = False
        self.early_ends = 0

    def state_after(self, event: LinkEvent) -> LinkState:
        """Return what the cloud is told once a link has ended: of a visitor, nothing to worry about."""
        if self.profile.is_visitor and not self.is_trouble_told:
            return LinkState.AWAY
        return LinkState.SILENT if event is LinkEvent.SILENT else LinkState.DISCONNECTED
