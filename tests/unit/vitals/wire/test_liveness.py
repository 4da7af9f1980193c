"""What the service says of its alerting: the same by either encoding and by a header, or nothing."""

import msgspec
import pytest

from vitals.errors import EnvelopeError
from vitals.wire.envelope import ContentType
from vitals.wire.liveness import (
    LIVENESS_VERSION,
    Liveness,
    decode_liveness,
    encode_liveness,
    liveness_of_header,
    liveness_to_header,
)


@pytest.mark.parametrize("kind", ContentType)
@pytest.mark.parametrize("is_alerting", [True, False])
def test_it_comes_as_it_was_said(kind: ContentType, *, is_alerting: bool) -> None:
    said = Liveness(is_alerting=is_alerting)
    assert decode_liveness(encode_liveness(said, kind), kind) == said
    assert liveness_of_header(liveness_to_header(said)) == said


@pytest.mark.parametrize("value", [None, "", "perhaps", "ALIVE"])
def test_a_header_that_says_something_else_says_nothing(value: str | None) -> None:
    assert liveness_of_header(value) is None


def test_what_cannot_be_read_and_what_is_of_another_time_are_refused() -> None:
    for payload in (b"", b"\xc1", msgspec.msgpack.encode({"v": 1}), msgspec.msgpack.encode([1])):
        with pytest.raises(EnvelopeError, match="cannot be read"):
            decode_liveness(payload)
    later = msgspec.msgpack.encode({"v": LIVENESS_VERSION + 1, "is_alerting": True})
    with pytest.raises(EnvelopeError, match="update the older"):
        decode_liveness(later)


def test_what_a_later_service_says_beside_is_passed_over() -> None:
    payload = msgspec.msgpack.encode({"v": 1, "is_alerting": False, "since_ms": 7})
    assert decode_liveness(payload) == Liveness(is_alerting=False)
