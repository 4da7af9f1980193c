"""What administrators look at, from lists: record accounts, gateways, presence."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.ports import (
    Adopted,
    ClockFix,
    CommitOutcome,
    EpochAccount,
    HeardDevice,
    IdentifiedRecord,
    QuarantinedRecord,
    UnboundDevice,
    Wearing,
)
from vitals.records import GatewayReport


@dataclass(slots=True)
class FakeBackOffice:
    epochs: list[EpochAccount] = field(default_factory=list)
    fixes: list[ClockFix] = field(default_factory=list)
    reports: dict[str, tuple[GatewayReport, int]] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    connected: dict[str, bool] = field(default_factory=dict)
    heard_from: list[HeardDevice] = field(default_factory=list)
    unbound: list[UnboundDevice] = field(default_factory=list)
    adopted: list[tuple[str, tuple[Wearing, ...]]] = field(default_factory=list)

    def commit(
        self,
        records: Sequence[IdentifiedRecord],
        quarantined: Sequence[QuarantinedRecord] = (),
        fixes: Sequence[ClockFix] = (),
    ) -> CommitOutcome:
        self.fixes.extend(fixes)
        return CommitOutcome(fresh=len(records), duplicates=0, quarantined=len(quarantined))

    def accounts(self) -> Sequence[EpochAccount]:
        return self.epochs

    def unbound_devices(self) -> Sequence[UnboundDevice]:
        return self.unbound

    def adopt(self, device: str, wearings: Sequence[Wearing]) -> Adopted:
        given = [each for each in self.unbound if each.device == device]
        self.adopted.append((device, tuple(wearings)))
        self.unbound = [each for each in self.unbound if each.device != device]
        return Adopted(points=sum(each.records for each in given), strips=0, events=0, gaps=0)

    def gateway_report(self, gateway: str) -> tuple[GatewayReport, int] | None:
        return self.reports.get(gateway)

    def heard_gateways(self) -> dict[str, int]:
        return self.heard

    def heard_devices(self) -> Sequence[HeardDevice]:
        return self.heard_from

    def online(self, gateway: str) -> bool | None:
        return self.connected.get(gateway)

    def asked(self, gateway: str) -> None:
        self.connected[gateway] = True
