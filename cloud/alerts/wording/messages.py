"""What one telling of an alert says: a subject, a line short enough for one SMS, and the whole.

Where others may look on (a locked screen, a provider of SMS), values, names and what was found are not
said: only how urgent it is, of whom by initials, what became of it, and where to read on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import east_asian_width

from cloud.alerts.wording.explanation import ENDED_BECAUSE
from cloud.alerts.wording.language import Language, chosen
from cloud.alerts.wording.quantities import Reader, capital, lasting, number
from cloud.alerts.wording.sms import fitted, plain, sentences
from cloud.alerts.wording.texts import advice_of, texts_of, title_of, usual_of
from cloud.ports import Alert, AlertState, Family, Occasion, Priority, Role, Words

__all__ = ["News", "compose"]

_LONGEST_NAME: Final = 40
_WIDE: Final = frozenset("WF")
_CALLS_FOR_HELP: Final = frozenset({Occasion.ONSET, Occasion.ESCALATION, Occasion.REMINDER})
"""When there is something to do: then the advice is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What there is to tell of an alert, at `now_ms`, and who plays a part in it.

    `told` are those who were told before, `others` the alerts that go out together with it and can be named
    in one breath with it; of `more` it is only said that they are there.
    """

    occasion: Occasion
    now_ms: int
    patient_name: str | None = None
    taken_by: str | None = None
    told: tuple[str, ...] = ()
    others: tuple[Alert, ...] = ()
    more: int = 0


def compose(alert: Alert, reader: Reader, news: News) -> Words:
    """Return the words in which `reader` is told of an alert now; the line fits one SMS, 160 or 70 long."""
    say = _Saying(alert=alert, reader=reader, news=news, words=reader.words)
    subject = say.headline()
    became = reader.words.style.sentences.join(say.what_became())
    parts = say.details() if reader.wants_detail else say.hidden()
    return Words(
        subject=subject,
        line=_line(say),
        body="\n\n".join(filter(None, [subject, became, *parts, *say.footer()])),
        language=chosen([reader.language]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saying:
    """The parts of one message, each a sentence or more, without what does not apply."""

    alert: Alert
    reader: Reader
    news: News
    words: Language

    def headline(self) -> str:
        """Say how urgent it is, of whom, and what."""
        messages, alert = self.words.messages, self.alert
        title = title_of(alert, self.reader) if self.reader.wants_detail else messages.hidden_title
        priority = self.words.priorities[alert.family][alert.priority]
        if self.news.patient_name is None or self.reader.is_patient:
            return messages.headline.format(priority=priority, title=title)
        who = self._name(self.news.patient_name)
        return messages.headline_of.format(priority=priority, who=who, title=title)

    def what_became(self) -> list[str]:
        """Say what the occasion is, what kind of end it is if it is one, and that data were late."""
        messages, news = self.words.messages, self.news
        until_ms = self.alert.resolved_ms or news.now_ms
        fields = {
            "since": lasting((until_ms - self.alert.began_ms) / 1000, self.words),
            "waiting": lasting((news.now_ms - self.alert.raised_ms) / 1000, self.words),
            "taken_by": self._name(news.taken_by) if news.taken_by else messages.somebody,
        }
        said = [capital(getattr(messages, news.occasion).format_map(fields))]
        if news.occasion is Occasion.ESCALATION and news.told and self.reader.wants_detail:
            names = self.words.style.list.join(self._name(name) for name in news.told)
            said.append(messages.told.format(told=names))
        answer = self.words.acknowledgements.get(self.alert.acknowledged_reason or "")
        if news.occasion is Occasion.ACKNOWLEDGED and answer and self.reader.wants_detail:
            said.append(messages.answered.format(answer=answer))
        return [*said, *self._remarks()]

    def _remarks(self) -> list[str]:
        messages, alert = self.words.messages, self.alert
        remarks = (
            (alert.state is AlertState.LATCHED, messages.unseen),
            (ENDED_BECAUSE in alert.explanation, messages.unwatched),
            (alert.delayed, messages.delayed),
        )
        return [said for applies, said in remarks if applies]

    def details(self) -> list[str]:
        """Say what was seen, what to do, what is usual, and what else there is."""
        texts = texts_of(self.alert, self.reader)
        advice = advice_of(texts, self.reader.role) if self.news.occasion in _CALLS_FOR_HELP else ""
        rest = (*self._for_clinicians(), self._others(), self._more(self.news.more))
        return [self._seen(texts.summary), advice, *rest]

    def _seen(self, summary: str) -> str:
        """Say what was seen; of what is over, that it was so then and need not be so now."""
        return self.words.messages.was.format(summary=summary) if _is_over(self.alert) else summary

    def hidden(self) -> list[str]:
        """Say where to read what it is, and how much else there is."""
        return [self._more(len(self.news.others) + self.news.more), self.words.messages.open]

    def footer(self) -> list[str]:
        """Say what to do if it is bad, and what this is not."""
        messages, alert = self.words.messages, self.alert
        is_grave = alert.family is Family.PHYSIOLOGICAL and alert.priority is Priority.HIGH
        help_now = messages.emergency if is_grave and self.news.occasion in _CALLS_FOR_HELP else ""
        return [help_now, messages.disclaimer]

    def _for_clinicians(self) -> list[str]:
        if self.reader.role is not Role.CLINICIAN:
            return []
        quality = self.alert.explanation.get("quality")
        said = [usual_of(self.alert.explanation, self.reader) or ""]
        if isinstance(quality, int | float):
            said.append(self.words.messages.quality.format(quality=number(round(100 * quality))))
        return [self.words.style.sentences.join(filter(None, said))]

    def _others(self) -> str:
        titles = [title_of(other, self.reader) for other in self.news.others]
        listed = self.words.style.list.join(titles)
        return self.words.messages.also.format(titles=listed) if titles else ""

    def _more(self, count: int) -> str:
        return self.words.messages.more.format(count=count) if count else ""

    def _name(self, name: str) -> str:
        """Return a name on one line, and no more of it than may be shown."""
        parts = "".join(one if one.isprintable() else " " for one in name).split()
        if self.reader.wants_detail:
            return " ".join(parts)[:_LONGEST_NAME]
        return " ".join(f"{part[0]}{_hidden_by(part[0])}" for part in parts)[:_LONGEST_NAME]


def _is_over(alert: Alert) -> bool:
    return alert.state in {AlertState.RESOLVED, AlertState.LATCHED}


def _hidden_by(initial: str) -> str:
    """Return what stands for the rest of a name: a Chinese one is written 王* and not 王."""
    return "*" if east_asian_width(initial) in _WIDE else "."


def _line(say: _Saying) -> str:
    """Put together what fits, the most telling first."""
    style = say.words.style
    parts = [f"{say.headline()}{style.stop}", *say.what_became(), *_told_in_short(say)]
    if say.news.occasion is Occasion.ONSET:
        parts.append(parts.pop(1))
    return fitted([plain(part) for part in parts if part], style.sentences)


def _told_in_short(say: _Saying) -> Sequence[str]:
    """Return the sentences that a line has room for: what was seen, then what to do."""
    if not say.reader.wants_detail:
        return say.hidden()
    summary, advice, *others = say.details()
    if say.reader.role is Role.CLINICIAN and advice:
        return [*sentences(advice), *others]
    seen, *more = sentences(summary)
    return [seen, *sentences(advice), *more, *others]
