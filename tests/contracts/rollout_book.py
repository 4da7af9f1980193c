"""What every RolloutBook keeps. A test module's class gives it a `store` of the relational database."""

import threading
from dataclasses import replace
from typing import Any

import pytest

from cloud.ports import (
    CommandAnswer,
    Deed,
    GatewayProgress,
    LedgerNote,
    Progress,
    Rollout,
    RolloutConflictError,
    RolloutPlan,
    RolloutState,
    RunningVersion,
    Stage,
)
from cloud.rollouts.notes import note_of
from cloud.storage.relational.opening import Relational
from tests.fakes.releases import signed
from vitals.errors import StorageError
from vitals.records import CommandOutcome

DAY_MS = 24 * 3_600_000


def rollout(version: int = 1, **changes: Any) -> Rollout:
    one = Rollout(
        id=f"rollout-{version}",
        line="configuration",
        version=version,
        target="all",
        signed=signed(version),
        plan=RolloutPlan(first="hallway", automatic=False),
        state=RolloutState.RUNNING,
        stage=Stage.ONE,
        stage_since_ms=10,
        begun_ms=version,
        begun_by="u-admin",
        expires_ms=1 << 44,
    )
    return replace(one, **changes)


def note(one: Rollout, what: str = "begun") -> LedgerNote:
    return note_of(one, what, actor="u-admin", t_ms=1)


def notes_in(store: Relational) -> int:
    store.ledger.enter()
    return len(store.ledger_book.entries(0, 100))


