"""A model comes in parts, in any order and more than once; only what was signed for is ever kept."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from edge.remote.incoming import Incoming
from vitals.errors import StorageError
from vitals.release import MAX_MODEL_BYTES, ModelContent, Refusal, ReleaseRefusedError, Vector
from vitals.wire.command import PART_BYTES, ModelPart

BUNDLE = bytes(range(251)) * 400  # three whole parts and a rest


def content_of(bundle: bytes = BUNDLE, **changes: Any) -> ModelContent:
    fields: dict[str, Any] = {
        "name": "beats",
        "sha256": hashlib.sha256(bundle).hexdigest(),
        "size": len(bundle),
        "vectors": (Vector(seed="1", answer=(0.5, 0.5)),),
    }
    return ModelContent(**fields | changes)


def part(offset: int, data: bytes | None = None, content: ModelContent | None = None) -> ModelPart:
    piece = BUNDLE[offset : offset + PART_BYTES] if data is None else data
    return ModelPart(sha256=(content or content_of()).sha256, offset=offset, data=b64encode(piece).decode())


def offsets() -> list[int]:
    return list(range(0, len(BUNDLE), PART_BYTES))


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    return Incoming(tmp_path / "incoming")


def refusal(incoming: Incoming, one: ModelPart) -> Refusal:
    with pytest.raises(ReleaseRefusedError) as refused:
        incoming.take(one)
    return refused.value.refusal


def test_parts_in_any_order_twice_and_over_a_restart_make_the_whole(
    incoming: Incoming, tmp_path: Path
) -> None:
    incoming.expect(content_of())
    for offset in [*reversed(offsets()), 0]:
        incoming.take(part(offset))
        incoming = Incoming(tmp_path / "incoming")
        incoming.expect(content_of())
    assert incoming.bundle(content_of()) == BUNDLE


def test_a_truncated_model_is_not_whole(incoming: Incoming) -> None:
    incoming.expect(content_of())
    for offset in offsets()[:-1]:
        incoming.take(part(offset))
    with pytest.raises(ReleaseRefusedError, match="have not come") as refused:
        incoming.bundle(content_of())
    assert refused.value.refusal is Refusal.INCOMPLETE
    incoming.take(part(offsets()[-1]))
    assert incoming.bundle(content_of()) == BUNDLE, "what came stays"


def test_parts_that_nobody_expects_are_not_kept(incoming: Incoming, tmp_path: Path) -> None:
    assert refusal(incoming, part(0)) is Refusal.INCOMPLETE
    assert not (tmp_path / "incoming").exists()


@pytest.mark.parametrize(
    "one",
    [
        part(1),
        part(0, b"short"),
        part(PART_BYTES * 4, b""),
        part(MAX_MODEL_BYTES, b"x"),
        part(offsets()[-1], BUNDLE[offsets()[-1] :] + b"x"),
        ModelPart(sha256=content_of().sha256, offset=0, data="!"),
    ],
)
def test_what_is_no_part_is_not_kept(incoming: Incoming, one: ModelPart, tmp_path: Path) -> None:
    incoming.expect(content_of())
    refusal(incoming, one)
    assert [file.name for file in (tmp_path / "incoming").rglob("*") if file.is_file()] == ["size"]


def test_a_part_that_somebody_exchanged_spoils_the_whole_which_goes(
    incoming: Incoming, tmp_path: Path
) -> None:
    incoming.expect(content_of())
    for offset in offsets():
        incoming.take(part(offset))
    incoming.take(part(0, b"\0" * PART_BYTES))
    with pytest.raises(ReleaseRefusedError) as refused:
        incoming.bundle(content_of())
    assert refused.value.refusal is Refusal.WRONG_HASH
    assert list((tmp_path / "incoming").iterdir()) == []


def test_only_one_model_is_on_its_way_at_a_time(incoming: Incoming, tmp_path: Path) -> None:
    other = content_of(BUNDLE[:9])
    for content in (content_of(), other):
        incoming.expect(content)
    assert [place.name for place in (tmp_path / "incoming").iterdir()] == [other.sha256]


def test_what_the_disk_refuses_is_told(incoming: Incoming, tmp_path: Path) -> None:
    (tmp_path / "incoming").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="check the gateway's disk"):
        incoming.expect(content_of())
