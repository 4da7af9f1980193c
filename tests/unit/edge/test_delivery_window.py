from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from edge.outbox import Lane, Run
from edge.sending.send_window import DEFAULT_PACE, LIMITS, Again, SendWindow, Want, without
from edge.sending.uplink import NO_SUBSCRIBER, RECEIVED, REFUSED
from vitals.wire.envelope import Ack, Quarantined

EPOCHS = {lane: f"epoch-{lane}" for lane in Lane}
DENIED = 0x87
EVENT_LIMITS, BULK_LIMITS = LIMITS
RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: (min(pair), max(pair))), max_size=6
)


def window() -> SendWindow:
    opened = SendWindow(random=lambda: 0.5)
    opened.link_up(1 << 20)
    return opened


def some(lane: Lane, first: int = 1, last: int = 1) -> Run:
    return Run(lane=lane, epoch=EPOCHS[lane], first_seq=first, payloads=(b"x",) * (last - first + 1))


def send(
    opened: SendWindow, lane: Lane, *, first: int = 1, last: int = 1, now_s: float = 0.0, size: int = 1_000
) -> int:
    want = opened.wanted(now_s)
    while want is not None and want.lane is not lane:
        opened.nothing(want)
        want = opened.wanted(now_s)
    assert want is not None, f"{lane} has no room"
    ticket = opened.sending(want, some(lane, first, last), size, now_s)
    opened.notify()
    return ticket


def lanes_with_room(opened: SendWindow, now_s: float = 0.0) -> set[Lane]:
    lanes = set()
    while (want := opened.wanted(now_s)) is not None:
        lanes.add(want.lane)
        opened.nothing(want)
    opened.notify()
    return lanes


def test_nothing_is_wanted_without_a_link() -> None:
    opened = SendWindow(random=lambda: 0.5)
    assert opened.wanted(0.0) is None
    opened.link_up(1 << 20)
    assert opened.wanted(0.0) is not None
    opened.link_down()
    assert opened.wanted(0.0) is None


def test_the_most_urgent_lane_is_wanted_first_and_an_empty_one_is_not_asked_again_until_notified() -> None:
    opened = window()
    asked = []
    while (want := opened.wanted(0.0)) is not None:
        asked.append(want.lane)
        opened.nothing(want)
    assert asked == list(Lane)
    opened.notify()
    assert opened.wanted(0.0) is not None


def test_bulk_on_the_wire_is_bounded_and_an_event_still_goes() -> None:
    opened = window()
    for number in range(BULK_LIMITS.wire_batches):
        send(opened, Lane.WAVEFORMS, first=number + 1, last=number + 1)
    assert lanes_with_room(opened) == {Lane.EVENTS}


def test_bulk_on_the_wire_is_bounded_in_bytes_too() -> None:
    opened = window()
    send(opened, Lane.WAVEFORMS, size=BULK_LIMITS.wire_bytes)
    assert lanes_with_room(opened) == {Lane.EVENTS}


def test_the_brokers_answer_opens_the_wire_but_what_waits_for_the_cloud_is_bounded() -> None:
    opened = window()
    for number in range(1, BULK_LIMITS.waiting_batches + 1):
        opened.received(send(opened, Lane.OBSERVATIONS, first=number, last=number), RECEIVED, 0.0)
    assert lanes_with_room(opened) == {Lane.EVENTS}
    opened.acknowledged(Ack(epoch=EPOCHS[Lane.OBSERVATIONS], stored=[(3, 3)]), 1.0)
    assert lanes_with_room(opened) == set(Lane)


def test_only_the_clouds_acknowledgement_ends_a_flight() -> None:
    opened = window()
    opened.received(send(opened, Lane.EVENTS, last=4), RECEIVED, 0.0)
    assert opened.in_flight == 1
    opened.acknowledged(Ack(epoch=EPOCHS[Lane.EVENTS], stored=[(1, 3)]), 0.0)
    assert opened.in_flight == 1
    opened.acknowledged(
        Ack(epoch=EPOCHS[Lane.EVENTS], stored=[], quarantined=[Quarantined(seq=4, reason="poison")]), 0.0
    )
    assert opened.in_flight == 0


