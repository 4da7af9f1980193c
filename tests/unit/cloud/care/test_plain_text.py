"""Plain text: what phones write in any language is kept; what does something unseen is refused."""

import pytest

from cloud.care.plain_text import plain_text
from vitals.errors import ValidationError


@pytest.mark.parametrize(
    "text",
    [
        "a\tb",
        "两行\n文字",
        "药\u3000两片",
        "Ça va\u00a0?",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u0645\u06cc\u200c\u062e",
        "\u202a+49 30 123\u202c",
        "\U0001fadc",
    ],
    ids=["tab", "lines", "ideographic space", "no-break space", "family", "persian", "pasted", "new sign"],
)
def test_what_a_phone_writes_is_kept(text: str) -> None:
    assert plain_text(text) == text


def test_what_browsers_and_thumbs_add_is_left_out() -> None:
    assert plain_text("  I come at six. \r\nBring tea.  \r\n") == "I come at six.\nBring tea."


@pytest.mark.parametrize("sign", ["\a", "\0", "\x1b", "\ud800", "\u202d", "\u202e"])
def test_what_does_something_unseen_is_refused(sign: str) -> None:
    with pytest.raises(ValidationError, match="plain text"):
        plain_text(f"take {sign}15")
