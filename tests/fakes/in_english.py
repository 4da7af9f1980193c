"""What a page in another language still says in English: sentences of ours, whatever fills their places."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

import msgspec
from babel.messages.catalog import Catalog

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.wording.language import language
from scripts.words import said

_PLACE: Final = re.compile(r"%\(\w+\)\w|\{\w+\}|<[^>]*>")
_WORD: Final = re.compile(r"[A-Za-z]{3}")
_RUN: Final = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,}){3}\b")
"""So many small words in a row are no name; what people in a furnished household write is shorter."""
_COMMAND: Final = re.compile(r"\bcarewire(?: [a-z-]+)+")
_CITED: Final = frozenset(row.source for row in RULES.values())
SAME_EVERYWHERE: Final = frozenset({"Carewire"})
_NO_SENTENCES: Final = frozenset({"name", "units"})
"""Of the words of alerts: how a language calls itself, and units that are written alike."""


def left_in_english(texts: Iterable[str]) -> list[str]:
    """Return those of these texts that are sentences of ours as they stand in English, or run on in it."""
    whole = {" ".join(text.split()) for text in texts if _WORD.search(text)}
    return sorted(text for text in whole - SAME_EVERYWHERE if _is_ours(text) or _runs_on(text))


def _runs_on(text: str) -> bool:
    return _RUN.search(_COMMAND.sub("", text)) is not None and not any(cited in text for cited in _CITED)


@cache
def _is_ours(text: str) -> bool:
    return _sentences().fullmatch(text) is not None


@cache
def _sentences() -> re.Pattern[str]:
    alerts = msgspec.to_builtins(language("en"))
    told = [_texts(table) for name, table in alerts.items() if name not in _NO_SENTENCES]
    known = {*_of_pages(said()), *(each for texts in told for each in texts)}
    shapes = {_shape(each) for each in known if _WORD.search(_PLACE.sub("", each))}
    return re.compile("|".join(sorted(shapes)))


def _of_pages(catalogue: Catalog) -> Iterator[str]:
    for message in catalogue:
        yield from (message.id,) if isinstance(message.id, str) else message.id


def _texts(table: Any) -> Iterator[str]:
    match table:
        case str():
            yield table
        case dict():
            for each in table.values():
                yield from _texts(each)


def _shape(sentence: str) -> str:
    """Return what a sentence looks like once something stands in its places."""
    whole = " ".join(sentence.split())
    return ".+?".join(re.escape(part) for part in _PLACE.split(whole))
