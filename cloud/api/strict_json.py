"""What JSON may be here: what every reader of it understands alike, and every store can keep."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final, NoReturn

from cloud.api.problems import ProblemError

__all__ = ["MOST_DEEP", "check_json", "check_text"]

MOST_DEEP: Final = 32
_MOST_KEY_LETTERS: Final = 200
_LARGEST_INTEGER: Final = 2**63 - 1
_MOST_DIGITS: Final = 20
_NUL: Final = "\0"


def check_json(body: bytes) -> None:
    """Refuse a body in which readers could see different things, or that no store takes.

    Raises
    ------
    ProblemError
        If it is no JSON in UTF-8; names a field twice, nests deeper than `MOST_DEEP`, or holds what is no
        JSON number (NaN), an integer of more than 64 bits, or text with a NUL or half a character.
    """
    try:
        found = json.loads(
            body.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_number, parse_int=_integer
        )
    except RecursionError:
        _refuse(f"it nests deeper than {MOST_DEEP}")
    except ValueError:
        _refuse("it is no JSON")
    _check_depth(found)


def check_text(*texts: str) -> None:
    """Refuse text that no store takes.

    Raises
    ------
    ProblemError
        If one of them holds a NUL or half a character.
    """
    if any(_NUL in text or _is_broken(text) for text in texts):
        _refuse("its text holds a NUL, or half a character")


def _is_broken(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse("it names a field twice")
    if any(len(name) > _MOST_KEY_LETTERS for name in found):
        _refuse(f"a field's name is longer than {_MOST_KEY_LETTERS} letters")
    check_text(*found)
    return found


def _no_number(_: str) -> NoReturn:
    _refuse("NaN and Infinity are no JSON")


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= _MOST_DIGITS else _LARGEST_INTEGER + 1
    if abs(number) > _LARGEST_INTEGER:
        _refuse("an integer has more than 64 bits")
    return number


def _check_depth(found: object) -> None:
    level = [found]
    for _ in range(MOST_DEEP + 1):
        check_text(*(each for each in level if isinstance(each, str)))
        if not any(isinstance(each, dict | list) for each in level):
            return
        level = [inner for each in level for inner in _inside(each)]
    _refuse(f"it nests deeper than {MOST_DEEP}")


def _inside(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
    return ()


def _refuse(what: str) -> NoReturn:
    raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body cannot be taken ({what}): correct it")
