"""Which records a gateway has no business to bring: those of patients it does not speak for, and of nobody.

They are set aside whole, with the reason, and come back by a replay once the gateway is allowed them. What
nobody wears may be given to somebody later, by `device adopt`; so one that speaks for some brings none of it
either, but for word that the device is there, or nobody could bind it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from msgspec import Raw

from cloud.gateways.standing import Standing
from cloud.ingest import quarantine
from cloud.ingest.binding import device_of
from cloud.ingest.reading import Reading
from cloud.ports import ERASED, IdentifiedRecord, UnboundDevice, Wearing
from vitals.records import AnyRecord, CommandReport, DeviceReport, GatewayReport
from vitals.wire.envelope import encode_record

__all__ = ["apart", "may_not_give"]

_ANOTHERS: Final = (
    "{device}: this gateway does not speak for who wears it: if it may, "
    "`carewire cloud gateway speaks-for {gateway} PATIENT`, then replay"
)
_NOBODYS: Final = (
    "{device}: it is not known who wore it then, and this gateway speaks for some patients only: "
    "`carewire cloud device bind {device} PATIENT --since TIME`, then replay"
)
_OF_NO_WEARER: Final = frozenset({DeviceReport, GatewayReport, CommandReport})
"""Records that become nobody's history."""

_Key = tuple[str, str, int]


def apart(
    readings: Sequence[Reading], items: Sequence[IdentifiedRecord], standing: Standing
) -> tuple[Sequence[Reading], Sequence[IdentifiedRecord]]:
    """Return readings and records with what is not their gateway's to bring set aside.

    Raises
    ------
    StorageError
        If it cannot be told for whom a gateway speaks.
    """
    strangers = _strangers(items, standing)
    if not strangers:
        return readings, items
    kept = [item for item in items if (item.gateway, item.epoch, item.seq) not in strangers]
    return [_without(reading, strangers) for reading in readings], kept


def may_not_give(
    found: Iterable[UnboundDevice], wearings: Iterable[Wearing], standing: Standing
) -> Mapping[str, frozenset[str]]:
    """Return the gateways that brought what is nobody's, and the wearers that each does not speak for.

    By which gateway a point came is not kept: while one of them may not, nothing of the device is given.
    """
    patients = {wearing.patient_id for wearing in wearings if wearing.patient_id is not None}
    allowed = {each.gateway: standing.of(each.gateway).patients for each in found}
    return {
        gateway: frozenset(patients - theirs)
        for gateway, theirs in allowed.items()
        if theirs is not None and patients - theirs
    }


def _strangers(items: Sequence[IdentifiedRecord], standing: Standing) -> Mapping[_Key, str]:
    """Return what is not its gateway's to bring, each with the words for why."""
    allowed = {gateway: standing.of(gateway).patients for gateway in {item.gateway for item in items}}
    if all(patients is None for patients in allowed.values()):
        return {}
    found: dict[_Key, str] = {}
    for item in items:
        patients = allowed[item.gateway]
        if patients is not None and (why := _refusal(item, patients)) is not None:
            found.setdefault((item.gateway, item.epoch, item.seq), why)
    return found


def _refusal(item: IdentifiedRecord, patients: frozenset[str]) -> str | None:
    if item.patient_id is None:
        return None if type(item.record) in _OF_NO_WEARER else _NOBODYS
    is_theirs = item.patient_id in patients or item.patient_id == ERASED  # of those nothing is set aside
    return None if is_theirs else _ANOTHERS


def _without(reading: Reading, strangers: Mapping[_Key, str]) -> Reading:
    gateway = reading.delivery.gateway
    out = [(seq, one) for seq, one in reading.records if (gateway, reading.epoch, seq) in strangers]
    if not out:
        return reading
    aside = (
        quarantine.one(
            reading.delivery,
            reading.kind,
            reading.epoch,
            seq,
            Raw(encode_record(record, reading.kind)),
            _words(strangers[gateway, reading.epoch, seq], record, gateway),
        )
        for seq, record in out
    )
    gone = {seq for seq, _ in out}
    return replace(
        reading,
        records=tuple((seq, one) for seq, one in reading.records if seq not in gone),
        quarantined=(*reading.quarantined, *quarantine.in_context(reading.delivery, reading.kind, aside)),
    )


def _words(why: str, record: AnyRecord, gateway: str) -> str:
    return why.format(device=device_of(record), gateway=gateway)
