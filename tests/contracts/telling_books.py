"""What every book of what people set about being told keeps; a test module gives it a `store`."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from cloud.ports import (
    AlertState,
    Channel,
    ContactPoint,
    DutyShift,
    EscalationPolicy,
    EscalationStep,
    Looked,
    PolicyChange,
    Preferences,
    Priority,
    Rota,
    RotaSlot,
    Silence,
    Whom,
)
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.tables import ledger_waiting
from tests.contracts.relational.due_alerts import due
from tests.contracts.relational.rows import ADMIN, alert, commit, people
from tests.fakes.relations import a_grant

__all__ = ["people"]

STEPS = (
    EscalationStep(after_s=0, whom=Whom.NAMED, person_ids=("carer",), channels=(Channel.EMAIL,)),
    EscalationStep(after_s=60, whom=Whom.EVERYONE),
)
CHANGE = PolicyChange(
    patient_id="wei",
    policies={Priority.HIGH: EscalationPolicy(steps=STEPS, repeat_s=300)},
    author_id="carer",
    reason="nobody hears the telephone at night",
    made_ms=5,
)
SHIFT = DutyShift(
    id="s1", patient_id="wei", person_id="carer", from_ms=100, until_ms=None, made_by="carer", made_ms=90
)
ROTA = Rota(
    patient_id="wei",
    slots=(RotaSlot(person_id="carer", weekday=1, from_minute=1_320, until_minute=420),),
    author_id="carer",
    made_ms=7,
)
SILENCE = Silence(
    id="q1",
    patient_id="wei",
    condition="tachycardia",
    from_ms=100,
    until_ms=200,
    author_id="carer",
    reason="he is on his bicycle",
    made_ms=100,
)


class PolicyBookContract:
    """Policies, each with its author and reason, the newest in force."""

    def test_the_newest_change_is_in_force_and_all_are_kept(self, store: Relational) -> None:
        second = replace(CHANGE, reason="she does now", policies={}, made_ms=6)
        for change in (CHANGE, second, replace(CHANGE, patient_id="ana")):
            store.policies.add(change)
        newest = store.policies.newest(["wei", "ana", "bo"])
        assert newest == {"wei": second, "ana": replace(CHANGE, patient_id="ana")}
        assert store.policies.of("wei", 10) == (second, CHANGE)
        assert store.policies.of("wei", 1) == (second,)
        assert store.policies.newest([]) == {}


class DutyBookContract:
    """Shifts and rotas."""

    def test_a_shift_that_is_taken_ends_the_one_that_goes_on(self, people: Relational) -> None:
        people.duties.take(SHIFT)
        people.duties.take(replace(SHIFT, id="s2", person_id="p-wei", from_ms=500, until_ms=900))
        people.duties.take(replace(SHIFT, id="hers", patient_id="ana"))
        mine = people.duties.shifts_of(["wei"], 0, 10_000)["wei"]
        assert [(one.id, one.from_ms, one.until_ms) for one in mine] == [("s1", 100, 500), ("s2", 500, 900)]

    def test_what_was_planned_for_later_is_not_ended(self, people: Relational) -> None:
        people.duties.take(replace(SHIFT, id="later", from_ms=5_000, until_ms=6_000))
        people.duties.take(SHIFT)
        mine = people.duties.shifts_of(["wei"], 0, 10_000)["wei"]
        assert [(one.id, one.until_ms) for one in mine] == [("s1", None), ("later", 6_000)]

    def test_shifts_are_found_that_touch_a_time(self, people: Relational) -> None:
        people.duties.take(replace(SHIFT, until_ms=200))
        touched = [bool(people.duties.shifts_of(["wei"], t, t + 1)) for t in (98, 99, 100, 199, 200)]
        assert touched == [False, False, True, True, False]
        assert people.duties.shifts_of([], 0, 10_000) == {}

    def test_a_shift_can_end_sooner_and_not_later(self, people: Relational) -> None:
        people.duties.take(SHIFT)
        for until_ms in (400, 300, 600):
            people.duties.end(SHIFT, until_ms, "carer")
        (shift,) = people.duties.shifts_of(["wei"], 0, 10_000)["wei"]
        assert shift.until_ms == 300
        assert ended_on_the_ledger(people) == [(400, "carer", "wei"), (300, "carer", "wei")]

    def test_the_newest_rota_is_in_force(self, store: Relational) -> None:
        assert store.duties.rotas_of(["wei"]) == {}
        store.duties.set_rota(ROTA)
        store.duties.set_rota(replace(ROTA, slots=(), made_ms=8))
        store.duties.set_rota(replace(ROTA, patient_id="ana"))
        assert store.duties.rotas_of(["wei", "ana", "bo"]) == {
            "wei": replace(ROTA, slots=(), made_ms=8),
            "ana": replace(ROTA, patient_id="ana"),
        }


class SilenceBookContract:
    """Silences, until they end or are taken back."""

    def test_a_silence_is_in_force_from_its_start_until_its_end(self, store: Relational) -> None:
        store.silences.add(SILENCE)
        assert [bool(store.silences.in_force(t)) for t in (99, 100, 199, 200)] == [False, True, True, False]
        assert store.silences.in_force(150) == (SILENCE,)
        assert store.silences.silence("q1") == SILENCE
        assert store.silences.silence("q2") is None

    def test_a_silence_taken_back_is_over_and_stays_on_record(self, store: Relational) -> None:
        store.silences.add(SILENCE)
        store.silences.end("q1", "p-wei", 150)
        store.silences.end("q1", "admin", 160)
        assert store.silences.in_force(151) == ()
        (kept,) = store.silences.of("wei", 10)
        assert kept == replace(SILENCE, ended_ms=150, ended_by="p-wei")

    def test_a_silence_that_is_over_is_not_taken_back_any_more(self, store: Relational) -> None:
        store.silences.add(SILENCE)
        store.silences.end("q1", "p-wei", 200)
        assert store.silences.silence("q1") == SILENCE

    def test_silences_are_listed_newest_first(self, store: Relational) -> None:
        for number in range(3):
            store.silences.add(replace(SILENCE, id=f"q{number}", made_ms=number))
        store.silences.add(replace(SILENCE, id="hers", patient_id="ana"))
        assert [one.id for one in store.silences.of("wei", 2)] == ["q2", "q1"]


class PreferenceBookContract:
    """Preferences, one set a person."""

    def test_the_newest_preferences_hold_and_others_have_none(self, people: Relational) -> None:
        wants = Preferences(person_id="carer", quiet_from_minute=1_320, quiet_until_minute=420)
        people.preferences.put(replace(wants, language="zh"))
        people.preferences.put(replace(wants, muted_channels=(Channel.EMAIL,), least_priority=Priority.HIGH))
        assert people.preferences.of(["carer", "p-wei"]) == {
            "carer": replace(wants, muted_channels=(Channel.EMAIL,), least_priority=Priority.HIGH)
        }


class AdministratorsContract:
    """Those who run the service."""

    def test_administrators_are_found_and_nobody_else(self, people: Relational) -> None:
        assert people.directory.administrators() == (ADMIN,)


CHANGES: dict[str, Callable[[Relational], None]] = {
    "a grant": lambda store: store.relations.give(a_grant("carer", "wei")),
    "a policy": lambda store: store.policies.add(CHANGE),
    "a shift": lambda store: store.duties.take(SHIFT),
    "a rota": lambda store: store.duties.set_rota(ROTA),
    "a silence": lambda store: store.silences.add(SILENCE),
    "a way": lambda store: store.contacts.add(
        ContactPoint(id="c1", person_id="carer", channel=Channel.EMAIL, address={}, label="", added_ms=0)
    ),
    "preferences": lambda store: store.preferences.put(Preferences(person_id="carer")),
}


class RousingContract:
    """What may matter to an alert has it looked at, in the transaction that says so."""

    @pytest.mark.parametrize("change", list(CHANGES))
    def test_what_is_set_has_open_alerts_looked_at(self, people: Relational, change: str) -> None:
        commit(people, "wei", b"", [alert()], [])
        put_off(people, "a1")
        CHANGES[change](people)
        assert due(people, 0) == ["a1"]

    @pytest.mark.parametrize("change", [each for each in CHANGES if each not in {"preferences", "a way"}])
    def test_it_leaves_other_patients_alone(self, people: Relational, change: str) -> None:
        commit(people, "ana", b"", [alert("hers", patient_id="ana")], [])
        put_off(people, "hers")
        CHANGES[change](people)
        assert due(people, 0) == []

    def test_the_end_of_a_shift_or_silence_has_open_alerts_looked_at(self, people: Relational) -> None:
        people.silences.add(SILENCE)
        people.duties.take(SHIFT)
        commit(people, "wei", b"", [alert()], [])
        for end in (
            lambda: people.silences.end("q1", "carer", 150),
            lambda: people.duties.end(SHIFT, 150, "carer"),
        ):
            put_off(people, "a1")
            end()
            assert due(people, 0) == ["a1"]


def ended_on_the_ledger(people: Relational) -> list[tuple[int, str, str | None]]:
    """Return when, by whom and of whom the end of a shift was written down for the ledger."""
    with people.database.read() as connection:
        rows = connection.execute(select(ledger_waiting).order_by(ledger_waiting.c.id)).all()
    return [(row.t_ms, row.actor, row.patient_id) for row in rows if "ended" in str(row.about)]


def put_off(store: Relational, alert_id: str) -> None:
    (watched,) = store.alerts.watched_of(["wei", "ana"])
    store.alerts.handed_off([], [Looked(alert_id, AlertState.ACTIVE, watched.due_ms, 10**12)])
    assert due(store, 10**11) == []


class TellingBooksContract(
    PolicyBookContract,
    DutyBookContract,
    SilenceBookContract,
    PreferenceBookContract,
    AdministratorsContract,
    RousingContract,
):
    """All of them."""
