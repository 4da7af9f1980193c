"""A report as a PDF: who and when, the short of it, its parts, what is missing, and how to check it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, HRFlowable, KeepTogether, Spacer, Table, TableStyle

from cloud.api.times import iso
from cloud.ports import Priority, Scope
from cloud.reports.contents import Contents, Section
from cloud.reports.desk import Given
from cloud.reports.glucose import Level
from cloud.web.local import Local
from cloud.web.paper import words
from cloud.web.paper.event_parts import alerts_part, events_part, limits_part
from cloud.web.paper.fonts import MISSING, fonts
from cloud.web.paper.pen import INK, OnPaper, Pen
from cloud.web.paper.sheet import WIDTH, bound
from cloud.web.paper.tables import table
from cloud.web.paper.vital_parts import glucose_part, news_part, vitals_part, wear_part
from cloud.web.words import N_, NN_, isolated

__all__ = ["document"]

_Part = Callable[[Pen, Contents], Iterator[OnPaper]]
_PARTS: Final[Mapping[Section, _Part]] = {
    Section.VITALS: vitals_part,
    Section.NEWS: news_part,
    Section.GLUCOSE: glucose_part,
    Section.EVENTS: events_part,
    Section.ALERTS: alerts_part,
    Section.WEAR: wear_part,
    Section.LIMITS: limits_part,
}
_LINES: Final = TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 1)])
_SHOWN_OF_DIGEST: Final = 16
_MOST_NAME: Final = 60


def document(given: Given, local: Local) -> bytes:
    """Return the PDF of a report as a reader has it: the same report for the same reader, the same bytes."""
    local = replace(local, reader=replace(local.reader, is_zone_named=False))  # the first page names it
    pen = Pen(local=local, reader=local.reader.of_alerts(), fonts=fonts())
    contents, statement = given.contents, given.statement
    story = [*_head(pen, given), *_short(pen, contents)]
    for section, part in _PARTS.items():
        if contents.wanted.has(section):
            story += [CondPageBreak(45 * mm), Spacer(0, 10), pen.tell(words.SECTIONS[section], "heading")]
            story += part(pen, contents)
    story += _missing(pen, contents)
    story += [KeepTogether([*_checked(pen, given), *_signed(pen)])]
    if pen.fonts.missing:
        message = N_("{sign} stands for letters that the fonts of this document lack.")
        story.append(pen.tell(message, "small", sign=MISSING))
    name = contents.patient.display_name
    cut = name if len(name) <= _MOST_NAME else f"{name[: _MOST_NAME - 1]}…"
    foot = f"{isolated(cut)} · {_period(pen, contents)} · SHA-256 {statement.sha256[:_SHOWN_OF_DIGEST]}"
    return bound(story, pen, title=pen.said(N_("Report for a visit")), foot=foot)


def _head(pen: Pen, given: Given) -> Iterator[OnPaper]:
    contents, statement = given.contents, given.statement
    yield pen.tell(N_("Report for a visit"), "title")
    yield pen.text(contents.patient.display_name, "name")
    yield Spacer(0, 2)
    yield pen.text(_period(pen, contents), bold=True)
    yield pen.tell(
        N_("Made {when} for {who}. Times are those of {zone}."),
        "small",
        when=pen.local.moment(statement.made_ms),
        who=statement.made_by,
        zone=_zone(pen, statement.made_ms),
    )
    yield Spacer(0, 4)
    yield HRFlowable(width="100%", thickness=0.8, color=INK)


def _period(pen: Pen, contents: Contents) -> str:
    period = contents.wanted.period
    days = sum(1 for _ in period.days(pen.local.reader.local))
    message = NN_("{first}, {n} day", "{first} to {last}, {n} days")
    first, last = pen.local.day(period.from_ms), pen.local.day(period.to_ms - 1)
    return pen.said(message, first=first, last=last, n=days)


def _zone(pen: Pen, t_ms: int) -> str:
    zone = pen.local.reader.local.zone
    return zone.key if zone is not None else str(pen.local.reader.local.at(t_ms).tzname())


def _short(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Yield the answer first: what a doctor with five minutes asks."""
    lines = [*_of_alerts(pen, contents), *_of_glucose(pen, contents), *_of_heart(pen, contents)]
    if lines:
        yield Spacer(0, 6)
        yield pen.tell(N_("In short"), "heading")
        yield from (pen.text(line) for line in lines)


