"""What is pushed fits, whatever is said, and goes only to a browser that can open it."""

import pytest

from cloud.alerts.telling.messages import Messages
from cloud.notifiers.web_push import MOST_PLAIN_BYTES, plain, sealed
from cloud.ports import Words
from tests.contracts.notifiers import LIN, message
from tests.fakes.alert_material import alert
from tests.fakes.receivers import Browser
from vitals.errors import MessageRefusedError

MOST_SEALED_BYTES = 4_096


@pytest.mark.parametrize("letter", ["x", "脉", "\U0001f493", "\x01", '"'])
def test_the_longest_words_fit(letter: str) -> None:
    words = Words(subject=letter * 5_000, line=letter * 5_000, body="", language="zh-Hans")
    said = Messages(site_url="https://" + "a" * 5_000, compose=lambda *_: words).of([alert()], LIN)
    content = plain(said)
    assert len(content) <= MOST_PLAIN_BYTES
    assert len(sealed(content, Browser().keys)) <= MOST_SEALED_BYTES


def test_what_is_sealed_fits_exactly() -> None:
    assert len(sealed(b"x" * MOST_PLAIN_BYTES, Browser().keys)) == MOST_SEALED_BYTES


@pytest.mark.parametrize(
    "keys", [{}, {"p256dh": "", "auth": ""}, {"p256dh": "BBBB", "auth": "AAAA"}, {"p256dh": "!", "auth": "!"}]
)
def test_keys_that_are_none_are_refused(keys: dict[str, object]) -> None:
    with pytest.raises(MessageRefusedError, match="subscribe again"):
        sealed(plain(message(None)), keys)
