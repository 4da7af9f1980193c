"""The words of one language: a file in `languages/`, read once. A new language is a new file.

A file that lacks a table, or has one that nobody reads, is refused when it is opened. What is named by
others (conditions, features, kinds) may be more than a file knows: `texts` says what is read then.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Struct

from cloud.ports import AlertState, Asker, Channel, Family, Occasion, Priority
from vitals.records import GapReason

__all__ = [
    "DEFAULT_LANGUAGE",
    "ConditionWords",
    "FeatureWords",
    "Language",
    "Messages",
    "PluralWords",
    "Style",
    "accepted",
    "chosen",
    "language",
    "languages",
]

DEFAULT_LANGUAGE: Final = "en"
_SUFFIX: Final = ".toml"


class ConditionWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a condition is called, what it says to everybody, and its advice to each."""

    title: str
    summary: str
    patient: str
    caregiver: str
    clinician: str


class FeatureWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model's feature in plain words."""

    name: str
    says: str


class GenericWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a condition without words of its own, by the side of its limit a value is on."""

    above: ConditionWords
    below: ConditionWords
    other: ConditionWords


class PluralWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of something, and any other number `{n}` of it."""

    one: str
    other: str


class Durations(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long something lasts; `moment` is less than a second."""

    moment: str
    second: PluralWords
    minute: PluralWords
    hour: PluralWords
    day: PluralWords


class Style(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ends a sentence, what stands between two, and between the members of a list."""

    stop: str
    sentences: str
    list: str


class Messages(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sentences of a message beside those of its condition."""

    headline: str
    headline_of: str
    hidden_title: str
    somebody: str
    onset: str
    escalation: str
    told: str
    reminder: str
    acknowledged: str
    answered: str
    ended: str
    unseen: str
    unwatched: str
    was: str
    delayed: str
    also: str
    more: str
    untold: str
    untold_help: str
    open: str
    usual: str
    quality: str
    limit: str
    limit_and_usual: str
    higher_than_usual: str
    lower_than_usual: str
    as_usual: str
    left_out: PluralWords
    points: PluralWords
    emergency: str
    disclaimer: str


class Language(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every word of one language that people read of alerts; `name` is its own name for itself."""

    name: str
    messages: Messages
    style: Style
    durations: Durations
    units: dict[str, str]
    priorities: dict[Family, dict[Priority, str]]
    states: dict[AlertState, str]
    occasions: dict[Occasion, str]
    channels: dict[Channel, str]
    acknowledgements: dict[str, str]
    holds: dict[str, str]
    left_out: dict[str, str]
    gaps: dict[GapReason, str]
    askers: dict[Asker, str]
    kinds: dict[str, str]
    generic: GenericWords
    conditions: dict[str, ConditionWords]
    features: dict[str, FeatureWords]
    prototypes: dict[str, str]


@cache
def languages() -> Mapping[str, Language]:
    """Return every language there is, by its tag (BCP 47).

    Raises
    ------
    ValueError
        If a file is not whole: it names the file and the table.
    """
    found = sorted(files(__package__).joinpath("languages").iterdir(), key=lambda one: one.name)
    return MappingProxyType(
        {
            one.name.removesuffix(_SUFFIX): _read(one.name, one.read_bytes())
            for one in found
            if one.name.endswith(_SUFFIX)
        }
    )


def _read(name: str, content: bytes) -> Language:
    try:
        return msgspec.toml.decode(content, type=Language)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"wording/languages/{name}: {error}") from error


def language(tag: str) -> Language:
    """Return the words of the nearest language there is: its primary one, else English."""
    return languages()[chosen([tag])]


def chosen(tags: Iterable[str]) -> str:
    """Return the tag of the first of these, the most wanted first, that there are words in; else English."""
    there = languages()
    for tag in tags:
        wanted = tag.strip().lower()
        for near in (wanted, wanted.partition("-")[0]):
            if near in there:
                return near
    return DEFAULT_LANGUAGE


def accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first."""
    weighed = []
    for entry in header.split(","):
        tag, *parameters = (part.strip() for part in entry.split(";"))
        weight = next((_weight(one[2:]) for one in parameters if one.startswith("q=")), 1.0)
        if tag and weight > 0:
            weighed.append((weight, tag))
    return [tag for _, tag in sorted(weighed, key=lambda one: -one[0])]


def _weight(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        return 0.0
