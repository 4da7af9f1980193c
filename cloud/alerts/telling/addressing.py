"""The stage that addresses: from parcels to letters, one for each way to each person.

Somebody is always found if there is anybody: a step that reaches nobody goes on to the next at once, those
not to be disturbed and those the policy leaves out are asked last, and when nobody is left, whoever runs the
service is told that it is so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from cloud.alerts.telling.attempts import Attempts, attempts_at, is_within
from cloud.alerts.telling.batch import Again, Batch, Entry, Held, HoldReason, Letter, Parcel, Situation
from cloud.alerts.telling.circle import Circle, Way
from cloud.alerts.telling.history import UNTAKEN, History
from cloud.alerts.telling.ladder import row_of
from cloud.alerts.telling.policies import FIXED_POLICIES
from cloud.ports import Alert, EscalationPolicy, HandOff, Occasion, Person, Priority

__all__ = ["GIVE_UP_MS", "route"]

GIVE_UP_MS: Final = 3_600_000
"""For how long the end of an alert, or that somebody took it on, is tried to be told."""
_NOBODY_SEES: Final = "nobody may see this patient: grant somebody access"
_PAST_POLICY: Final = "nobody of those the policy names can be told by the ways it names: everyone is told"
_NO_WAY: Final = "nobody of those the policy names can be told by the ways it names: add people or ways"
_NO_WAY_BUT_PAGES: Final = "nobody can be told but on open pages: have somebody add a way of their own"
_ALL_FAILED: Final = "every way to everybody failed: look at the channels"
_NOBODY_ELSE: Final = "nobody is to be told of this now"
_OF_WHOM_NOBODY: Final = "nobody has the duty now: everyone is told"


@dataclass(slots=True, kw_only=True)
class _Addressed:
    """What came of one parcel."""

    letters: list[Letter] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    again_ms: list[int] = field(default_factory=list)
    is_done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A parcel with all that decides who gets it."""

    parcel: Parcel
    circle: Circle
    past: History
    now_ms: int
    out: _Addressed = field(default_factory=_Addressed)

    @property
    def lead(self) -> Alert:
        return self.parcel.alerts[0]

    @property
    def policy(self) -> EscalationPolicy:
        return self.circle.policy_for(self.lead)

    def ways(self, people: Iterable[Person], row: int | None = None, *, despite: bool = False) -> list[Way]:
        """Return the ways to people who may be disturbed, by the channels of a row; to all if `despite`."""
        awake = [one for one in people if despite or one.id not in self.parcel.hushed]
        channels = () if row is None else self.policy.steps[row].channels
        is_high = self.lead.priority is Priority.HIGH
        if channels:
            return self.circle.ways(awake, channels, muted=is_high or despite)
        return self.circle.ways(awake, muted=is_high or despite)

    def send(self, ways: Iterable[Way], occasion: Occasion, step: int) -> None:
        """Write a letter for each way."""
        entries = tuple(Entry(alert=one, occasion=occasion, step=step) for one in self.parcel.alerts)
        self.out.letters += [Letter(way=way, entries=entries) for way in ways]

    def try_now(
        self, ways: Sequence[Way], tries: Sequence[HandOff], occasion: Occasion, step: int
    ) -> Attempts:
        """Write letters for what is to be tried now, and note when something is to be tried again."""
        found = attempts_at(ways, tries, self.now_ms)
        self.send(found.now, occasion, step)
        if found.again_ms is not None:
            self.out.again_ms.append(found.again_ms)
        return found

    def hold(self, reason: HoldReason, because: str, **more: object) -> None:
        """Hold every alert of the parcel."""
        self.out.held += [
            Held(alert=one, reason=reason, because=because, **more)  # type: ignore[arg-type]  # Held's own fields
            for one in self.parcel.alerts
        ]

    def let_sleep(self, people: Iterable[Person]) -> None:
        """Say of those not to be disturbed why they are not told."""
        for one in people:
            hush = self.parcel.hushed.get(one.id)
            if hush is not None:
                self.hold(hush.reason, hush.because, until_ms=hush.until_ms, person_id=one.id)


