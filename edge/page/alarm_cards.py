"""The alarms of the page: each with its priority, what it asks of people, and what they can do here."""

from typing import Final

from edge.local_alarm import Priority
from edge.now import Now
from edge.page.frame import button
from edge.page.markup import Markup, element
from edge.page.words import ago, clock_time, lasting
from edge.standing_alarms import Family, StandingAlarm

__all__ = ["SILENCE_S", "alarm_card", "headline_of"]

SILENCE_S: Final = 600
"""For how long the page's button asks for quiet."""


def alarm_card(alarm: StandingAlarm, now: Now, token: str) -> Markup:
    """Return one alarm, with what can be done about it."""
    since = f"since {clock_time(alarm.since_ms)}, {lasting((now.t_ms - alarm.since_ms) / 1000)}"
    return element(
        "article",
        element(
            "div",
            element(
                "span",
                _MARKS[alarm.priority],
                _PRIORITY_WORDS[alarm.family].format(alarm.priority).capitalize(),
                class_="badge",
            ),
            element("span", since, class_="soft small"),
            class_="card-top",
        ),
        element("h2", alarm.title),
        element("p", now.name_of(alarm.device), class_="whose") if alarm.device else None,
        element("p", _sentence(alarm.says), class_="soft"),
        _seen_to(alarm, now, token),
        class_=f"card alarm {alarm.priority} {alarm.family}{' seen' if alarm.is_acknowledged else ''}",
    )


def headline_of(alarm: StandingAlarm, now: Now) -> Markup:
    """Return the first line of the page while nobody sees to `alarm`."""
    mark = element("span", _MARKS[alarm.priority], class_=f"tag {alarm.priority} {alarm.family}")
    return element("h1", mark, element("span", _of_whom(alarm, now)), class_="headline")


def _of_whom(alarm: StandingAlarm, now: Now) -> str:
    title = alarm.title
    if alarm.device is not None:
        title = f"{now.name_of(alarm.device)}: {title[0].lower()}{title[1:]}"
    return f"{title}. It began {ago((now.t_ms - alarm.since_ms) / 1000)}."


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."


def _seen_to(alarm: StandingAlarm, now: Now, token: str) -> Markup:
    if alarm.is_acknowledged:
        return element("p", "Somebody is seeing to it.", class_="taken")
    is_quiet = alarm.key in now.quiet
    return element(
        "div",
        element("p", "Its sound is off for a while.", class_="taken") if is_quiet else None,
        button("/acknowledge", "I am seeing to it", token=token, key=alarm.key, class_="primary"),
        None
        if is_quiet
        else button("/silence", f"Quiet for {lasting(SILENCE_S)}", token=token, key=alarm.key),
        class_="actions",
    )


_PRIORITY_WORDS: Final = {
    Family.PHYSIOLOGICAL: "{} priority",
    Family.TECHNICAL: "equipment, {} priority",
}


def _mark(body: str) -> Markup:
    return Markup(
        f'<svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">{body}</svg>'
    )


_MARKS: Final = {
    Priority.HIGH: _mark('<path d="M12 2.5 22.5 21h-21z"/><path class="on" d="M8 12v5M12 10v7M16 12v5"/>'),
    Priority.MEDIUM: _mark(
        '<path d="M12 1.5 22.5 12 12 22.5 1.5 12z"/><path class="on" d="M10 8.5v7M14 8.5v7"/>'
    ),
    Priority.LOW: _mark('<circle cx="12" cy="12" r="10"/><path class="on" d="M12 8v8"/>'),
}
"""The shape of a priority, as on the cloud's pages."""