def test_what_is_not_acknowledged_in_time_is_sent_again_and_only_that() -> None:
    opened = window()
    opened.received(send(opened, Lane.EVENTS, last=9), RECEIVED, 0.0)
    opened.acknowledged(Ack(epoch=EPOCHS[Lane.EVENTS], stored=[(3, 5)]), 0.0)
    opened.expire(2 * DEFAULT_PACE.first_ack_s)
    again = []
    for _ in range(2):
        want = opened.wanted(10.0)
        assert want is not None
        assert want.again is not None
        again.append(want.again)
        opened.sending(want, some(want.lane, want.again.first, want.again.last), 1_000, 10.0)
    assert [(each.first, each.last, each.attempt) for each in again] == [(1, 2, 1), (6, 9, 1)]


def test_each_wait_is_longer_than_the_one_before_up_to_the_lanes_longest() -> None:
    waits = []
    opened, now_s = window(), 0.0
    ticket = send(opened, Lane.EVENTS)
    for _ in range(4):
        opened.received(ticket, RECEIVED, now_s)
        deadline_s = opened.next_s()
        assert deadline_s is not None
        waits.append(deadline_s - now_s)
        now_s = deadline_s
        opened.expire(now_s)
        want = opened.wanted(now_s)
        assert want is not None
        ticket = opened.sending(want, some(Lane.EVENTS), 1_000, now_s)
    assert waits == [5.0, 10.0, 15.0, 15.0]


def test_jitter_spreads_the_waits() -> None:
    deadlines = set()
    for value in (0.0, 0.5, 0.999):
        opened = SendWindow(random=lambda value=value: value)  # type: ignore[misc]
        opened.link_up(1 << 20)
        opened.received(send(opened, Lane.EVENTS), RECEIVED, 0.0)
        deadlines.add(opened.next_s())
    assert len(deadlines) == 3


def test_a_run_shorter_than_what_must_go_again_leaves_the_rest_to_go_next() -> None:
    opened = window()
    opened.received(send(opened, Lane.EVENTS, last=9), RECEIVED, 0.0)
    opened.expire(60.0)
    want = opened.wanted(60.0)
    assert want is not None
    opened.sending(want, some(Lane.EVENTS, 1, 4), 1_000, 60.0)
    rest = opened.wanted(60.0)
    assert rest is not None
    assert rest.again == Again(epoch=EPOCHS[Lane.EVENTS], first=5, last=9, attempt=1)


def test_what_must_go_again_but_is_gone_is_forgotten() -> None:
    opened = window()
    opened.received(send(opened, Lane.EVENTS), RECEIVED, 0.0)
    opened.expire(60.0)
    want = opened.wanted(60.0)
    assert want is not None
    opened.nothing(want)
    fresh = opened.wanted(60.0)
    assert fresh is not None
    assert fresh.again is None


@pytest.mark.parametrize(
    ("code", "counter"), [(DENIED, "delivery.refused"), (NO_SUBSCRIBER, "delivery.no_subscriber")]
)
def test_what_the_broker_did_not_store_stays_and_slows_everything_down(code: int, counter: str) -> None:
    opened, now_s, pauses = window(), 0.0, []
    ticket = send(opened, Lane.EVENTS)
    for _ in range(7):
        opened.received(ticket, code, now_s)
        assert opened.wanted(now_s) is None
        until_s = opened.next_s()
        assert until_s is not None
        pauses.append(until_s - now_s)
        now_s = until_s
        want = opened.wanted(now_s)
        assert want is not None
        assert want.again is not None
        ticket = opened.sending(want, some(Lane.EVENTS), 1_000, now_s)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert opened.counters[counter] == 7
    opened.received(ticket, RECEIVED, now_s)
    opened.received(send(opened, Lane.EVENTS, first=2, last=2, now_s=now_s), code, now_s)
    assert opened.next_s() == now_s + 1.0


def test_a_refusal_that_asks_for_more_patience_is_given_it() -> None:
    opened = window()
    ticket = send(opened, Lane.EVENTS)
    opened.received(ticket, REFUSED, 0.0, hold_s=45.0)
    assert opened.wanted(44.9) is None
    assert opened.wanted(45.0) is not None


def test_an_answer_from_an_earlier_connection_means_nothing() -> None:
    opened = window()
    old = send(opened, Lane.EVENTS)
    opened.link_down()
    opened.link_up(1 << 20)
    new = send(opened, Lane.EVENTS)
    opened.received(old, RECEIVED, 0.0)
    assert new != old
    assert opened.counters["delivery.answer_stale"] == 1
    assert opened.is_dead(1_000.0) == "the broker does not answer", "the new one is still on the wire"