def route(batch: Batch, situation: Situation) -> Batch:
    """Write the letters of every parcel, and say who is not told and why."""
    tasks = [
        _Task(
            parcel=parcel,
            circle=situation.circle(parcel.alerts[0].patient_id),
            past=situation.history(parcel.alerts[0].id),
            now_ms=situation.now_ms,
        )
        for parcel in batch.going
    ]
    for task in tasks:
        _BY_OCCASION[task.parcel.occasion](task)
        _say_if_nobody_is_told(task)
    return replace(
        batch,
        letters=(*batch.letters, *(one for task in tasks for one in task.out.letters)),
        held=(*batch.held, *(one for task in tasks for one in task.out.held)),
        again=(*batch.again, *(one for task in tasks for one in _looks(task))),
    )


def _say_if_nobody_is_told(task: _Task) -> None:
    """Have every state of an alert leave a trace: by that, other processes follow it."""
    is_new = all(one.state is not task.lead.state for one in (*task.past.tries, *task.past.holds))
    if is_new and not task.out.letters and not task.out.held:
        task.hold(HoldReason.NOTHING_TO_TELL, _NOBODY_ELSE)


def _looks(task: _Task) -> Iterable[Again]:
    times: list[int | None] = [None] if task.out.is_done else list(task.out.again_ms)
    return [Again(alert_id=one.id, at_ms=at_ms) for one in task.parcel.alerts for at_ms in times]


def _untaken(task: _Task) -> None:
    """Tell what nobody has taken on: the step at hand, and the next at once if it reaches nobody."""
    if task.circle.has_nobody_on_duty:
        task.hold(HoldReason.NOBODY_ON_DUTY, _OF_WHOM_NOBODY)
    if task.circle.duty_until_ms is not None:
        task.out.again_ms.append(task.circle.duty_until_ms)
    if not _reaches_somebody(task):
        _last_resort(task)
    elif _only_pages_are_left(task):
        task.hold(HoldReason.PAGES_ALONE, _NO_WAY_BUT_PAGES)
        _tell_administrators(task)


def _only_pages_are_left(task: _Task) -> bool:
    """Tell whether what cannot wait goes to open pages alone: nobody knows whether anybody looks at them."""
    is_high = task.lead.priority is Priority.HIGH
    return is_high and all(way.contact is None for way in _every_way(task))


def _steps_from(task: _Task) -> range:
    last = len(task.policy.steps) - 1
    return range(task.parcel.step, max(task.parcel.step, last) + 1)


def _reaches_somebody(task: _Task, *, despite: bool = False) -> bool:
    """Try the first step by which somebody is reached or may yet be; tell whether there is one.

    One that names only ways which have just failed is left for its time.
    """
    failed = set[tuple[str, str | None]]()
    for step in _steps_from(task):
        ways = _ways_of(task, step, despite=despite)
        names = {way.name for way in ways}
        tries = task.past.of(UNTAKEN, step)
        found = attempts_at(ways, tries, task.now_ms)
        if (found.untried or found.reached) and not (failed and names <= failed):
            task.try_now(ways, tries, _of_step(step), step)
            return True
        failed |= names
    return False


def _ways_of(task: _Task, step: int, *, despite: bool) -> list[Way]:
    """Return the ways of a step, and say who is let sleep."""
    row = row_of(task.policy, step)
    people = task.circle.whom(task.policy.steps[row])
    if not despite:
        task.let_sleep(people)
    return task.ways(people, row, despite=despite)


def _of_step(step: int) -> Occasion:
    return Occasion.ESCALATION if step else Occasion.ONSET


def _last_resort(task: _Task) -> None:
    """No step reaches anybody: tell whoever is left, else try again what failed, and say so."""
    asleep = any(one.id in task.parcel.hushed for one in task.circle.people)
    can_wait = task.lead.priority is Priority.LOW
    if not can_wait and (_reaches_somebody(task, despite=True) or _reaches_whoever_is_left(task)):
        return
    step = task.parcel.step
    ways = _ways_of(task, step, despite=False) if can_wait else _every_way(task)
    task.try_now(ways, task.past.of(UNTAKEN, step), _of_step(step), step)
    if asleep and can_wait:
        return
    if not task.circle.people:
        task.hold(HoldReason.NOBODY, _NOBODY_SEES)
    elif any(_ways_of(task, each, despite=True) for each in _steps_from(task)):
        task.hold(HoldReason.EVERY_WAY_FAILED, _ALL_FAILED)
    else:
        task.hold(HoldReason.NOBODY, _NO_WAY)
    _tell_administrators(task)


