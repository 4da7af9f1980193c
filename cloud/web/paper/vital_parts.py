"""The parts of a report that are measured: vital signs, NEWS2, glucose, and how long devices were worn."""

from collections.abc import Iterator, Sequence
from typing import Final

from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from cloud.alerts.wording.quantities import amount
from cloud.reports.contents import Contents, Gaps
from cloud.reports.glucose import FEWEST_DAYS, LEAST_ACTIVE, LEVELS, MOST_CV, Glucose, Level
from cloud.reports.news_course import EMERGENCY, URGENT
from cloud.reports.spread import Extreme, Spread
from cloud.reports.wear import Wear
from cloud.web.early_warning import PARTS
from cloud.web.paper import words
from cloud.web.paper.charts import Bar, DayCourse, GlucoseProfile, NewsChart
from cloud.web.paper.pen import OnPaper, Pen
from cloud.web.paper.sheet import WIDTH
from cloud.web.paper.tables import table
from cloud.web.words import N_
from vitals.kinds import OBSERVATION_KINDS
from vitals.scores.news2 import YOUNGEST_YEARS

__all__ = ["glucose_part", "news_part", "vitals_part", "wear_part"]

_HOUR_MS: Final = 3_600_000
_DAY_MINUTES: Final = 1_440
_MG_PER_DL: Final = "mg/dL"
_MOST_REASONS: Final = 3


def vitals_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell of each vital sign where it was, how much of the time it was measured, and what is missing."""
    if not contents.spreads:
        yield pen.tell(N_("No vital sign was measured in this period."))
        return
    first = next(contents.wanted.period.days(pen.local.reader.local))
    columns = (
        (pen.said(N_("What")), 0.17),
        (pen.said(N_("Middle")), 0.09),
        (pen.said(N_("Usual")), 0.12),
        (pen.said(N_("Lowest, highest")), 0.23),
        (pen.said(N_("Measured")), 0.16),
        (pen.said(N_("Change")), 0.09),
        (pen.said(N_("Day by day")), 0.14),
    )
    yield table(pen, columns, [_spread_row(pen, each, first) for each in contents.spreads])
    yield Spacer(0, 3)
    yield pen.tell(
        N_(
            "Middle: the median. Usual: nine measured minutes of ten lie within. Each minute counts once. "
            "Change: the slope over the days' medians (Theil-Sen), told from 4 days on. "
            "Values of poor quality, and such as no living body shows, are left out."
        ),
        "small",
    )
    yield from _gaps(pen, contents.gaps)


def _spread_row(pen: Pen, found: Spread, first: object) -> list[OnPaper]:
    name = [
        pen.text(pen.kind(found.kind), bold=True),
        pen.text(pen.unit(OBSERVATION_KINDS[found.kind].ucum), "small", soft=True),
    ]
    usual = f"{pen.value(found.kind, found.low)}–{pen.value(found.kind, found.high)}"  # noqa: RUF001 - a range
    ends = [pen.text(_extreme(pen, found.kind, each)) for each in (found.lowest, found.highest)]
    course = DayCourse(found.days, first, found.of_days, 0.14 * WIDTH - 8)  # type: ignore[arg-type]
    middle = pen.text(pen.value(found.kind, found.median), bold=True)
    return [name, middle, usual, ends, _measured(pen, found), _change(pen, found), course]


def _extreme(pen: Pen, kind: str, each: Extreme) -> str:
    return f"{pen.value(kind, each.value)} · {pen.local.short_moment(each.t_ms)}"


def _measured(pen: Pen, found: Spread) -> str:
    if found.is_spot:
        return pen.said(
            N_("{n} times, on {days} of {all} days"),
            n=pen.number(found.count),
            days=len(found.days),
            all=found.of_days,
        )
    share = pen.percent(found.share)
    return pen.said(N_("{share} of the time, {hours} h"), share=share, hours=_hours(pen, found))


def _hours(pen: Pen, found: Spread) -> str:
    minutes = found.share * found.of_days * _DAY_MINUTES
    return pen.number(minutes / 60)


def _change(pen: Pen, found: Spread) -> str:
    if found.change is None:
        return pen.said(N_("too few days"))
    if not found.change:
        return pen.said(N_("steady"))
    sign = "+" if found.change > 0 else "−"  # noqa: RUF001 - a minus
    return f"{sign}{pen.value(found.kind, abs(found.change))}"


def _gaps(pen: Pen, gaps: Sequence[Gaps]) -> Iterator[OnPaper]:
    reasons = pen.reader.words.gaps
    for each in gaps:
        longest = sorted(each.by_reason.items(), key=lambda one: (-one[1], one[0]))[:_MOST_REASONS]
        said = pen.reader.words.style.list.join(
            pen.said(
                N_("{hours} h ({reason})"),
                hours=pen.number(ms / _HOUR_MS, 1),
                reason=reasons.get(reason, reason),
            )
            for reason, ms in longest
        )
        if said:
            yield pen.tell(N_("{what} is missing: {why}."), "small", what=pen.kind(each.kind), why=said)


def news_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell how the score went, and what is not known in it."""
    found = contents.news
    if found is None or found.is_refused:
        yield pen.tell(
            N_("NEWS2 was not made for people under {years} or in pregnancy: it is not told here."),
            years=YOUNGEST_YEARS,
        )
        return
    worst = found.worst
    if worst is None:
        yield pen.tell(N_("Nothing was measured that could be scored."))
        return
    yield pen.tell(
        N_(
            "Scored {n} times, at the end of each hour with a value. Highest that is certain: {score} of 20, "
            "{when}. {many} hours with {urgent} or more, {most} of them with {emergency} or more."
        ),
        n=pen.number(len(found.hours)),
        score=worst.lowest,
        when=pen.local.short_moment(worst.t_ms),
        many=pen.number(found.from_score(URGENT)),
        most=pen.number(found.from_score(EMERGENCY)),
        urgent=URGENT,
        emergency=EMERGENCY,
    )
    chart = NewsChart(pen, found, contents.wanted.period)
    about = pen.tell(
        N_(
            "Line: the score if what is missing were normal. Band: up to where it may be. Dashed at {urgent} "
            "(somebody should look soon) and {emergency} (at once). Royal College of Physicians, 2017."
        ),
        "small",
        urgent=URGENT,
        emergency=EMERGENCY,
    )
    yield KeepTogether([chart, about])
    if found.missing:
        missing = pen.reader.words.style.list.join(
            PARTS[each].said(pen.local.words) for each in found.missing
        )
        yield pen.tell(N_("Never known in this period: {what}."), "small", what=missing)
    if found.assumes_adult:
        yield pen.tell(N_("The date of birth is not on record: an adult is assumed."), "small")


