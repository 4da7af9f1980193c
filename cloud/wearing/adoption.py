"""Giving what a device measured before it was bound to who wore it then, as its bindings say now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cloud.gateways.standing import Standing
from cloud.ingest.household import may_not_give
from cloud.ports import ERASED, Adopted, Deed, Ledger, LedgerNote, UnboundDevice, UnboundKeeper, Wearing
from cloud.wearing.desk import NotWornError, WearingBook
from vitals.clock import Clock

__all__ = ["AdoptionDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionDesk:
    """Where what belongs to nobody is given away; it is on the ledger of everybody who wore the device."""

    book: WearingBook
    unbound: UnboundKeeper
    standing: Standing
    ledger: Ledger
    clock: Clock

    def nobodys(self, device: str) -> Sequence[UnboundDevice]:
        """Return what a device measured that belongs to nobody, by the gateway that brought it."""
        return [each for each in self.unbound.unbound_devices() if each.device == device]

    def adopt(self, device: str, *, by: str) -> Adopted:
        """Give what a device measured under nobody to who wore it then; no alert comes of it.

        Raises
        ------
        NotWornError
            If nobody ever wore it, or a gateway brought it that does not speak for who did.
        ConfigurationError
            If this store cannot give points away.
        StorageError
            If it cannot be done now: what was given stays given, ask again for the rest.
        """
        wearings = [_living(each) for each in self.book.wearings_of([device]).get(device, ())]
        patients = sorted({each.patient_id for each in wearings if each.patient_id is not None})
        if not patients:
            raise NotWornError("nobody ever wore {device}: say first who, and since when", device=device)
        self._refuse_strangers(device, wearings)
        now_ms = self.clock.wall_ms()
        self.ledger.append_all(
            [
                LedgerNote(
                    t_ms=now_ms,
                    deed=Deed.QUARANTINE_RELEASED,
                    actor=by,
                    patient_id=patient_id,
                    about={"device": device},
                )
                for patient_id in patients
            ]
        )
        return self.unbound.adopt(device, wearings)

    def _refuse_strangers(self, device: str, wearings: Sequence[Wearing]) -> None:
        """Refuse while a gateway that brought some does not speak for everybody who would be given it."""
        found = self.nobodys(device)
        for gateway, patients in may_not_give(found, wearings, self.standing).items():
            raise NotWornError(
                "{device} was heard through {gateway}, which does not speak for {patients}: if it may, "
                "`carewire cloud gateway speaks-for {gateway} PATIENT...` with all it may speak for, then "
                "ask again",
                device=device,
                gateway=gateway,
                patients=", ".join(sorted(patients)),
            )


def _living(wearing: Wearing) -> Wearing:
    """Return a wearing as nobody's if it was of somebody who was erased: nothing is given to them."""
    return replace(wearing, patient_id=None) if wearing.patient_id == ERASED else wearing
