"""The parts of a report that happened: what gateways noticed, alerts and what was done, limits in force."""

from collections.abc import Iterator, Mapping
from typing import Final

from reportlab.platypus import KeepTogether, Spacer

from cloud.alerts.wording.quantities import lasting, quantity
from cloud.alerts.wording.texts import title_of
from cloud.ports import AlertState
from cloud.reports.contents import AlertRow, Contents, EventRow, LimitRow
from cloud.reports.strips import BEFORE_MS
from cloud.web.paper.pen import OnPaper, Pen
from cloud.web.paper.strip import Strip
from cloud.web.paper.tables import table
from cloud.web.words import N_, NN_
from vitals.kinds import OBSERVATION_KINDS

__all__ = ["alerts_part", "events_part", "limits_part"]

_SECOND_MS: Final = 1_000
_LIMITS: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): N_("{value} {unit} or more, for {long}"),
    (False, True): N_("{value} {unit} or less, for {long}"),
    (True, False): N_("{value} {unit} or more"),
    (False, False): N_("{value} {unit} or less"),
}
"""By whether it is a limit above, and whether it must last."""
_NOT_TAKEN_ON: Final[Mapping[bool, str]] = {
    True: N_("Nobody took it on; it is over."),
    False: N_("Nobody took it on yet."),
}


def events_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell what was noticed, each with the heart's trace around its beginning where that is kept."""
    if not contents.events:
        yield pen.tell(N_("Nothing was noticed in this period."))
        return
    if contents.omitted_events:
        yield pen.tell(
            NN_("{n} earlier one is not listed.", "{n} earlier ones are not listed."),
            "small",
            n=contents.omitted_events,
        )
    if contents.omitted_strips:
        yield pen.tell(
            NN_("Of {n} earlier one no trace is drawn.", "Of {n} earlier ones no trace is drawn."),
            "small",
            n=contents.omitted_strips,
        )
    for event in contents.events:
        yield KeepTogether([*_event(pen, event), Spacer(0, 6)])


def _event(pen: Pen, event: EventRow) -> Iterator[OnPaper]:
    title = f"{_condition(pen, event.condition)} · {pen.local.short_moment(event.began_ms)}"
    yield pen.text(title, bold=True)
    if event.ended_ms is None:
        yield pen.tell(N_("No end of it was told."), "small")
    else:
        long = lasting((event.ended_ms - event.began_ms) / _SECOND_MS, pen.reader.words)
        yield pen.tell(N_("It lasted {long}."), "small", long=long)
    if event.traces:
        yield Strip(pen, event.traces, event.began_ms - BEFORE_MS, event.began_ms)
    elif event.traces is not None:
        yield pen.tell(N_("No trace of the heart is kept from then."), "small")


def alerts_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell each alert of the body, how long it lasted, and who did what; of equipment, how many."""
    if contents.omitted_alerts:
        yield pen.tell(
            NN_("{n} earlier alert is not listed.", "{n} earlier alerts are not listed."),
            "small",
            n=contents.omitted_alerts,
        )
    if contents.alerts:
        columns = (
            (pen.said(N_("When")), 0.19),
            (pen.said(N_("What")), 0.30),
            (pen.said(N_("Lasted")), 0.13),
            (pen.said(N_("What was done")), 0.38),
        )
        yield table(pen, columns, [_alert_row(pen, each) for each in contents.alerts])
    else:
        yield pen.tell(N_("No alert of the body in this period."))
    if contents.technical:
        counts = pen.reader.words.style.list.join(
            f"{_condition(pen, condition)} ({pen.number(count)})"
            for condition, count in sorted(contents.technical.items(), key=lambda one: (-one[1], one[0]))
        )
        yield Spacer(0, 3)
        yield pen.tell(N_("Alerts of equipment: {what}."), "small", what=counts)


def _alert_row(pen: Pen, row: AlertRow) -> list[OnPaper]:
    alert = row.alert
    what = [
        pen.text(title_of(alert, pen.reader), bold=True),
        pen.text(pen.reader.words.priorities[alert.family][alert.priority], "small", soft=True),
    ]
    lasted = (
        pen.said(N_("goes on"))
        if alert.resolved_ms is None
        else lasting((alert.resolved_ms - alert.began_ms) / _SECOND_MS, pen.reader.words)
    )
    return [pen.local.short_moment(alert.began_ms), what, lasted, [*_done(pen, row)]]


def _done(pen: Pen, row: AlertRow) -> Iterator[OnPaper]:
    alert = row.alert
    told = NN_("{n} person was told.", "{n} people were told.")
    yield pen.text(pen.said(told, n=row.told) if row.told else pen.said(N_("Nobody was told.")))
    if alert.acknowledged_ms is None or row.taken_on_by is None:
        is_over = alert.state in {AlertState.RESOLVED, AlertState.LATCHED}
        yield pen.text(pen.said(_NOT_TAKEN_ON[is_over]))
        return
    reason = alert.acknowledged_reason or ""
    yield pen.tell(
        N_("Taken on by {who} after {long}: {reason}."),
        who=row.taken_on_by,
        long=lasting((alert.acknowledged_ms - alert.raised_ms) / _SECOND_MS, pen.reader.words),
        reason=pen.reader.words.acknowledgements.get(reason, reason),
    )


def limits_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell by what limits alerts go out now, and who set those that are not as they ship."""
    columns = (
        (pen.said(N_("Alert")), 0.34),
        (pen.said(N_("Limit")), 0.34),
        (pen.said(N_("Set by")), 0.32),
    )
    yield pen.tell(
        N_("Those of what was measured in this period, and those that were set, as they stand now."),
        "small",
    )
    if not contents.limits:
        yield pen.tell(N_("None was set, and nothing was measured that has one."))
        return
    yield table(pen, columns, [_limit_row(pen, each) for each in contents.limits])


def _limit_row(pen: Pen, row: LimitRow) -> list[OnPaper]:
    words = pen.reader.words.conditions.get(row.key)
    return [words.title if words else row.display, _limit(pen, row), [*_set_by(pen, row)]]


def _limit(pen: Pen, row: LimitRow) -> str:
    if row.is_off:
        return pen.said(N_("not watched for"))
    if row.kind is None:
        return pen.said(N_("set for this person"))
    ucum = OBSERVATION_KINDS[row.kind].ucum
    return pen.said(
        _LIMITS[row.is_above, row.hold_s > 0],
        value=quantity(row.limit, ucum, pen.reader),
        unit=pen.unit(ucum),
        long=lasting(row.hold_s, pen.reader.words),
    )


def _set_by(pen: Pen, row: LimitRow) -> Iterator[OnPaper]:
    if row.set_by is None or row.set_ms is None:
        yield pen.text(pen.said(N_("as it ships")), soft=True)
        return
    yield pen.text(f"{row.set_by}, {pen.local.day(row.set_ms)}")
    if row.reason:
        yield pen.text(row.reason, "small", soft=True)


def _condition(pen: Pen, key: str) -> str:
    words = pen.reader.words.conditions.get(key)
    return words.title if words else key.replace("-", " ").capitalize()
