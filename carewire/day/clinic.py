"""The real service of a simulated day: ingest, stores, evaluation and pipeline; no broker, no web."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from carewire.day.clock import DayClock
from carewire.day.wearer import Wearer
from carewire.layout import toml_text
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.site import site
from cloud.alerts.acknowledge import AlertService
from cloud.bootstrap.access import gatekeeper_over, sharing_over
from cloud.bootstrap.alerting import Alerting, alerting_over
from cloud.bootstrap.foundation import REAL_CLOCK, lay_foundation
from cloud.bootstrap.stores import Stores, open_stores
from cloud.config import load_settings
from cloud.ingest.service import IngestService
from cloud.ports import OPERATOR, Delivery, Patient, Person
from cloud.roles.chosen import EVERY_ROLE
from vitals.records import AnyRecord
from vitals.wire.envelope import VERSION, ClockStamp, SoundBatch, encode_batch

__all__ = ["Clinic", "opened"]

_RENEW_S = 1.0


@dataclass(slots=True, kw_only=True)
class Clinic:
    """What the wearers' gateways tell goes in, and their alerts come out at people."""

    stores: Stores
    clock: DayClock
    gatekeeper: Gatekeeper
    ingest: IngestService
    alerting: Alerting
    acknowledger: AlertService
    _numbers: dict[str, int] = field(default_factory=dict)
    _renewed_s: float = float("-inf")

    def admit(self, wearer: Wearer, people: Sequence[Person]) -> None:
        """Make a patient known, their wearables theirs, and these people those who may see them."""
        directory, now_ms = self.stores.relational.directory, self.clock.wall_ms()
        sharing = sharing_over(self.stores.relational, self.clock, self.gatekeeper)
        directory.add_patient(Patient(id=wearer.patient_id, display_name=wearer.name))
        for device in wearer.devices:
            directory.bind(device, wearer.patient_id, now_ms)
        for person in people:
            directory.add_person(person)
            sharing.give(wearer.patient_id, person_id=person.id, by=OPERATOR)

    def receive(self, told: Mapping[str, Sequence[AnyRecord]]) -> None:
        """Take in what gateways tell now, and do all that comes of it."""
        deliveries = [self._delivery(gateway, records) for gateway, records in told.items() if records]
        if deliveries:
            self.ingest.ingest(deliveries)
        if REAL_CLOCK.monotonic_s() - self._renewed_s >= _RENEW_S:
            self._renewed_s = REAL_CLOCK.monotonic_s()
            self.alerting.renew(self._renewed_s)
        while self.alerting.worker.step():
            pass

    def _delivery(self, gateway: str, records: Sequence[AnyRecord]) -> Delivery:
        first, now_ms = self._numbers.get(gateway, 1), self.clock.wall_ms()
        self._numbers[gateway] = first + len(records)
        batch = SoundBatch(
            v=VERSION,
            epoch=f"{gateway}-epoch",
            first_seq=first,
            boot_id="day",
            clock=ClockStamp(wall_ms=now_ms, boottime_ms=now_ms, synced=True),
            records=[*records],
        )
        return Delivery(
            gateway=gateway,
            payload=encode_batch(batch),
            content_type=None,
            received_ms=now_ms,
            acknowledge=lambda: None,
        )


@contextmanager
def opened(folder: Path, clock: DayClock, online: Callable[[str], bool | None]) -> Iterator[Clinic]:
    """Open a clinic in an empty folder; `online` says which gateways the broker still has."""
    settings_file = folder / "cloud.toml"
    settings_file.write_text(toml_text({"data_dir": str(folder)}))
    settings = load_settings(settings_file)
    stores = open_stores(settings)
    try:
        base = lay_foundation(settings, site("http://127.0.0.1:8080"), stores, EVERY_ROLE)
        relational = stores.relational
        base = replace(base, clock=clock, gatekeeper=gatekeeper_over(relational, clock))
        yield Clinic(
            stores=stores,
            clock=clock,
            gatekeeper=base.gatekeeper,
            ingest=IngestService(
                store=stores.series.records, devices=relational.directory, answers=relational.commands
            ),
            alerting=alerting_over(base, online),
            acknowledger=AlertService(
                store=relational.alerts, reader=relational.alerts, permissions=base.gatekeeper
            ),
        )
    finally:
        stores.close()
