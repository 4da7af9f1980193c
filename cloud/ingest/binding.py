"""Whose a record is, and whether its time can be believed: decided by effective time alone.

A record from before 2020 or more than five minutes ahead of the server is kept at the time it
claims and marked; nothing is ever moved. Where it is known how far its gateway's clock was off, the
time put right decides. Where that cannot be known, the record is its device's only wearer's; of a device
that several wore it is nobody's, and kept unbound until an operator who knows says whose it is.

Wearers and belief change at moments, so what is so at the first and at the last time that a device tells
of in a delivery is so at all between: it is looked up once a device, and only for a delivery over such a
moment once a record.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from cloud.ports import ClockDoubt, IdentifiedRecord, RecordClock, Wearing
from vitals.records import (
    AnyRecord,
    CommandReport,
    DeviceReport,
    Gap,
    GatewayReport,
    HealthEvent,
    ObservationRun,
    Waveform,
)

EARLIEST_MS = 1_577_836_800_000  # 2020-01-01 UTC: before this project
LATEST_AHEAD_MS = 300_000

_EFFECTIVE_MS: Mapping[type, Callable[[Any], int]] = MappingProxyType(
    {
        Waveform: attrgetter("t0_ms"),
        HealthEvent: attrgetter("t_ms"),
        DeviceReport: attrgetter("t_ms"),
        GatewayReport: attrgetter("t_ms"),
        CommandReport: attrgetter("t_ms"),
        Gap: attrgetter("from_ms"),
    }
)

_Owner = tuple[str | None, ClockDoubt | None]
TimesOfDevices = Mapping[str, Sequence[int]]
"""Effective times by device; the empty one is the gateway itself."""
_NEVER_WORN: Sequence[Wearing] = ()


def clock_doubt(t_ms: int, received_ms: int) -> ClockDoubt | None:
    """Return why an effective time is not believed, or None."""
    if t_ms < EARLIEST_MS:
        return ClockDoubt.BEFORE_2020
    if t_ms > received_ms + LATEST_AHEAD_MS:
        return ClockDoubt.AHEAD
    return None


def wearer_at(wearings: Sequence[Wearing], t_ms: int) -> str | None:
    """Return who wore a device at `t_ms`, from its wearings oldest first."""
    before = _begun(wearings, t_ms)
    return wearings[before - 1].patient_id if before else None


def only_wearer(wearings: Sequence[Wearing], received_ms: int) -> str | None:
    """Return who wore a device until it was heard, if nobody else ever did: whose its undated records are."""
    patients = {one.patient_id for one in wearings[: _begun(wearings, received_ms)]}
    return patients.pop() if len(patients) == 1 else None


def bind(
    record: AnyRecord, wearings: Sequence[Wearing], received_ms: int, clock: RecordClock | None = None
) -> Iterable[tuple[AnyRecord, str | None, ClockDoubt | None]]:
    """Return the record with its wearer and doubt; a run over a change of either in its parts."""
    if clock is not None and clock.shift_ms is None:
        return [(record, only_wearer(wearings, received_ms), ClockDoubt.UNSYNCED)]
    shift_ms = clock.shift_ms if clock and clock.shift_ms else 0
    if not isinstance(record, ObservationRun):
        t_ms = _EFFECTIVE_MS[type(record)](record) + shift_ms
        return [(record, wearer_at(wearings, t_ms), clock_doubt(t_ms, received_ms))]
    first, last = (
        _place(wearings, t_ms + shift_ms, received_ms) for t_ms in (min(record.t_ms), max(record.t_ms))
    )
    if first == last:  # places follow each other in time, so all between are the same
        return [(record, wearer_at(wearings, record.t_ms[0] + shift_ms), first[1])]
    right_ms = [t_ms + shift_ms for t_ms in record.t_ms]
    owners = [(wearer_at(wearings, t), clock_doubt(t, received_ms)) for t in right_ms]
    return [(_part(record, owners, owner), *owner) for owner in dict.fromkeys(owners)]


def identify(  # noqa: PLR0913 - the parts of an identity
    record: AnyRecord,
    wearings: Sequence[Wearing],
    *,
    gateway: str,
    epoch: str,
    seq: int,
    received_ms: int,
    clock: RecordClock | None = None,
) -> list[IdentifiedRecord]:
    """Give a record the identity it keeps for ever."""
    return [
        IdentifiedRecord(
            gateway=gateway,
            epoch=epoch,
            seq=seq,
            record=part,
            patient_id=patient_id,
            received_ms=received_ms,
            clock_doubt=doubt,
            clock=clock,
        )
        for part, patient_id, doubt in bind(record, wearings, received_ms, clock)
    ]


def times_of_devices(records: Iterable[tuple[int, AnyRecord]]) -> TimesOfDevices:
    """Return all the times that the records of a delivery tell of."""
    times_ms: defaultdict[str, list[int]] = defaultdict(list)
    for _, record in records:
        if isinstance(record, ObservationRun):
            times_ms[record.device] += record.t_ms
        else:
            times_ms[device_of(record)].append(_EFFECTIVE_MS[type(record)](record))
    return times_ms


def identify_all(  # noqa: PLR0913 - what a delivery's records share
    records: Sequence[tuple[int, AnyRecord]],
    times: TimesOfDevices,
    wearings: Mapping[str, Sequence[Wearing]],
    *,
    gateway: str,
    epoch: str,
    received_ms: int,
    clock: RecordClock | None = None,
) -> list[IdentifiedRecord]:
    """Give the records of a delivery, by seq, the identities they keep for ever, in their order.

    `times` are those of these records; `wearings` holds those of each device that somebody ever wore.
    """
    owners = {
        device: _owner_of_all(times_ms, wearings.get(device, _NEVER_WORN), received_ms, clock)
        for device, times_ms in times.items()
    }
    items: list[IdentifiedRecord] = []
    for seq, record in records:
        device = device_of(record)
        owner = owners[device]
        if owner is None:
            items += identify(
                record,
                wearings.get(device, _NEVER_WORN),
                gateway=gateway,
                epoch=epoch,
                seq=seq,
                received_ms=received_ms,
                clock=clock,
            )
            continue
        patient_id, doubt = owner
        items.append(
            IdentifiedRecord(
                gateway=gateway,
                epoch=epoch,
                seq=seq,
                record=record,
                patient_id=patient_id,
                received_ms=received_ms,
                clock_doubt=doubt,
                clock=clock,
            )
        )
    return items


def device_of(record: AnyRecord) -> str:
    """Return the device that made a record; empty where it is the gateway itself, which nobody wears."""
    return getattr(record, "device", "")


def _owner_of_all(
    times_ms: Sequence[int], wearings: Sequence[Wearing], received_ms: int, clock: RecordClock | None
) -> _Owner | None:
    """Return the wearer and doubt of all times at once, or None if they are not the same for all."""
    if clock is not None and clock.shift_ms is None:
        return only_wearer(wearings, received_ms), ClockDoubt.UNSYNCED
    shift_ms = clock.shift_ms if clock and clock.shift_ms else 0
    first_ms, last_ms = min(times_ms) + shift_ms, max(times_ms) + shift_ms
    begun, doubt = _place(wearings, first_ms, received_ms)
    if (begun, doubt) != _place(wearings, last_ms, received_ms):
        return None
    return (wearings[begun - 1].patient_id if begun else None), doubt


def _begun(wearings: Sequence[Wearing], t_ms: int) -> int:
    return bisect_right(wearings, t_ms, key=attrgetter("from_ms"))


def _place(wearings: Sequence[Wearing], t_ms: int, received_ms: int) -> tuple[int, ClockDoubt | None]:
    return _begun(wearings, t_ms), clock_doubt(t_ms, received_ms)


def _part(run: ObservationRun, owners: Sequence[_Owner], owner: _Owner) -> ObservationRun:
    kept = [index for index, one in enumerate(owners) if one == owner]
    return ObservationRun(
        device=run.device,
        kind=run.kind,
        t_ms=[run.t_ms[i] for i in kept],
        value=[run.value[i] for i in kept],
        quality=None if run.quality is None else [run.quality[i] for i in kept],
        device_ms=None if run.device_ms is None else [run.device_ms[i] for i in kept],
    )
