"""Sentences as values: a message to translate and the fields to put in, said only when rendered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

__all__ = ["AGE_MESSAGES", "N_", "Gettext", "Sentence", "age", "lasting", "say"]

Gettext = Callable[[str], str]

_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000


def N_(message: str) -> str:  # noqa: N802 - the name message extractors look for
    """Mark a message for translation where it is written; `say` translates it where it is shown."""
    return message


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A message with `{named}` places and what goes in them: texts, numbers or sentences."""

    message: str
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def say(sentence: Sentence, gettext: Gettext) -> str:
    """Return the sentence in the language of `gettext`."""
    said = {
        name: say(value, gettext) if isinstance(value, Sentence) else value
        for name, value in sentence.fields.items()
    }
    return gettext(sentence.message).format(**said)


AGE_MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "now": N_("just now"),
        "s": N_("{n} s ago"),
        "min": N_("{n} min ago"),
        "h": N_("{n} h ago"),
        "d": N_("{n} d ago"),
    }
)
_LASTING_MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "now": N_("a moment"),
        "s": N_("{n} s"),
        "min": N_("{n} min"),
        "h": N_("{n} h"),
        "d": N_("{n} d"),
    }
)
_STEPS: Final = (
    (5 * _SECOND_MS, "now", _SECOND_MS),
    (_MINUTE_MS, "s", _SECOND_MS),
    (_HOUR_MS, "min", _MINUTE_MS),
    (_DAY_MS, "h", _HOUR_MS),
)


def age(span_ms: int) -> Sentence:
    """Return how long ago something was."""
    return _counted(span_ms, AGE_MESSAGES)


def lasting(span_ms: int) -> Sentence:
    """Return how long something has lasted."""
    return _counted(span_ms, _LASTING_MESSAGES)


def _counted(span_ms: int, messages: Mapping[str, str]) -> Sentence:
    span_ms = max(0, span_ms)
    key, unit_ms = next(((key, unit) for limit, key, unit in _STEPS if span_ms < limit), ("d", _DAY_MS))
    return Sentence(message=messages[key], fields={"n": span_ms // unit_ms})