def _reaches_whoever_is_left(task: _Task) -> bool:
    """Tell everyone by whatever way, whomever the policy names; tell whether anybody is or may be reached."""
    step, ways = task.parcel.step, _every_way(task)
    tries = task.past.of(UNTAKEN, step)
    found = attempts_at(ways, tries, task.now_ms)
    if not (found.untried or found.reached):
        return False
    task.hold(HoldReason.PAST_POLICY, _PAST_POLICY)
    task.try_now(ways, tries, _of_step(step), step)
    return True


def _every_way(task: _Task) -> list[Way]:
    return task.ways(task.circle.people, despite=True)


def _tell_administrators(task: _Task) -> None:
    ways = task.circle.ways_to_administrators()
    task.try_now(ways, task.past.of({Occasion.UNTOLD}, 0), Occasion.UNTOLD, 0)


def _taken_on(task: _Task) -> None:
    """Tell those who know of it that somebody looks after it."""
    others = [one for one in _who_know(task) if one.id != task.lead.acknowledged_by]
    _tell_for_a_while(task, others)


def _reminder(task: _Task) -> None:
    """Ask whoever took it on; who cannot be asked any more is stood in for by those the policy names.

    If nobody can be asked, that is said as it is of what nobody has taken on.
    """
    step = task.parcel.step
    tries = task.past.of({Occasion.REMINDER}, step)
    by_whom = [one for one in task.circle.people if one.id == task.lead.acknowledged_by]
    named = (task.circle.whom(one) for one in task.policy.steps)
    for people in (by_whom, *named):
        ways = task.ways(people)
        task.let_sleep(people)
        found = attempts_at(ways, tries, task.now_ms)
        if found.untried or found.reached:
            task.try_now(ways, tries, Occasion.REMINDER, step)
            return
    ways = task.ways(task.circle.people)
    found = task.try_now(ways, tries, Occasion.REMINDER, step)
    if not task.circle.people:
        task.hold(HoldReason.NOBODY, _NOBODY_SEES)
        _tell_administrators(task)
    elif ways and not (found.untried or found.reached):
        task.hold(HoldReason.EVERY_WAY_FAILED, _ALL_FAILED)
        _tell_administrators(task)


def _ended(task: _Task) -> None:
    """Tell those who know of it that it is over; who was never told of it is told that it was."""
    told = _who_know(task)
    if not task.circle.people:
        task.hold(HoldReason.NOBODY, _NOBODY_SEES, is_settled=True)
        return
    people = told if task.past.told else list(task.circle.whom(task.policy.steps[0]))
    waits = _tell_for_a_while(task, people)
    asleep = [hush for one in people if (hush := task.parcel.hushed.get(one.id)) and hush.until_ms]
    task.out.is_done = not waits and not asleep


def _who_know(task: _Task) -> list[Person]:
    """Return who was told of it, and who is owed it though somebody was faster than the telling."""
    if task.lead.condition in FIXED_POLICIES:
        return list(task.circle.people)
    return [one for one in task.circle.people if one.id in task.past.told]


def _tell_for_a_while(task: _Task, people: Sequence[Person]) -> bool:
    """Tell people what they need not know at any price; tell whether more is to be tried."""
    occasion = task.parcel.occasion
    tries = task.past.of({occasion}, 0)
    task.let_sleep(people)
    found = attempts_at(task.ways(people), tries, task.now_ms)
    task.send(found.untried, occasion, 0)
    if not found.again and found.again_ms is None:
        return bool(found.untried)
    if not is_within(GIVE_UP_MS, tries[0].at_ms, task.now_ms):
        task.hold(HoldReason.GIVEN_UP, "it could not be told for an hour")
        return bool(found.untried)
    task.send(found.again, occasion, 0)
    task.out.again_ms += [] if found.again_ms is None else [found.again_ms]
    return True


_BY_OCCASION: Final[Mapping[Occasion, Callable[[_Task], None]]] = MappingProxyType(
    {
        Occasion.ONSET: _untaken,
        Occasion.ESCALATION: _untaken,
        Occasion.ACKNOWLEDGED: _taken_on,
        Occasion.REMINDER: _reminder,
        Occasion.ENDED: _ended,
    }
)
