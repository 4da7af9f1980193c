"""The outbox's file is torn or its bits have flipped: what is whole is saved, the loss is stated."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from edge.outbox import Lane, Outbox, Run, read_status
from edge.outbox.frame import MAGIC
from edge.outbox.salvage import salvage
from edge.outbox.schema import connect
from edge.sending.delivery import Delivery
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_records import event, open_outbox, run, strip
from tests.fakes.uplink import FakeUplink
from vitals.errors import StorageError
from vitals.records import AnyRecord, Gap, GapReason, Waveform
from vitals.wire.envelope import Ack, decode_record

_COUNT = 120
_PAGE = 4096


def written(path: Path) -> dict[tuple[str, int], AnyRecord]:
    """Fill an outbox and close it; return every record by its identity."""
    outbox = open_outbox(path)
    for number in range(_COUNT):
        outbox.append([run(number), strip(number), event(number)])
    made = contents(outbox)
    outbox.close()
    return made


def contents(outbox: Outbox) -> dict[tuple[str, int], AnyRecord]:
    return {
        (taken.epoch, seq): decode_record(payload)
        for taken in runs_of(outbox)
        for seq, payload in enumerate(taken.payloads, taken.first_seq)
    }


def runs_of(outbox: Outbox) -> list[Run]:
    after: dict[str, int] = {}
    runs = []
    while (taken := outbox.next_batch(after=after)) is not None:
        after[taken.epoch] = taken.last_seq
        runs.append(taken)
    return runs


def torn_tail(raw: bytearray) -> None:
    del raw[len(raw) // 2 :]


def no_header(raw: bytearray) -> None:
    raw[:100] = bytes(100)


def zeroed_middle(raw: bytearray) -> None:
    middle = len(raw) // 2 // _PAGE * _PAGE
    raw[middle : middle + 4 * _PAGE] = bytes(4 * _PAGE)


def scattered_flips(raw: bytearray) -> None:
    random = Random(3)
    for page in range(0, len(raw), 5 * _PAGE):
        raw[page + random.randrange(8)] ^= 0xFF  # in the page's own header


@pytest.mark.parametrize(
    "damage", [torn_tail, no_header, zeroed_middle, scattered_flips], ids=lambda d: d.__name__
)
def test_a_damaged_file_is_salvaged_and_the_loss_is_stated(
    tmp_path: Path, damage: Callable[[bytearray], None]
) -> None:
    path = tmp_path / "outbox.db"
    made = written(path)
    raw = bytearray(path.read_bytes())
    damage(raw)
    path.write_bytes(raw)

    outbox = open_outbox(path)
    saved = contents(outbox)
    outbox.append([run(999)])
    new = {key: record for key, record in contents(outbox).items() if key not in saved}
    outbox.close()

    kept = {key: record for key, record in saved.items() if key in made}
    assert all(made[key] == record for key, record in kept.items()), "a number means what it meant"
    assert len(kept) > _COUNT // 3
    (gap,) = [record for key, record in saved.items() if key not in made]
    assert isinstance(gap, Gap)
    assert gap.reason is GapReason.OUTBOX_DAMAGED
    assert gap.missed in (None, len(made) - len(kept))
    assert list(new.values()) == [run(999)]
    assert not {epoch for epoch, _ in new} & {epoch for epoch, _ in made}, "new records, new numbers"
    assert [file.name for file in tmp_path.glob("*.damaged-*")], "the damaged file is kept aside"
    assert all(
        epoch.made == epoch.held + epoch.stored + epoch.quarantined + epoch.lost
        for epoch in read_status(path).epochs
    )


def test_a_torn_last_page_costs_no_more_than_it_held(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    made = written(path)
    raw = path.read_bytes()
    path.write_bytes(raw[: -_PAGE // 3])

    outbox = open_outbox(path)
    now = contents(outbox)
    outbox.close()
    changed = {key: record for key, record in now.items() if made.get(key) != record}
    assert 1 <= len(changed) <= 3
    assert all(isinstance(r, Gap) and r.reason is GapReason.OUTBOX_DAMAGED for r in changed.values())
    assert len(made.keys() - now.keys()) <= 2


def test_long_strips_are_salvaged_from_both_sides_of_a_lost_page(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    outbox.append([strip(number, samples=10_000) for number in range(200)])
    made = contents(outbox)
    outbox.close()
    raw = bytearray(path.read_bytes())
    page = _middle(raw) // _PAGE
    raw[page * _PAGE : (page + 1) * _PAGE] = bytes(_PAGE)
    path.write_bytes(raw)

    outbox = open_outbox(path)
    now = contents(outbox)
    outbox.close()
    assert all(now[key] == record for key, record in made.items() if key in now)
    assert len(made) - 15 < len(made.keys() & now.keys()) < len(made)


def _middle(raw: bytearray) -> int:
    """Return where the middle one of the frames in the file begins."""
    starts = [at for at in range(len(raw)) if raw.startswith(MAGIC, at)]
    return starts[len(starts) // 2]


def test_what_the_cloud_has_is_not_called_lost(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path)
    outbox.append([run(number) for number in range(50)])
    taken = outbox.next_batch()
    assert taken is not None
    outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(1, 40)]))
    outbox.close()
    result = salvage(path, now_ms=1)
    assert result.lost == 0
    assert result.records >= 10


def test_flipped_bits_inside_a_record_turn_that_record_alone_into_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    made = written(path)
    raw = path.read_bytes()
    payload_of_40 = strip(40).samples[:64]
    assert raw.count(payload_of_40) >= 1
    path.write_bytes(raw.replace(payload_of_40, payload_of_40[:10] + b"\xff\xff" + payload_of_40[12:]))

    outbox = open_outbox(path)
    now = contents(outbox)
    outbox.close()
    assert now.keys() == made.keys(), "every number still stands for something"
    changed = {key: record for key, record in now.items() if record != made[key]}
    ((key, gap),) = changed.items()
    lost = made[key]
    assert isinstance(lost, Waveform)
    assert gap == Gap(
        device=lost.device,
        kind="ecg",
        from_ms=40,
        to_ms=40 + 9_992,
        reason=GapReason.OUTBOX_DAMAGED,
        missed=1_300,
    )
    assert outbox.counters["outbox.damaged"] == 1


def test_damage_that_shows_while_running_is_salvaged_without_losing_the_append(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    made = written(path)
    outbox = open_outbox(path)
    with path.open("r+b") as file:
        file.seek(_PAGE)
        file.write(bytes(path.stat().st_size - _PAGE - 60 * _PAGE))
    outbox.append([run(999)])
    now = contents(outbox)
    assert run(999) in now.values()
    assert outbox.counters["outbox.salvaged"] == 1
    assert any(isinstance(r, Gap) and r.reason is GapReason.OUTBOX_DAMAGED for r in now.values())
    assert all(made[key] == record for key, record in now.items() if key in made)
    outbox.close()


def test_a_loss_that_waited_to_be_stated_outlives_the_salvage(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    outbox = open_outbox(path, max_bytes=20_000)
    for number in range(500):
        outbox.append([run(number)])
    refused = outbox.counters["outbox.refused"]
    assert refused
    outbox.close()
    salvage(path, now_ms=1)
    outbox = open_outbox(path, max_bytes=20_000)
    stated = [record for record in contents(outbox).values() if isinstance(record, Gap)]
    outbox.close()
    assert [(gap.reason, gap.missed) for gap in stated] == [(GapReason.OUTBOX_FULL, refused)]


def test_an_interrupted_salvage_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    made = written(path)
    raw = bytearray(path.read_bytes())
    no_header(raw)
    (tmp_path / "outbox.db.damaged-17").write_bytes(raw)
    path.unlink()
    (tmp_path / "outbox.db.salvaging").write_bytes(b"half done")
    outbox = open_outbox(path)
    saved = contents(outbox)
    outbox.close()
    assert made.items() <= saved.items()


def test_a_salvage_interrupted_under_a_clock_that_went_back_takes_up_the_last_damaged_file(
    tmp_path: Path,
) -> None:
    path, earlier = tmp_path / "outbox.db", tmp_path / "earlier.db"
    made = written(path)
    written(earlier)
    earlier.rename(tmp_path / "outbox.db.damaged-1700000000000")  # what an earlier salvage left
    raw = bytearray(path.read_bytes())
    torn_tail(raw)
    path.write_bytes(raw)
    salvage(path, now_ms=5_000)  # a boot whose clock stands in 1970
    path.unlink()  # as if it had been killed before the new file was in place
    outbox = open_outbox(path)
    assert contents(outbox).keys() & made.keys()
    outbox.close()


def test_a_damaged_file_on_a_disk_that_went_read_only_is_a_storage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "outbox.db"
    written(path)
    raw = bytearray(path.read_bytes())
    no_header(raw)
    path.write_bytes(raw)

    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "rename", refuse)
        with pytest.raises(StorageError, match="salvaged"):
            open_outbox(path)
    open_outbox(path).close()


async def test_what_was_on_its_way_when_the_file_was_salvaged_is_delivered_on_the_same_link(
    tmp_path: Path,
) -> None:
    path = tmp_path / "outbox.db"
    filled = open_outbox(path)
    filled.append([record for number in range(600) for record in (run(number), strip(number), event(number))])
    filled.close()
    outbox, uplink = open_outbox(path), FakeUplink()
    delivering = asyncio.create_task(Delivery(outbox, uplink, FakeClock(), boot_id="boot-1").run())
    await asyncio.sleep(0.01)
    uplink.come_up()
    async with asyncio.timeout(20.0):
        while len(uplink.sent) < 3:  # noqa: ASYNC110 - what is awaited happens in another thread
            await asyncio.sleep(0.01)
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2 // _PAGE * _PAGE)
            file.write(bytes(40 * _PAGE))
        while "outbox.salvaged" not in outbox.counters:  # until somebody reads what is torn
            await asyncio.to_thread(outbox.next_batch, lanes=(Lane.WAVEFORMS,), max_bytes=1)
        answered = 0
        while outbox.status().records:
            for ticket, batch in uplink.sent[answered:]:
                uplink.answer(ticket)
                uplink.acknowledge(batch)
                answered += 1
            await asyncio.sleep(0.01)
    assert not uplink.restarts
    delivering.cancel()
    await asyncio.wait([delivering])
    outbox.close()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    connection = connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="name another file, or run the newer program"):
        open_outbox(path)
    assert path.read_bytes() == before
