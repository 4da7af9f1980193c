"""Which version of a model ran here before."""

from pathlib import Path

import pytest

from vitals.errors import StorageError
from vitals.model_versions import ModelVersions


def test_the_newest_version_is_remembered_whatever_runs_later(tmp_path: Path) -> None:
    kept = ModelVersions(path=tmp_path / "models.json")
    kept.note({"rhythm": 4, "falls": 1})
    kept.note({"rhythm": 2})
    again = ModelVersions(path=tmp_path / "models.json")
    assert [again.newest(name) for name in ("rhythm", "falls", "beats")] == [4, 1, 1]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"rhythm": "four"}'])
def test_a_file_that_makes_no_sense_keeps_no_model_away(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "models.json").write_bytes(content)
    assert ModelVersions(path=tmp_path / "models.json").newest("rhythm") == 1


def test_a_disk_that_refuses_is_an_error_that_says_what_it_means(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="an older model may come back"):
        ModelVersions(path=tmp_path / "nowhere" / "models.json").note({"rhythm": 2})
