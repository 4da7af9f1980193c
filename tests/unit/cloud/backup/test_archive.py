import gzip
import random
import tarfile
import tracemalloc
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from cloud.backup import archive
from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.backup.manifest import EpochRanges, Manifest
from cloud.sealing.sealed import DataKey

FILES = {
    "series.db": random.Random(7).randbytes(100_000),
    "relational.jsonl": b'{"a": 1}\n' * 500,
    "empty": b"",
}
KEY = DataKey(id="00" * 8, owner="archive/a", secret=b"k" * 32)
HEAD_BYTES, CHUNK_BYTES, TAG_BYTES = 73, 1 << 18, 16


def key_of(key_id: str) -> DataKey:
    assert key_id == KEY.id
    return KEY


def no_key(key_id: str) -> DataKey:
    raise AssertionError(key_id)


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "work"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in FILES}


@pytest.fixture
def manifest(sources: dict[str, Path]) -> Manifest:
    return Manifest(
        program="0.1.0",
        instant_ms=1_800_000_000_000,
        holds_points=True,
        series_version=3,
        relational_revision="0002",
        rows={"patient": 2},
        taken=(EpochRanges(gateway="home-1", epoch="e-events", ranges=((1, 9), (12, 12))),),
        files=tuple(archive.note_of(name, path) for name, path in sources.items()),
    )


@pytest.fixture
def written(tmp_path: Path, manifest: Manifest, sources: dict[str, Path]) -> Path:
    """An archive of before: not sealed."""
    path = tmp_path / "carewire-20270115T080000Z.tar.gz"
    archive.write(path, manifest, sources, None)
    return path


@pytest.fixture
def sealed(tmp_path: Path, manifest: Manifest, sources: dict[str, Path]) -> Path:
    path = tmp_path / "carewire-20270115T080000Z.backup"
    archive.write(path, manifest, sources, KEY)
    return path


def test_what_was_written_is_read_back(written: Path, manifest: Manifest, tmp_path: Path) -> None:
    assert archive.verify(written, no_key) == manifest == archive.read_manifest(written, no_key)
    targets = {name: tmp_path / f"back-{name}" for name in ("series.db", "empty")}
    archive.extract(written, no_key, targets)
    assert {name: path.read_bytes() for name, path in targets.items()} == {
        name: FILES[name] for name in targets
    }


def test_what_was_sealed_is_read_back_and_nothing_of_it_is_readable(
    sealed: Path, written: Path, manifest: Manifest, tmp_path: Path
) -> None:
    assert archive.verify(sealed, key_of) == manifest == archive.read_manifest(sealed, key_of)
    assert (archive.is_sealed(sealed), archive.is_sealed(written)) == (True, False)
    archive.extract(sealed, key_of, {"series.db": tmp_path / "back"})
    assert (tmp_path / "back").read_bytes() == FILES["series.db"]
    assert not tarfile.is_tarfile(sealed)
    assert b"\x1f\x8b\x08" not in sealed.read_bytes()[: HEAD_BYTES + 64]


def test_one_key_seals_two_archives_that_share_nothing(
    sealed: Path, tmp_path: Path, manifest: Manifest, sources: dict[str, Path]
) -> None:
    again = tmp_path / "again.backup"
    archive.write(again, manifest, sources, KEY)
    assert again.stat().st_size == sealed.stat().st_size
    assert again.read_bytes()[HEAD_BYTES:][:64] != sealed.read_bytes()[HEAD_BYTES:][:64]


def test_any_tar_reads_one_that_is_not_sealed(written: Path) -> None:
    with tarfile.open(written) as tar:
        assert tar.getnames() == ["manifest.json", *FILES]


def test_nobody_but_its_owner_may_read_it(sealed: Path) -> None:
    assert sealed.stat().st_mode & 0o777 == 0o600