def _of_alerts(pen: Pen, contents: Contents) -> Iterator[str]:
    if not contents.wanted.has(Section.ALERTS):
        return
    found = [each.alert for each in contents.alerts]
    count = len(found) + contents.omitted_alerts
    if not count:
        yield pen.said(N_("No alert of the body."))
        return
    high = sum(1 for each in found if each.priority is Priority.HIGH)
    told = NN_(
        "{n} alert of the body, {high} of high priority.", "{n} alerts of the body, {high} of high priority."
    )
    yield pen.said(told, n=count, high=high)


def _of_glucose(pen: Pen, contents: Contents) -> Iterator[str]:
    if found := contents.glucose:
        yield pen.said(
            N_("Glucose {share} of the time in range, {low} below it."),
            share=pen.percent(found.shares[Level.IN_RANGE]),
            low=pen.percent(found.below, 1),
        )


def _of_heart(pen: Pen, contents: Contents) -> Iterator[str]:
    for each in contents.spreads[:1]:
        yield pen.said(
            N_("{what}: usually {low} to {high}, measured {share} of the time."),
            what=pen.kind(each.kind),
            low=pen.value(each.kind, each.low),
            high=pen.with_unit(each.kind, each.high),
            share=pen.percent(each.share),
        )


def _missing(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    wanted = contents.wanted
    lines = [
        pen.said(
            N_("{what}: not open to whom this report was made for."), what=pen.said(words.SECTIONS[each])
        )
        for each in wanted.closed
    ]
    if wanted.has(Section.EVENTS) and Scope.WAVEFORMS not in wanted.scopes:
        lines.append(pen.said(N_("The heart's traces: not open to whom this report was made for.")))
    if contents.never:
        never = pen.reader.words.style.list.join(pen.kind(each) for each in contents.never)
        lines.append(pen.said(N_("Never measured in this period: {what}."), what=never))
    left = [each for each in Section if each not in wanted.sections]
    if left:
        said = pen.reader.words.style.list.join(pen.said(words.SECTIONS[each]) for each in left)
        lines.append(pen.said(N_("Left out by choice: {what}."), what=said))
    yield CondPageBreak(30 * mm)
    yield Spacer(0, 10)
    yield pen.tell(N_("What is not in this report"), "heading")
    if not lines:
        yield pen.tell(N_("Nothing that was asked for is missing."))
    yield from (pen.text(line) for line in lines)


def _checked(pen: Pen, given: Given) -> Iterator[OnPaper]:
    """Yield by what it can be shown that nobody changed what the report says."""
    statement, period = given.statement, given.contents.wanted.period
    yield Spacer(0, 12)
    yield pen.tell(N_("By what this report can be checked"), "heading")
    entry = (
        pen.said(N_("not entered yet: find it by the reference"))
        if statement.entry is None
        else pen.said(N_("entry {number} of the ledger"), number=statement.entry)
    )
    utc = " / ".join(iso(t_ms) for t_ms in (period.from_ms, period.to_ms))
    rows = (
        (pen.said(N_("SHA-256 of its values")), statement.sha256),
        (pen.said(N_("Written down as")), f"{entry} · {statement.reference}"),
        (pen.said(N_("Patient and period (UTC)")), f"{given.contents.patient.id} · {utc}"),
    )
    yield table(pen, (("", 0.25), ("", 0.75)), rows)
    yield pen.tell(
        N_(
            "The ledger cannot be rewritten unnoticed, and holds this digest. The same report, made again of "
            "the same period, has the same digest as long as nothing it tells of was added or changed."
        ),
        "small",
    )


def _signed(pen: Pen) -> Iterator[OnPaper]:
    yield Spacer(0, 16 * mm)
    said = (N_("Name"), N_("Signature"), N_("Date"))
    line = HRFlowable(width="94%", thickness=0.8, color=INK, hAlign="LEFT")
    names = [pen.text(pen.said(each), "small", soft=True) for each in said]
    yield Table([[line] * len(said), names], colWidths=[WIDTH / len(said)] * len(said), style=_LINES)
