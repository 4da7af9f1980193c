"""Who is told that there is a new message: in words that a lock screen may show, and not at night."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from cloud.alerts.telling.quiet import hush_of
from cloud.early_warning.local_time import LocalTime
from cloud.ports import (
    Channel,
    PatientMessage,
    Person,
    PreferenceBook,
    Preferences,
    Priority,
    ReadMarks,
    Words,
)
from vitals.errors import CarewireError

__all__ = ["NEW_MESSAGE", "MessageNotices"]

NEW_MESSAGE: Final = Words(
    subject="Carewire: a new message / 新消息",
    line="There is a new message about a patient. 有一条关于患者的新消息。",
    body="There is a new message about a patient. Open Carewire to read it.\n\n"
    "有一条关于患者的新消息。请打开 Carewire 查看。",
    language="en",
)
_QUICK_MS: Final = 10 * 60_000
"""What follows so soon on a message that somebody was told of and has not read says nothing new to them."""
_log = structlog.get_logger(__name__)


class Tell(Protocol):
    """Tells somebody something by the ways they set, but those of some channels, and returns at once."""

    def __call__(self, person_id: str, words: Words, *, path: str, without: Collection[Channel]) -> None:
        """Tell a person, by id; `path` is the page that says more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageNotices:
    """Tells those who may read a thread, `readers` of a patient, by the ways they set themselves.

    A message disturbs as an alert of low priority does: nobody in their quiet hours, and nobody who wants
    to hear of what is more urgent alone.
    """

    readers: Callable[[str], Sequence[Person]]
    marks: ReadMarks
    preferences: PreferenceBook
    local: LocalTime
    tell: Tell

    def __call__(self, message: PatientMessage, before: PatientMessage | None) -> None:
        """Have the others told; the message is kept whether that can be done or not."""
        try:
            self._tell(message, before)
        except CarewireError as error:
            _log.warning("messages.not_told", error=str(error))

    def _tell(self, message: PatientMessage, before: PatientMessage | None) -> None:
        others = [one.id for one in self.readers(message.patient_id) if one.id != message.author_id]
        chosen = self.preferences.of(others)
        marks = self.marks.marks(message.patient_id)
        for person_id in others:
            wants = chosen.get(person_id, Preferences(person_id=person_id))
            knows = before is not None and self._knows(wants, before, marks.get(person_id, 0), message)
            if not knows and not self._is_hushed(wants, message):
                path = f"/patients/{message.patient_id}/messages"
                self.tell(person_id, NEW_MESSAGE, path=path, without=wants.muted_channels)

    def _knows(self, wants: Preferences, before: PatientMessage, mark: int, message: PatientMessage) -> bool:
        """Tell whether somebody was told of the message before, a moment ago, and has not looked yet."""
        return (
            before.author_id != wants.person_id
            and before.number > mark
            and message.made_ms - before.made_ms < _QUICK_MS
            and not self._is_hushed(wants, before)
        )

    def _is_hushed(self, wants: Preferences, message: PatientMessage) -> bool:
        return hush_of(wants, Priority.LOW, message.made_ms, self.local) is not None