class RolloutBookContract:
    """See the module."""

    def test_a_roll_out_is_read_as_it_was_kept(self, store: Relational) -> None:
        one = rollout(artefact="a" * 64)
        store.rollouts.begin(one, note(one))
        assert store.rollouts.rollout(one.id) == one
        assert (store.rollouts.rollout("other"), store.rollouts.highest("configuration")) == (None, 1)

    def test_versions_rise_within_a_line_and_one_of_a_line_is_under_way(self, store: Relational) -> None:
        one = rollout(3)
        store.rollouts.begin(one, note(one))
        for other in (rollout(3, id="same"), rollout(2), rollout(4)):
            with pytest.raises(RolloutConflictError):
                store.rollouts.begin(other, note(other))
        of_another_line = rollout(1, line="model beats")
        store.rollouts.begin(of_another_line, note(of_another_line))
        assert notes_in(store) == 2

    def test_of_two_that_begin_at_once_one_does(self, store: Relational) -> None:
        refused: list[str] = []
        both = threading.Barrier(2)

        def begin(name: str) -> None:
            one = rollout(5, id=name)
            both.wait(20)
            try:
                store.rollouts.begin(one, note(one))
            except (RolloutConflictError, StorageError):
                refused.append(name)

        threads = [threading.Thread(target=begin, args=(name,)) for name in ("one", "other")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(refused) == 1
        assert len(store.rollouts.rollouts(10)) == 1
        assert notes_in(store) == 1

    def test_a_change_is_of_what_was_seen_and_noted_with_it_or_not_at_all(self, store: Relational) -> None:
        one = rollout()
        store.rollouts.begin(one, note(one))
        paused = replace(one, state=RolloutState.PAUSED, stage_since_ms=20, reason="x")
        assert store.rollouts.change(one, paused, note(paused, "paused"))
        assert not store.rollouts.change(one, replace(one, stage=Stage.ALL), note(one, "advanced"))
        assert store.rollouts.rollout(one.id) == paused
        assert notes_in(store) == 2

    def test_what_cannot_be_noted_does_not_happen(self, store: Relational) -> None:
        one = rollout()
        unheard_of = LedgerNote(t_ms=1, deed=Deed.LOOKED, actor=None, about={})  # type: ignore[arg-type]
        with pytest.raises(StorageError):
            store.rollouts.begin(one, unheard_of)
        assert store.rollouts.rollout(one.id) is None

    def test_what_is_under_way_is_what_goes_on_and_the_newest_that_is_finished(
        self, store: Relational
    ) -> None:
        for version, state in (
            (1, RolloutState.FINISHED),
            (2, RolloutState.FINISHED),
            (3, RolloutState.STOPPED),
            (4, RolloutState.PAUSED),
        ):
            one = rollout(version)
            store.rollouts.begin(one, note(one))
            store.rollouts.change(one, replace(one, state=state), note(one))
        assert [each.version for each in store.rollouts.under_way()] == [2, 4]
        open_end = GatewayProgress(
            rollout_id="rollout-3", gateway="hallway", progress=Progress.ASKED, changed_ms=5
        )
        store.rollouts.note_progress(open_end)
        assert [each.version for each in store.rollouts.under_way()] == [2, 3, 4]
        store.rollouts.note_progress(replace(open_end, progress=Progress.APPLIED))
        assert [each.version for each in store.rollouts.under_way()] == [2, 4]
        assert [each.version for each in store.rollouts.rollouts(3)] == [4, 3, 2]

    def test_how_far_each_gateway_is_is_kept_anew_and_who_is_ahead_is_known(self, store: Relational) -> None:
        for version in (1, 2):
            one = rollout(version)
            store.rollouts.begin(one, note(one))
            store.rollouts.change(one, replace(one, state=RolloutState.FINISHED), note(one))
        asked = GatewayProgress(
            rollout_id="rollout-2", gateway="hallway", progress=Progress.ASKED, changed_ms=5
        )
        store.rollouts.note_progress(asked)
        applied = replace(asked, progress=Progress.APPLIED, changed_ms=6, attempt=2, reason="in use")
        store.rollouts.note_progress(applied, note(rollout(2), "applied"))
        assert store.rollouts.progress_of("rollout-2") == {"hallway": applied}
        assert store.rollouts.ahead(rollout(1)) == {"hallway"}
        assert store.rollouts.ahead(rollout(2)) == frozenset()

    def test_nobody_answers_for_another(self, store: Relational) -> None:
        answer = CommandAnswer(
            gateway="hallway",
            command_id="c-1",
            name="apply-release",
            outcome=CommandOutcome.DONE,
            detail="",
            t_ms=1,
            received_ms=2,
        )
        store.commands.note_answer(answer)
        assert store.rollouts.answers("hallway", ["c-1", "c-2"]) == {"c-1": answer}
        assert store.rollouts.answers("attic", ["c-1"]) == {}

    def test_a_bundle_that_nobody_came_to_use_goes_after_a_day(self, store: Relational) -> None:
        store.rollouts.keep_artefact("a" * 64, b"\x00used", 0)
        store.rollouts.keep_artefact("b" * 64, b"\x00unused", 0)
        one = rollout(artefact="a" * 64)
        store.rollouts.begin(one, note(one))
        store.rollouts.keep_artefact("c" * 64, b"\x00new", DAY_MS + 1)
        found = [store.rollouts.artefact(letter * 64) for letter in "abc"]
        assert found == [b"\x00used", None, b"\x00new"]

    def test_what_runs_where_is_kept_with_the_note_of_it_or_not_at_all(self, store: Relational) -> None:
        runs = RunningVersion(gateway="hallway", line="model beats", version="2", since_ms=5)
        noted = LedgerNote(t_ms=5, deed=Deed.MODEL_CHANGED, actor="service", about={"version": "2"})
        store.running.note_running(runs, noted)
        store.running.note_running(replace(runs, version="3", since_ms=9), noted)
        assert store.running.running() == [replace(runs, version="3", since_ms=9)]
        before = store.ledger.waiting()
        with pytest.raises(StorageError):
            store.running.note_running(replace(runs, since_ms=None), noted)  # type: ignore[arg-type]
        assert store.running.running() == [replace(runs, version="3", since_ms=9)]
        assert store.ledger.waiting() == before
