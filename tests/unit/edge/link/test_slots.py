"""Connections are few: who has one, who waits, and whose turn is over."""

from edge.link.slots import Claim, SlotPolicy, Slots

POLICY = SlotPolicy(most=2, lease_s=100.0, heard_s=20.0)


def slots(*claims: Claim, policy: SlotPolicy = POLICY) -> Slots:
    made = Slots(policy)
    for claim in claims:
        made.enter(claim, 0.0)
    return made


def streams(*names: str) -> list[Claim]:
    return [Claim(device=name) for name in names]


def connect(made: Slots, device: str, now_s: float) -> None:
    made.hear(device, now_s)
    assert made.may_take(device, now_s)
    made.take(device, now_s)


def test_while_there_is_room_whoever_is_heard_is_connected() -> None:
    made = slots(*streams("a", "b"))
    connect(made, "a", 1.0)
    connect(made, "b", 2.0)


def test_when_all_are_taken_the_next_waits() -> None:
    made = slots(*streams("a", "b", "c"))
    connect(made, "a", 1.0)
    connect(made, "b", 2.0)
    made.hear("c", 3.0)
    assert not made.may_take("c", 3.0)
    assert made.is_waiting("c", 3.0)


def test_a_lease_protects_its_holder_however_many_wait() -> None:
    made = slots(*streams("a", "b", "c"))
    connect(made, "a", 0.0)
    connect(made, "b", 0.0)
    made.hear("c", 99.0)
    assert made.who_gives_way(99.0) is None


def test_after_its_lease_the_longest_holder_gives_way_to_one_who_waits_within_reach() -> None:
    made = slots(*streams("a", "b", "c"))
    connect(made, "a", 0.0)
    connect(made, "b", 10.0)
    assert made.who_gives_way(150.0) is None, "nobody waits"
    made.hear("c", 150.0)
    assert made.who_gives_way(150.0) == "a"


def test_nobody_gives_way_to_one_who_was_heard_long_ago() -> None:
    made = slots(*streams("a", "b", "c"))
    connect(made, "a", 0.0)
    connect(made, "b", 0.0)
    made.hear("c", 100.0)
    assert made.who_gives_way(120.1) is None


def test_a_connection_made_free_is_kept_for_whom_it_was_made_free_for() -> None:
    made = slots(*streams("a", "b", "c", "d"))
    connect(made, "a", 0.0)
    connect(made, "b", 0.0)
    made.hear("c", 110.0)
    assert made.who_gives_way(110.0) is not None
    made.leave("a", 110.0)
    made.hear("a", 111.0)
    made.hear("d", 111.0)
    assert not made.may_take("a", 111.0)
    assert not made.may_take("d", 111.0)
    assert made.may_take("c", 111.0)


def test_a_promise_ends_when_the_wearable_does_not_come() -> None:
    made = slots(*streams("a", "b", "c"))
    connect(made, "a", 0.0)
    connect(made, "b", 0.0)
    made.hear("c", 110.0)
    made.who_gives_way(110.0)
    made.leave("a", 110.0)
    made.hear("a", 131.0)
    assert made.may_take("a", 131.0)


def test_one_gives_way_at_a_time() -> None:
    made = slots(*streams("a", "b", "c", "d"))
    connect(made, "a", 0.0)
    connect(made, "b", 0.0)
    made.hear("c", 110.0)
    made.hear("d", 110.0)
    assert made.who_gives_way(110.0) is not None
    assert made.who_gives_way(110.0) is None


def test_of_those_who_wait_the_longest_waiting_goes_first() -> None:
    made = slots(*streams("a", "b", "c"), policy=SlotPolicy(most=1, lease_s=10.0, heard_s=20.0))
    connect(made, "a", 0.0)
    made.leave("a", 5.0)
    for device in ("a", "b"):
        made.hear(device, 6.0)
    assert not made.may_take("a", 6.0)
    assert made.may_take("b", 6.0)


def test_the_waiting_of_one_whose_values_raise_alarms_counts_three_times() -> None:
    made = slots(policy=SlotPolicy(most=1, lease_s=10.0, heard_s=20.0))
    made.enter(Claim(device="plain"), 0.0)
    made.enter(Claim(device="alarmed", is_alarmed=True), 6.0)
    for device in ("plain", "alarmed"):
        made.hear(device, 8.0)
    assert made.may_take("plain", 8.0)
    assert not made.may_take("alarmed", 8.0)
    for device in ("plain", "alarmed"):
        made.hear(device, 10.0)
    assert not made.may_take("plain", 10.0)
    assert made.may_take("alarmed", 10.0)


def test_the_lease_of_one_whose_values_raise_alarms_is_three_times_as_long() -> None:
    made = slots(
        Claim(device="a", is_alarmed=True),
        Claim(device="b"),
        policy=SlotPolicy(most=1, lease_s=10.0, heard_s=20.0),
    )
    connect(made, "a", 0.0)
    made.hear("b", 29.0)
    assert made.who_gives_way(29.0) is None
    made.hear("b", 30.0)
    assert made.who_gives_way(30.0) == "a"


def test_where_streams_would_take_all_one_connection_is_kept_for_visitors() -> None:
    made = slots(*streams("a", "b"), Claim(device="cuff", is_visitor=True))
    connect(made, "a", 0.0)
    made.hear("b", 1.0)
    assert not made.may_take("b", 1.0)
    connect(made, "cuff", 2.0)


def test_streams_that_leave_room_anyway_keep_nothing_for_visitors() -> None:
    made = slots(*streams("a"), Claim(device="cuff", is_visitor=True), Claim(device="scale", is_visitor=True))
    connect(made, "cuff", 0.0)
    connect(made, "a", 1.0)


def test_a_single_connection_is_shared_by_all() -> None:
    made = slots(
        *streams("a"),
        Claim(device="cuff", is_visitor=True),
        policy=SlotPolicy(most=1, lease_s=10.0, heard_s=20.0),
    )
    connect(made, "a", 0.0)
    made.hear("cuff", 10.0)
    assert made.who_gives_way(10.0) == "a"


def test_a_stream_is_not_helped_by_a_visitor_that_gives_way() -> None:
    made = slots(*streams("a", "b"), Claim(device="cuff", is_visitor=True))
    connect(made, "a", 100.0)
    connect(made, "cuff", 0.0)
    made.hear("b", 150.0)
    assert made.who_gives_way(150.0) is None
    made.hear("b", 200.0)
    assert made.who_gives_way(200.0) == "a"


def test_over_a_day_everybody_has_an_equal_share() -> None:
    names = [f"s{number}" for number in range(5)]
    made = slots(*streams(*names))
    held = dict.fromkeys(names, 0)
    connected: set[str] = set()
    for second in range(0, 86_400, 5):
        for name in names:
            if name not in connected:
                made.hear(name, second)
                if made.may_take(name, second):
                    made.take(name, second)
                    connected.add(name)
        if (leaving := made.who_gives_way(second)) is not None:
            made.leave(leaving, second)
            connected.discard(leaving)
        for name in connected:
            held[name] += 5
    assert len(connected) <= POLICY.most
    assert max(held.values()) - min(held.values()) < 300
    assert sum(held.values()) > 0.9 * POLICY.most * 86_400