def test_one_flipped_bit_anywhere_is_refused_unless_it_changes_nothing(written: Path) -> None:
    good = written.read_bytes()
    content, refused = gzip.decompress(good), 0
    ahead_of_content = 10  # of gzip's own header, whose time and system say nothing
    for place in range(ahead_of_content, len(good), len(good) // 80):
        torn = bytearray(good)
        torn[place] ^= 0x10
        written.write_bytes(torn)
        try:
            archive.verify(written, no_key)
        except DamagedBackupError:
            refused += 1
        else:
            assert gzip.decompress(torn) == content, "a repetition was only told in other words"
    assert refused > 70


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_file_is_refused(written: Path, part: float) -> None:
    good = written.read_bytes()
    written.write_bytes(good[: int(part * len(good))])
    with pytest.raises(DamagedBackupError, match="use another backup"):
        archive.verify(written, no_key)


def test_a_file_that_was_changed_and_packed_again_is_refused(written: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.tar.gz"
    with tarfile.open(written) as old, tarfile.open(forged, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == "relational.jsonl":
                data = data.replace(b"1", b"2", 1)
            path = tmp_path / "member"
            path.write_bytes(data)
            new.add(path, member.name)
    with pytest.raises(DamagedBackupError, match=r"relational\.jsonl is not what was written"):
        archive.verify(forged, no_key)


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "holiday.tar.gz"
    path.write_bytes(gzip.compress(b"sea" * 5_000))
    with pytest.raises(DamagedBackupError, match="damaged or no backup"):
        archive.verify(path, no_key)
    with pytest.raises(BackupError, match="name a backup's file"):
        archive.verify(tmp_path / "missing.tar.gz", no_key)


def test_a_backup_of_a_newer_format_says_so(
    written: Path, sources: dict[str, Path], manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = archive.encode_manifest
    monkeypatch.setattr(archive, "encode_manifest", lambda m: encode(m).replace(b'"v": 1', b'"v": 2'))
    newer = written.with_name("newer.tar.gz")
    archive.write(newer, manifest, sources, None)
    with pytest.raises(BackupError, match="format 2, this program reads 1: update it"):
        archive.verify(newer, no_key)


def test_a_failed_write_leaves_nothing(tmp_path: Path, manifest: Manifest, sources: dict[str, Path]) -> None:
    sources["series.db"].unlink()
    with pytest.raises(BackupError, match="no backup was taken"):
        archive.write(tmp_path / "x.backup", manifest, sources, KEY)
    assert list(tmp_path.glob("x.*")) == []


def refused(path: Path, content: bytes, says: str) -> None:
    path.write_bytes(content)
    with pytest.raises(DamagedBackupError, match=f"{says}.*; use another backup"):
        archive.verify(path, key_of)


def test_a_sealed_archive_with_one_flipped_bit_anywhere_is_refused(sealed: Path) -> None:
    good = sealed.read_bytes()
    for place in (*range(HEAD_BYTES), *range(HEAD_BYTES, len(good), len(good) // 40), len(good) - 1):
        torn = bytearray(good)
        torn[place] ^= 0x10
        sealed.write_bytes(torn)
        with pytest.raises(BackupError):
            archive.verify(sealed, lambda _key_id: KEY)


@pytest.fixture
def long(tmp_path: Path, manifest: Manifest, sources: dict[str, Path]) -> Path:
    """An archive of four chunks."""
    sources["series.db"].write_bytes(random.Random(8).randbytes(3 * CHUNK_BYTES + 1_000))
    notes = [archive.note_of(name, path) for name, path in sources.items()]
    manifest = msgspec.structs.replace(manifest, files=tuple(notes))
    path = tmp_path / "long.backup"
    archive.write(path, manifest, sources, KEY)
    assert archive.verify(path, key_of) == manifest
    return path


def in_parts(path: Path) -> tuple[bytes, list[bytes]]:
    content = path.read_bytes()
    step = CHUNK_BYTES + TAG_BYTES
    return content[:HEAD_BYTES], [content[at : at + step] for at in range(HEAD_BYTES, len(content), step)]


def test_a_sealed_archive_cut_off_anywhere_is_refused(long: Path) -> None:
    head, chunks = in_parts(long)
    refused(long, b"", "damaged or no backup")
    refused(long, head[:40], "it was cut off")
    refused(long, head, "cut off")
    refused(long, head + b"".join(chunks[:-1]), "it was cut off")
    refused(long, head + b"".join(chunks)[:-1], "altered or cut off")
    refused(long, head + chunks[0] + chunks[1][:1_000], "altered or cut off")


def test_chunks_in_another_order_left_out_twice_or_more_than_there_were_are_refused(long: Path) -> None:
    head, (first, second, *rest) = in_parts(long)
    for chunks in (
        (second, first, *rest),
        (first, *rest),
        (first, first, second, *rest),
        (first, second, *rest, rest[-1]),
        (first, second, *rest, b"x"),
    ):
        refused(long, head + b"".join(chunks), "altered or cut off")


def test_a_chunk_or_a_head_of_another_archive_under_the_same_key_is_refused(
    long: Path, tmp_path: Path, manifest: Manifest, sources: dict[str, Path]
) -> None:
    other = tmp_path / "other.backup"
    notes = [archive.note_of(name, path) for name, path in sources.items()]
    archive.write(other, msgspec.structs.replace(manifest, files=tuple(notes)), sources, KEY)
    head, chunks = in_parts(long)
    other_head, other_chunks = in_parts(other)
    refused(long, head + b"".join([chunks[0], other_chunks[1], *chunks[2:]]), "altered or cut off")
    refused(long, other_head + b"".join(chunks), "altered or cut off")


def test_another_archives_key_opens_nothing(sealed: Path) -> None:
    other = replace(KEY, secret=b"o" * 32)
    with pytest.raises(DamagedBackupError, match=r"another archive's key .*use another backup"):
        archive.verify(sealed, lambda _: other)


def test_one_that_a_newer_program_sealed_says_so(sealed: Path) -> None:
    sealed.write_bytes(sealed.read_bytes().replace(b"sealed 1", b"sealed 2", 1))
    with pytest.raises(BackupError, match="newer version of this program: update this one"):
        archive.verify(sealed, key_of)


def test_sealing_and_opening_take_little_memory(
    tmp_path: Path, manifest: Manifest, sources: dict[str, Path]
) -> None:
    sources["series.db"].write_bytes(random.Random(9).randbytes(1 << 20) * 24)
    notes = [archive.note_of(name, path) for name, path in sources.items()]
    path = tmp_path / "large.backup"
    tracemalloc.start()
    try:
        archive.write(path, msgspec.structs.replace(manifest, files=tuple(notes)), sources, KEY)
        archive.verify(path, key_of)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