def glucose_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell what the international consensus asks for."""
    found = contents.glucose
    if found is None:
        yield pen.tell(N_("No glucose sensor was worn in this period."))
        return
    if not found.is_enough:
        yield pen.tell(
            N_(
                "Too little to conclude from: {days} days and {share} of the time. The consensus asks for "
                "{all} days and {least}."
            ),
            days=found.days,
            share=pen.percent(found.active),
            all=FEWEST_DAYS,
            least=pen.percent(LEAST_ACTIVE),
        )
        yield Spacer(0, 3)
    yield _glucose_numbers(pen, found)
    yield Spacer(0, 5)
    yield _time_in_ranges(pen, found)
    yield pen.tell(
        N_("Targets: {whom}. Stroke on a bar: the target."),
        "small",
        whom=pen.said(words.TARGETS[found.targets]),
    )
    yield CondPageBreak(90 * 2.8346)
    yield Spacer(0, 4)
    yield pen.text(pen.said(N_("Ambulatory glucose profile (AGP)")), bold=True)
    yield GlucoseProfile(pen, found)
    yield pen.tell(
        N_(
            "All days over one another, by the clock where the patient lives. Thick line: the median. "
            "Dark band: half of the readings (25 to 75 %). Light band: nine of ten (5 to 95 %). Each point "
            "is of the readings within half an hour of it. In {unit}."
        ),
        "small",
        unit=pen.unit(_MG_PER_DL),
    )
    yield pen.tell(
        N_(
            "After Battelino et al., Diabetes Care 2019;42:1593-1603 (targets, what is reported); GMI: "
            "Bergenstal et al., Diabetes Care 2018;41:2275-2280."
        ),
        "small",
    )


def _glucose_numbers(pen: Pen, found: Glucose) -> OnPaper:
    columns = tuple(
        (pen.said(message), 1 / 5)
        for message in (
            N_("Mean glucose"),
            N_("GMI (estimates HbA1c)"),
            N_("Variability (CV)"),
            N_("Sensor active"),
            N_("Readings"),
        )
    )
    row = (
        pen.text(f"{_glucose(pen, found.mean)} {pen.unit(_MG_PER_DL)}", bold=True),
        pen.text(pen.percent(found.gmi_percent / 100, 1), bold=True),
        [
            pen.text(pen.percent(found.cv, 1), bold=True),
            pen.tell(N_("target: at most {share}"), "small", share=pen.percent(MOST_CV)),
        ],
        [
            pen.text(pen.percent(found.active), bold=True),
            pen.tell(
                N_("one in {n} min, on {days} days"), "small", n=found.interval_minutes, days=found.days
            ),
        ],
        pen.text(pen.number(found.count), bold=True),
    )
    return table(pen, columns, [row])


def _time_in_ranges(pen: Pen, found: Glucose) -> OnPaper:
    columns = (
        (pen.said(N_("Where glucose was")), 0.33),
        (pen.said(N_("Share of the time")), 0.14),
        (pen.said(N_("A day")), 0.12),
        ("", 0.21),
        (pen.said(N_("Target")), 0.20),
    )
    target = found.target
    of_levels = {
        level: _range_row(pen, _level(pen, found, level), found.shares[level], *_bounds(found, level))
        for level in LEVELS
    }
    above = pen.said(N_("all above {high}"), high=_glucose(pen, target.high))
    below = pen.said(N_("all below {low}"), low=_glucose(pen, target.low))
    rows = (
        of_levels[Level.VERY_HIGH],
        of_levels[Level.HIGH],
        _range_row(pen, above, found.above, target.most_above),
        of_levels[Level.IN_RANGE],
        _range_row(pen, below, found.below, target.most_below),
        of_levels[Level.LOW],
        of_levels[Level.VERY_LOW],
    )
    return table(pen, columns, rows)


def _level(pen: Pen, found: Glucose, level: Level) -> str:
    target = found.target
    bounds = {Level.VERY_HIGH: max(target.high, target.very_high), Level.VERY_LOW: target.very_low}
    return pen.said(
        words.LEVELS[level],
        low=_glucose(pen, bounds.get(level, target.low)),
        high=_glucose(pen, bounds.get(level, target.high)),
    )


def _bounds(found: Glucose, level: Level) -> tuple[float | None, bool]:
    """Return the share that a level is to have, and whether it is to have at least that."""
    target = found.target
    most = {Level.VERY_HIGH: target.most_very_high, Level.VERY_LOW: target.most_very_low}
    return (target.least_in_range, True) if level is Level.IN_RANGE else (most.get(level), False)


def _range_row(
    pen: Pen,
    name: str,
    share: float,
    bound: float | None,
    is_least: bool = False,  # noqa: FBT001, FBT002
) -> list[OnPaper]:
    minutes = round(share * _DAY_MINUTES)
    day = pen.said(N_("{h} h {min} min"), h=minutes // 60, min=minutes % 60)
    is_main = bound is not None
    bar = Bar(share, bound, 0.21 * WIDTH - 8)
    return [
        pen.text(name, bold=is_main),
        pen.text(pen.percent(share, 1), bold=is_main),
        day,
        bar,
        "" if bound is None else _target(pen, share, bound, is_least=is_least),
    ]


def _target(pen: Pen, share: float, bound: float, *, is_least: bool) -> str:
    if is_least:
        message = N_("over {share}: reached") if share > bound else N_("over {share}: not reached")
    else:
        message = N_("under {share}: reached") if share < bound else N_("under {share}: not reached")
    return pen.said(message, share=pen.percent(bound))


def _glucose(pen: Pen, mg_per_dl: float) -> str:
    value = amount(mg_per_dl, _MG_PER_DL, pen.reader)
    return pen.number(value, 0 if value == mg_per_dl else 1)


def wear_part(pen: Pen, contents: Contents) -> Iterator[OnPaper]:
    """Tell how long each device was the patient's, within reach, and worn."""
    if not contents.wear:
        yield pen.tell(N_("No device was bound to the patient in this period."))
        return
    columns = (
        (pen.said(N_("Device")), 0.34),
        (pen.said(N_("Was the patient's")), 0.18),
        (pen.said(N_("Within reach")), 0.24),
        (pen.said(N_("Worn")), 0.24),
    )
    yield table(pen, columns, [_wear_row(pen, each) for each in contents.wear])
    yield pen.tell(N_("By what each device said of itself; what it did not say counts as not worn."), "small")


def _wear_row(pen: Pen, each: Wear) -> list[OnPaper]:
    name = [pen.text(each.model or each.device, bold=True)]
    if each.model:
        name.append(pen.text(each.device, "small", soft=True))
    days = pen.said(N_("{n} days"), n=pen.number(each.theirs_ms / (24 * _HOUR_MS), 1))
    return [
        name,
        days,
        *(_lasting(pen, ms, each.theirs_ms) for ms in (each.within_reach_ms, each.on_body_ms)),
    ]


def _lasting(pen: Pen, ms: int | None, of_ms: int) -> str:
    if ms is None:
        return pen.said(N_("it does not tell"))
    share = pen.percent(ms / of_ms if of_ms else 0.0)
    return pen.said(N_("{share}, {hours} h a day"), share=share, hours=pen.number(24 * ms / max(1, of_ms), 1))
