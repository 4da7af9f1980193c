"""A model travels whole: what its manifest vouches for, and nothing that leads elsewhere."""

from pathlib import Path

import msgspec
import pytest

from edge.bootstrap.models import shipped_models
from vitals.errors import ModelRejectedError
from vitals.model_bundle import bundle_of, files_of
from vitals.release import MAX_MODEL_BYTES

BEATS = shipped_models() / "beats"


def test_a_bundle_holds_what_the_manifest_vouches_for_and_nothing_else() -> None:
    manifest, bundle = bundle_of(BEATS)
    files = files_of(bundle)
    assert files.keys() == {"manifest.json", "manifest.sig", manifest.artefact, *manifest.companions}
    assert "card.md" not in files
    assert manifest.name == "beats"
    assert all(content == (BEATS / name).read_bytes() for name, content in files.items())
    assert bundle_of(BEATS)[1] == bundle, "the same model is the same bytes"


def test_a_model_that_nobody_signed_is_not_bundled(tmp_path: Path) -> None:
    for file in BEATS.glob("*"):
        if file.is_file() and file.name != "manifest.sig":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelRejectedError, match=r"manifest.sig"):
        bundle_of(tmp_path)


@pytest.mark.parametrize(
    "bundle",
    [
        b"",
        b"\xc1",
        b"\x91" * 30_000,
        msgspec.msgpack.encode(["manifest.json"]),
        msgspec.msgpack.encode({"beats.tflite": b""}),
        msgspec.msgpack.encode({"manifest.json": "text"}),
        msgspec.msgpack.encode({"manifest.json": b"", **{str(number): b"" for number in range(20)}}),
        *(
            msgspec.msgpack.encode({"manifest.json": b"", name: b""})
            for name in ("../trust.json", "/etc/passwd", "a/b", "", ".", "..", "x\0y", "n" * 101)
        ),
        b"\0" * (MAX_MODEL_BYTES + 1),
    ],
)
def test_what_is_no_bundle_is_refused(bundle: bytes) -> None:
    with pytest.raises(ModelRejectedError):
        files_of(bundle)