def test_a_new_link_offers_everything_from_its_beginning() -> None:
    opened = window()
    send(opened, Lane.EVENTS, last=5)
    assert opened.sent_to == {EPOCHS[Lane.EVENTS]: 5}
    opened.link_down()
    opened.link_up(1 << 20)
    assert opened.sent_to == {}
    assert opened.in_flight == 0


def test_a_mute_broker_is_found_out_and_a_slow_one_given_more_time_each_round() -> None:
    opened, patience = window(), []
    for _ in range(5):
        send(opened, Lane.EVENTS, size=0)
        deadline_s = opened.next_s()
        assert deadline_s is not None
        assert opened.is_dead(deadline_s - 0.01) is None
        assert opened.is_dead(deadline_s) == "the broker does not answer"
        patience.append(deadline_s)
        opened.link_up(1 << 20)
    assert patience == [10.0, 20.0, 40.0, 80.0, 80.0]


def test_a_large_batch_is_given_the_time_a_slow_line_takes() -> None:
    opened = window()
    send(opened, Lane.WAVEFORMS, size=64_000)
    assert opened.is_dead(17.9) is None
    assert opened.is_dead(18.0) is not None


def test_a_mute_cloud_costs_a_reconnect_and_each_later_one_comes_later() -> None:
    opened, times = window(), []
    for _ in range(3):
        opened.received(send(opened, Lane.EVENTS), RECEIVED, 0.0)
        now_s = 0.0
        while opened.is_dead(now_s) is None:
            now_s += 1.0
        times.append(now_s)
        opened.link_up(1 << 20)
    assert times == [120.0, 240.0, 480.0]


def test_a_cloud_that_had_nothing_to_acknowledge_was_not_mute() -> None:
    opened = window()
    opened.received(send(opened, Lane.EVENTS), RECEIVED, 0.0)
    opened.acknowledged(Ack(epoch=EPOCHS[Lane.EVENTS], stored=[(1, 1)]), 1.0)
    opened.received(send(opened, Lane.EVENTS, first=2, last=2, now_s=500.0), RECEIVED, 500.0)
    assert opened.is_dead(619.0) is None
    assert opened.is_dead(620.0) == "the cloud does not acknowledge"


def test_a_word_from_the_cloud_shortens_every_long_wait() -> None:
    opened = window()
    ticket = send(opened, Lane.WAVEFORMS)
    now_s = 0.0
    for _ in range(8):
        opened.received(ticket, RECEIVED, now_s)
        now_s = max(now_s, opened.next_s() or 0.0)
        opened.expire(now_s)
        want = opened.wanted(now_s)
        assert want is not None
        ticket = opened.sending(want, some(Lane.WAVEFORMS), 1_000, now_s)
    opened.received(ticket, RECEIVED, now_s)
    opened.acknowledged(Ack(epoch="another-epoch", stored=[(1, 1)]), now_s)
    assert opened.next_s() == now_s + 2 * DEFAULT_PACE.first_ack_s


def test_the_links_largest_payload_bounds_every_want() -> None:
    opened = SendWindow(random=lambda: 0.5)
    opened.link_up(5_000)
    want = opened.wanted(0.0)
    assert want == Want(lane=Lane.EVENTS, max_bytes=5_000, target_bytes=EVENT_LIMITS.batch_bytes)


def test_limits_and_pace_can_be_chosen() -> None:
    tight = SendWindow(
        random=lambda: 0.5,
        pace=replace(DEFAULT_PACE, answer_s=1.0),
        limits=[replace(EVENT_LIMITS, lanes=frozenset(Lane), wire_batches=1)],
    )
    tight.link_up(1 << 20)
    send(tight, Lane.EVENTS, size=0)
    assert tight.wanted(0.0) is None
    assert tight.next_s() == 1.0


@given(held=RANGES, gone=RANGES)
def test_without_is_the_difference_of_sets(held: list[tuple[int, int]], gone: list[tuple[int, int]]) -> None:
    def seqs(ranges: list[tuple[int, int]]) -> set[int]:
        return {seq for first, last in ranges for seq in range(first, last + 1)}

    left = without(held, gone)
    assert all(first <= last for first, last in left)
    assert seqs(list(left)) == seqs(held) - seqs(gone)


def test_an_inverted_range_takes_nothing_out() -> None:
    assert without([(1, 9)], [(6, 3)]) == ((1, 9),)
