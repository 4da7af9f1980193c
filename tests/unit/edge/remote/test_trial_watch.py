"""What is on trial is kept once everything goes as well as before, and goes on so; else it is taken back."""

from pathlib import Path

import pytest

from edge.remote.releases import Releases
from edge.remote.shelf import Shelf, Trial
from edge.remote.trial_watch import Patience, TrialWatch, Verdict
from tests.fakes.gateway_wellness import FakeWellness
from vitals.records import CommandOutcome

ID = "0123456789abcdef"
BEGAN_S = 100.0


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases.open(tmp_path, pinned=(), models=("beats",))


def watch(releases: Releases, wellness: FakeWellness) -> TrialWatch:
    return TrialWatch(
        releases=releases,
        wellness=wellness.port(),
        patience=Patience(confirm_s=60.0, settle_s=10.0),
        began_s=BEGAN_S,
    )


def tried(releases: Releases, before: FakeWellness) -> Shelf:
    """Put settings on trial in one life, and begin the next under them."""
    shelf = releases.configuration.shelf
    shelf.propose(Trial(command_id=ID, version=1, baseline=before.port().baseline()), {})
    releases.begin()
    return shelf


def test_without_a_trial_there_is_nothing_to_find(releases: Releases) -> None:
    assert watch(releases, FakeWellness()).look(BEGAN_S) == (Verdict.NONE, None)


def test_the_life_that_was_asked_is_not_the_one_that_tries(releases: Releases) -> None:
    releases.configuration.shelf.propose(Trial(command_id=ID, version=1), {})
    assert watch(releases, FakeWellness(acknowledged=9)).look(BEGAN_S) == (Verdict.NONE, None)


def test_what_is_well_for_long_enough_is_kept(releases: Releases) -> None:
    shelf = tried(releases, FakeWellness(streaming={"c0-01"}, judging={"beats"}))
    now = FakeWellness(acknowledged=1, streaming={"c0-01", "c0-02"}, judging={"beats"})
    looks = watch(releases, now)
    assert looks.look(110.0) == (Verdict.WAITING, shelf)
    assert looks.look(119.9) == (Verdict.WAITING, shelf)
    assert looks.look(120.0) == (Verdict.KEPT, shelf)
    assert (shelf.version, shelf.trial) == (1, None)


def test_what_stops_being_well_has_to_settle_anew(releases: Releases) -> None:
    tried(releases, FakeWellness(streaming={"c0-01"}))
    now = FakeWellness(acknowledged=1, streaming={"c0-01"})
    looks = watch(releases, now)
    looks.look(110.0)
    now.streaming.clear()
    looks.look(115.0)
    now.streaming.add("c0-01")
    assert looks.look(121.0)[0] is Verdict.WAITING
    assert looks.look(131.0)[0] is Verdict.KEPT


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (FakeWellness(streaming={"c0-01"}, judging={"beats"}), "acknowledged nothing under it within 60 s"),
        (FakeWellness(acknowledged=1, judging={"beats"}), "c0-01 streamed before and does not now"),
        (FakeWellness(acknowledged=1, streaming={"c0-01"}), "beats judged before and does not now"),
    ],
)
def test_what_is_not_as_well_as_before_in_time_is_taken_back_and_says_what(
    releases: Releases, now: FakeWellness, says: str
) -> None:
    shelf = tried(releases, FakeWellness(streaming={"c0-01"}, judging={"beats"}))
    looks = watch(releases, now)
    assert looks.look(159.9)[0] is Verdict.WAITING
    assert looks.look(160.0) == (Verdict.TAKEN_BACK, shelf)
    assert shelf.version == 0
    assert shelf.settled is not None
    assert shelf.settled.outcome is CommandOutcome.FAILED
    assert says in shelf.settled.detail


def test_what_is_well_too_late_is_taken_back(releases: Releases) -> None:
    shelf = tried(releases, FakeWellness())
    now = FakeWellness()
    looks = watch(releases, now)
    looks.look(100.0)
    now.acknowledged = 1
    assert looks.look(155.0)[0] is Verdict.WAITING
    assert looks.look(160.0)[0] is Verdict.TAKEN_BACK
    assert shelf.settled is not None
    assert "not well for long enough" in shelf.settled.detail


def test_a_trial_that_begins_within_a_life_counts_from_then_and_what_was_acknowledged_before_is_no_proof(
    releases: Releases,
) -> None:
    now = FakeWellness(acknowledged=50)
    looks = watch(releases, now)
    looks.look(5_000.0)
    shelf = releases.models["beats"]
    shelf.propose(Trial(command_id=ID, version=4, starts=1), {})
    assert looks.look(5_001.0) == (Verdict.WAITING, shelf)
    assert looks.look(5_030.0) == (Verdict.WAITING, shelf)
    now.acknowledged = 51
    looks.look(5_031.0)
    assert looks.look(5_041.0) == (Verdict.KEPT, shelf)


def test_a_start_has_trust_and_shelves_know_of_the_same_versions(releases: Releases, tmp_path: Path) -> None:
    tried(releases, FakeWellness())  # killed before the trust could take note
    assert releases.trust.seen("configuration").version == 1
    releases.trust.note("model beats", 7)
    again = Releases.open(tmp_path, pinned=(), models=("beats",))
    again.begin()
    assert again.models["beats"].highest == 7
