import gzip
import random
import tarfile
from pathlib import Path

import pytest

from cloud.backup import archive
from cloud.backup.errors import BackupError, DamagedBackupError
from cloud.backup.manifest import EpochRanges, Manifest

FILES = {
    "series.db": random.Random(7).randbytes(100_000),
    "relational.jsonl": b'{"a": 1}\n' * 500,
    "empty": b"",
}


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
    path = tmp_path / "carewire-20270115T080000Z.tar.gz"
    archive.write(path, manifest, sources)
    return path


def test_what_was_written_is_read_back(written: Path, manifest: Manifest, tmp_path: Path) -> None:
    assert archive.verify(written) == manifest == archive.read_manifest(written)
    targets = {name: tmp_path / f"back-{name}" for name in ("series.db", "empty")}
    archive.extract(written, targets)
    assert {name: path.read_bytes() for name, path in targets.items()} == {
        name: FILES[name] for name in targets
    }


def test_any_tar_reads_it(written: Path) -> None:
    with tarfile.open(written) as tar:
        assert tar.getnames() == ["manifest.json", *FILES]


def test_nobody_but_its_owner_may_read_it(written: Path) -> None:
    assert written.stat().st_mode & 0o777 == 0o600


def test_one_flipped_bit_anywhere_is_refused_unless_it_changes_nothing(written: Path) -> None:
    good = written.read_bytes()
    content, refused = gzip.decompress(good), 0
    ahead_of_content = 10  # of gzip's own header, whose time and system say nothing
    for place in range(ahead_of_content, len(good), len(good) // 80):
        torn = bytearray(good)
        torn[place] ^= 0x10
        written.write_bytes(torn)
        try:
            archive.verify(written)
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
        archive.verify(written)


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
        archive.verify(forged)


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "holiday.tar.gz"
    path.write_bytes(gzip.compress(b"sea" * 5_000))
    with pytest.raises(DamagedBackupError, match="damaged or no backup"):
        archive.verify(path)
    with pytest.raises(BackupError, match="name a backup's file"):
        archive.verify(tmp_path / "missing.tar.gz")


def test_a_backup_of_a_newer_format_says_so(
    written: Path, sources: dict[str, Path], manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = archive.encode_manifest
    monkeypatch.setattr(archive, "encode_manifest", lambda m: encode(m).replace(b'"v": 1', b'"v": 2'))
    newer = written.with_name("newer.tar.gz")
    archive.write(newer, manifest, sources)
    with pytest.raises(BackupError, match="format 2, this program reads 1: update it"):
        archive.verify(newer)


def test_a_failed_write_leaves_nothing(tmp_path: Path, manifest: Manifest, sources: dict[str, Path]) -> None:
    sources["series.db"].unlink()
    with pytest.raises(BackupError, match="no backup was taken"):
        archive.write(tmp_path / "x.tar.gz", manifest, sources)
    assert list(tmp_path.glob("x.*")) == []
