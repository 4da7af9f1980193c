"""What was handed over or held elsewhere is told here: each transition, one call for what went together."""

from cloud.following.alerts import AlertsFollowed
from cloud.ports import AlertState, HandOff
from tests.fakes.alert_material import PATIENT, alert
from tests.fakes.alert_reader import FakeAlertReader
from tests.fakes.live_feed import FakeLiveFeed


def handed(name: str, *, at_ms: int = 1, person: str = "u-lin", **changes: object) -> HandOff:
    fields: dict[str, object] = {"channel": "in-app", "state": AlertState.ACTIVE}
    return HandOff(alert_id=name, at_ms=at_ms, person_id=person, **(fields | changes))  # type: ignore[arg-type]  # by name


def following(*hand_offs: HandOff) -> tuple[FakeAlertReader, FakeLiveFeed, AlertsFollowed]:
    reader, live = FakeAlertReader(hand_offs=list(hand_offs)), FakeLiveFeed()
    reader.alerts = {name: alert(name, state=AlertState.RESOLVED) for name in ("a1", "a2")}
    followed = AlertsFollowed(reader=reader, live=live)
    followed.step()
    return reader, live, followed


def calls(live: FakeLiveFeed) -> list[str]:
    return [data["id"] for _, _, data in live.published if isinstance(data, dict) and data.get("calls")]


def test_what_was_there_before_is_past() -> None:
    _, live, followed = following(handed("a1"))
    followed.step()
    assert live.published == []


def test_a_hand_off_is_told_and_calls_as_it_was_handed_over() -> None:
    reader, live, followed = following()
    reader.hand_offs.append(handed("a1"))
    followed.step()
    followed.step()
    (transition, call) = live.published
    assert transition == (PATIENT, "alert", {"id": "a1", "state": "active"})
    assert isinstance(call[2], dict)
    assert call[2].items() >= {"id": "a1", "state": "active", "calls": True}.items()


def test_what_was_handed_over_together_and_to_several_people_calls_once() -> None:
    reader, live, followed = following()
    together = [handed(name, person=person) for person in ("u-lin", "u-wei") for name in ("a1", "a2")]
    reader.hand_offs += together
    followed.step()
    assert calls(live) == ["a1"]
    told = [data["id"] for _, _, data in live.published if isinstance(data, dict) and "calls" not in data]
    assert set(told) == {"a1", "a2"}


def test_what_was_held_or_went_another_way_is_told_and_does_not_call() -> None:
    reader, live, followed = following()
    reader.hand_offs += [
        handed("a1", channel="held:silenced", person=""),
        handed("a2", channel="mail", at_ms=2),
        handed("a2", error="the channel is down", at_ms=3),
    ]
    followed.step()
    assert [data["id"] for _, _, data in live.published if isinstance(data, dict)] == ["a1", "a2", "a2"]
    assert calls(live) == []


def test_of_an_alert_that_is_gone_nothing_is_told() -> None:
    reader, live, followed = following()
    reader.hand_offs.append(handed("erased"))
    followed.step()
    assert live.published == []


class NumberedAlertReader(FakeAlertReader):
    """Hand-offs under the numbers a database gave them, seen as their transactions end."""

    numbered: dict[int, HandOff]

    def newest_hand_offs(self, limit: int) -> dict[int, HandOff]:
        return dict(sorted(self.numbered.items())[-limit:])


def test_a_number_that_appears_late_behind_newer_ones_is_told_all_the_same() -> None:
    reader, live = NumberedAlertReader(), FakeLiveFeed()
    reader.alerts = {name: alert(name) for name in ("a1", "a2")}
    reader.numbered = {}
    followed = AlertsFollowed(reader=reader, live=live)
    followed.step()
    reader.numbered |= {1: handed("a1"), 3: handed("a2", at_ms=3)}
    followed.step()
    reader.numbered[2] = handed("a1", at_ms=2, channel="mail")
    followed.step()
    told = [data["id"] for _, _, data in live.published if isinstance(data, dict) and "calls" not in data]
    assert told == ["a1", "a2", "a1"]


def test_what_comes_faster_than_it_is_looked_at_is_all_told() -> None:
    reader, live, followed = following(*(handed("a1") for _ in range(150)))
    reader.alerts |= {f"b{number}": alert(f"b{number}") for number in range(250)}
    reader.hand_offs += [handed(f"b{number}", at_ms=number) for number in range(250)]
    followed.step()
    followed.step()
    assert calls(live) == [f"b{number}" for number in range(250)]


def test_what_is_past_stays_past_when_newer_ones_are_erased() -> None:
    reader, live = NumberedAlertReader(), FakeLiveFeed()
    reader.alerts = {"a1": alert("a1")}
    reader.numbered = {number: handed("a1", at_ms=number) for number in range(1, 201)}
    followed = AlertsFollowed(reader=reader, live=live)
    followed.step()
    reader.numbered = {number: one for number, one in reader.numbered.items() if number <= 150}
    followed.step()
    assert live.published == []
