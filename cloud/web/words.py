"""Sentences as values: a message to translate and the fields to put in, said only when rendered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol
from unicodedata import bidirectional

from cloud.alerts.wording.quantities import Reader

__all__ = [
    "AGE_MESSAGES",
    "NN_",
    "N_",
    "OfAlerts",
    "Phrase",
    "Plural",
    "Sentence",
    "Translations",
    "age",
    "isolated",
    "lasting",
    "literal",
    "say",
]

_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000
_TURNING: Final = frozenset({"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"})
"""Classes of signs that turn the direction of what stands beside them (UAX 9)."""
_ISOLATE: Final = "\N{FIRST STRONG ISOLATE}%s\N{POP DIRECTIONAL ISOLATE}"


class Translations(Protocol):
    """The sentences of a language."""

    @property
    def tag(self) -> str:
        """By which it is chosen."""
        ...

    def gettext(self, message: str) -> str:
        """Return what it says for an English sentence."""
        ...

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form of it that goes with a number."""
        ...


class Phrase(Protocol):
    """Something to be said once it is known in which language."""

    def said(self, words: Translations, /) -> str:
        """Return it in a language."""
        ...


class Plural(NamedTuple):
    """A message with a number `{n}` in it: for one, and for any other."""

    one: str
    many: str


def N_(message: str) -> str:  # noqa: N802 - the name message extractors look for
    """Mark a message for translation where it is written; `say` translates it where it is shown."""
    return message


def NN_(one: str, many: str) -> Plural:  # noqa: N802 - likewise
    """Mark a message that depends on the number `{n}` in it."""
    return Plural(one, many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A message with `{named}` places and what goes in them: texts, numbers or phrases."""

    message: str | Plural
    fields: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def said(self, words: Translations) -> str:
        """Return it in a language. A text in it that turns the direction of writing turns only itself."""
        message = _message(self, words)
        filled = {name: _filled(value, words) for name, value in self.fields.items()}
        return message.format_map(filled) if filled else message


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAlerts:
    """What is said of alerts, in the words that messages say it in too."""

    told: Callable[[Reader], str]

    def said(self, words: Translations) -> str:
        """Return it in a language."""
        return self.told(Reader(language=words.tag))


def literal(text: str) -> Sentence:
    """Return what is the same in every language, such as a name."""
    return Sentence(message="{text}", fields={"text": text})


def say(phrase: Phrase, words: Translations) -> str:
    """Return a phrase in the language of `words`."""
    return phrase.said(words)


def isolated(text: str) -> str:
    """Return a text that leaves the order of what stands beside it alone, such as a name in Arabic."""
    return _ISOLATE % text if any(bidirectional(sign) in _TURNING for sign in text) else text


def _message(sentence: Sentence, words: Translations) -> str:
    message = sentence.message
    if isinstance(message, Plural):
        count = sentence.fields["n"]
        if not isinstance(count, int):
            raise TypeError(f"{message.many!r} is for a number in the field n")
        return words.ngettext(message.one, message.many, count)
    return words.gettext(message)


def _filled(value: object, words: Translations) -> object:
    match value:
        case Sentence() | OfAlerts():
            return value.said(words)
        case str():
            return isolated(value)
    return value


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
