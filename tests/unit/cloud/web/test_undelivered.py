"""Why a message was not handed over, said in the language of whoever reads of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.alerts.telling import lane, leave
from cloud.web.catalogues import catalogue
from cloud.web.undelivered import failure
from scripts.words import ROOT
from tests.fakes.in_english import left_in_english

CHINESE = catalogue("zh")
WIDE = {
    "open": "\N{FULLWIDTH LEFT PARENTHESIS}",
    "close": "\N{FULLWIDTH RIGHT PARENTHESIS}",
    "colon": "\N{FULLWIDTH COLON}",
}
FAILURES = {"ChannelBusyError", "ContactGoneError", "DeliveryError", "MessageRefusedError"}
NAMED = [
    said
    for module in (lane, leave)
    for name, said in vars(module).items()
    if name.startswith("_") and isinstance(said, str) and " " in said and not name.startswith("__")
]


def told(call: ast.Call) -> Iterator[ast.expr]:
    """What a failure is told with, where it is written out."""
    if isinstance(call.func, ast.Name) and call.func.id in FAILURES:
        yield from call.args[:1]
    elif isinstance(call.func, ast.Name) and call.func.id == "Failed":
        yield from (each.value for each in call.keywords if each.arg == "error")


def text_of(written: ast.expr) -> str | None:
    match written:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts)
    return None


def written() -> set[str]:
    texts = {
        text_of(expression)
        for package in ("notifiers", "alerts/telling")
        for path in Path(ROOT, "cloud", package).glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for expression in told(call)
    }
    return {text for text in texts if text is not None}


def test_whatever_a_channel_fails_with_is_said_in_the_readers_language() -> None:
    english = {*written(), *NAMED}
    assert len(english) > 30
    said = {text: failure(text).said(CHINESE) for text in english}
    assert {text for text in english if said[text] == text or left_in_english([said[text]])} == set()


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("the receiver answered 503 Service Unavailable", "接收方的回答是503 Service Unavailable"),
        ("no answer within 20 s (tried 3 times)", "20秒内没有回答{open}试了3次{close}"),
        (
            "the mail server refused the recipient: correct the address (550)",
            "邮件服务器拒绝了收件人{colon}请更正地址{open}550{close}",
        ),
        ("an older version said it so", "an older version said it so"),
    ],
)
def test_it_is_said_with_what_it_holds_and_as_it_is_kept_where_nobody_knows_it(kept: str, said: str) -> None:
    assert failure(kept).said(CHINESE) == said.format_map(WIDE)
    assert failure(kept).said(catalogue("en")) == kept
