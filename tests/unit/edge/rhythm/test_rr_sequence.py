import numpy as np

from edge.rhythm.rr_sequence import Interval, RrSequence


def told(*rr_ms, at_s):
    """Intervals of one notification; the newest ended when it came."""
    ends_s = at_s - np.append(np.cumsum(np.array(rr_ms[:0:-1]) / 1000)[::-1], 0.0)
    return [
        Interval(rr_ms=one, end_s=float(end_s), end_ms=round(1000 * float(end_s)))
        for one, end_s in zip(rr_ms, ends_s, strict=True)
    ]


def played(*notifications, length=8):
    sequence = RrSequence(length=length)
    for rr_ms, at_s in notifications:
        sequence.take(told(*rr_ms, at_s=at_s))
    return sequence


def test_notifications_that_follow_each_other_make_one_row():
    sequence = played(((800.0, 900.0), 10.0), ((850.0,), 11.0))
    assert sequence.rr_ms()[-3:].tolist() == [800.0, 900.0, 850.0]
    assert np.isnan(sequence.rr_ms()[:-3]).all()
    assert sequence[-2].end_ms == 10_000


def test_a_late_notification_is_no_gap():
    assert len(played(((800.0,), 10.0), ((800.0,), 12.9))) == 2


def test_lost_notifications_leave_as_many_unknown_as_beats_may_have_been():
    sequence = played(((800.0, 800.0), 10.0), ((800.0,), 14.0))
    rr_ms = sequence.rr_ms()
    assert np.isnan(rr_ms[-5:-1]).all()
    assert rr_ms[-1] == rr_ms[-6] == 800.0


def test_a_break_that_is_known_of_leaves_one_unknown_however_brief():
    sequence = played(((800.0,), 10.0))
    sequence.break_off()
    sequence.take(told(800.0, at_s=11.0))
    sequence.take(told(810.0, at_s=12.0))
    assert np.isnan(sequence.rr_ms()[-3])
    assert sequence.rr_ms()[-2:].tolist() == [800.0, 810.0]


def test_after_hours_nothing_from_before_is_left():
    sequence = played(((800.0,) * 8, 10.0), ((700.0,), 9_000.0))
    assert sequence.rr_ms()[-1] == 700.0
    assert np.isnan(sequence.rr_ms()[:-1]).all()


def test_a_clock_that_stands_still_is_no_gap():
    assert len(played(((800.0,), 10.0), ((800.0,), 10.0))) == 2


def test_intervals_of_nothing_break_nothing():
    sequence = played(((0.0, 0.0), 10.0), ((0.0,), 20.0), ((800.0,), 30.0))
    assert sequence.taken == 4
    assert sequence.rr_ms()[-1] == 800.0


def test_it_holds_no_more_than_it_was_made_for():
    assert len(played(((800.0,) * 20, 30.0), length=8)) == 8
