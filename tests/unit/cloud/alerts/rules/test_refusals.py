"""What a change is refused for, in words; and whatever is accepted leaves rows one can judge by."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.alerts.rules.catalogue import RULES
from cloud.alerts.rules.changes import applied
from cloud.alerts.rules.fields import FIELDS, Sort, changeable
from cloud.alerts.rules.own import can_have_limit
from cloud.alerts.rules.refusals import MOST_OWN, refusals
from cloud.alerts.rules.rows import FaultRule, SaidRule
from cloud.alerts.rules.ruleset import STANDARD
from cloud.alerts.rules.validity import faults
from cloud.ports import Priority, RuleChange
from tests.fakes.rule_book import change_of
from vitals.kinds import OBSERVATION_KINDS, ObservationKind

NOW_MS = 1_000
OWN = "own-above-glucose-180"
OWN_VALUES: dict[str, Any] = {
    "kind": "glucose",
    "limit": 180,
    "clear_at": 170,
    "hold_s": 7_200,
    "clear_s": 900,
}


def refused(rule: str, *before: RuleChange, **changes: Any) -> str:
    """Return all that a change is refused for, one line each."""
    wanted = change_of(rule, 0, **{"from_ms": NOW_MS} | changes)
    return "\n".join(refusals(RULES, before, wanted, NOW_MS))


def test_the_rows_that_ship_have_no_fault() -> None:
    assert faults(STANDARD) == ()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("tachycardia", {"limit": 150}),
        ("tachycardia", {"limit": 110.5, "clear_at": 100, "hold_s": 0, "clear_s": 3_600, "priority": "low"}),
        ("tachycardia", {"is_off": True}),
        ("tachycardia", {}),
        ("oxygen-very-low", {"limit": 86, "hold_s": 10}),
        ("fall", {"priority": "medium"}),
        ("gateway-silent", {"after_s": 600, "offline_after_s": 10}),
        ("news2-high", {"limit": 6, "hold_s": 60}),
        ("heart-rate-unusual", {"deviations": 4.5, "clear_at": 3}),
        (OWN, OWN_VALUES),
        (OWN, {}),
    ],
)
def test_what_can_be_judged_by_is_taken(rule: str, changes: dict[str, Any]) -> None:
    assert refused(rule, **changes) == ""


@pytest.mark.parametrize(
    ("rule", "changes", "says"),
    [
        ("tachykardia", {"limit": 150}, "there is no rule 'tachykardia'"),
        ("own-beyond-glucose", OWN_VALUES, "there is no rule 'own-beyond-glucose'"),
        ("own-above-" + "g" * 60, OWN_VALUES, "there is no rule"),
        ("tachycardia", {"limits": 150}, "has no 'limits' to set: choose from limit, clear_at"),
        ("tachycardia", {"longest_gap_s": 60}, "has no 'longest_gap_s'"),
        ("atrial-fibrillation", {"limit": 1}, "has no 'limit'"),
        ("battery-low", {"limit": 10}, "has no 'limit'"),
        ("tachycardia", {"limit": "150 /min"}, "limit: give a number in /min, without the unit"),
        ("tachycardia", {"limit": True}, "limit: give a number"),
        ("tachycardia", {"limit": None}, "limit: give a number"),
        ("tachycardia", {"limit": float("nan")}, "limit: give a number"),
        ("tachycardia", {"limit": float("inf")}, "limit: give a number"),
        ("tachycardia", {"limit": 10**400}, "limit: give a number"),
        ("tachycardia", {"hold_s": 10**400}, "hold_s: give whole seconds"),
        ("tachycardia", {"limit": 301}, "301 is outside what heart rate can be, 20 to 300 /min"),
        ("glucose-very-low", {"limit": 3.9}, "3.9 is outside what glucose can be, 10 to 600 mg/dL"),
        ("tachycardia", {"hold_s": 1.5}, "hold_s: give whole seconds from 0 to 86400"),
        ("tachycardia", {"hold_s": -1}, "hold_s: give whole seconds"),
        ("tachycardia", {"hold_s": 86_401}, "hold_s: give whole seconds"),
        ("tachycardia", {"hold_s": "1 min"}, "hold_s: give whole seconds"),
        ("tachycardia", {"priority": "urgent"}, "priority: choose one of high, medium, low"),
        ("tachycardia", {"priority": 1}, "priority: choose one of"),
        ("tachycardia", {"is_off": "yes"}, "is_off: say true or false"),
        ("clock-wrong", {"priority": "high"}, "clock-wrong tells of trouble in the judging itself"),
        ("asystole", {"is_off": True}, "asystole may not be switched off: what it tells of cannot wait"),
        ("asystole", {"priority": "medium"}, "asystole may not be less urgent than high"),
        ("fall", {"priority": "low"}, "fall may not be less urgent than medium"),
        ("oxygen-very-low", {"limit": 82}, "may speak sooner than it does by itself (83), and not later"),
        ("oxygen-very-low", {"hold_s": 31}, "may speak sooner than it does by itself (30), and not later"),
        ("tachycardia", {"clear_at": 131}, "no episode would end: choose one below it"),
        ("bradycardia", {"clear_at": 39}, "no episode would end: choose one above it"),
        (
            "tachycardia",
            {"limit": 40, "clear_at": 39},
            "bradycardia: between its limit 40 and that of tachycardia, 40, no heart rate is well",
        ),
        ("tachycardia", {"limit": 41}, "no heart rate is well: move one of them"),
        ("tachycardia", {"limit": 22}, "clear_at is 11, and heart rate can be 20 to 300"),
        ("news2-high", {"limit": 8}, "may speak sooner than it does by itself (7), and not later"),
        ("news2-high", {"limit": 6.5}, "6.5 is outside what NEWS2 can be, whole 0 to 20 points"),
        ("news2-medium", {"limit": 1}, "it has -1, and NEWS2 can be 0 to 20"),
        ("news2-medium", {"clear_at": 5}, "clear_at 5 is where it begins, 5, or beyond: choose one below"),
        ("news2-single", {"limit": 4}, "4 is outside what NEWS2 can be, whole 0 to 3 points"),
        ("heart-rate-unusual", {"deviations": 1.5}, "clear_at 2 is where it begins, 1.5, or beyond"),
        ("heart-rate-unusual", {"deviations": "far"}, "deviations: give a number in spreads"),
        (OWN, OWN_VALUES | {"kind": "moonlight"}, "kind: 'moonlight' is nothing that has single values"),
        (OWN, OWN_VALUES | {"kind": "ecg"}, "kind: 'ecg' is nothing that has single values"),
        (OWN, OWN_VALUES | {"kind": 7}, "kind: '7' is nothing that has single values"),
        (OWN, {"kind": "glucose", "limit": 180}, "is new: say its clear_at, hold_s, clear_s, too"),
        (OWN, {"limit": 180}, "is new: say its kind"),
        (OWN, OWN_VALUES | {"is_off": True}, "take it back instead of switching it off"),
        (OWN, OWN_VALUES | {"limit": 50, "clear_at": 45}, "no glucose is well"),
        (OWN, OWN_VALUES | {"longest_gap_s": 4}, "longest_gap_s: give whole seconds from 5"),
    ],
)
def test_what_cannot_is_refused_with_what_to_do(rule: str, changes: dict[str, Any], says: str) -> None:
    assert says in refused(rule, **changes)


def test_every_fault_is_said_at_once() -> None:
    told = refused("tachycardia", limit="high", hold_s=-1, color="red").splitlines()
    assert len(told) == 3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"reason": "  "}, "reason: say why"),
        ({"reason": "x\x00y"}, "reason: say it in plain text"),
        ({"reason": "x" * 501}, "reason: say it in 500 characters"),
        ({"from_ms": 5_000, "until_ms": 5_000}, "until: it must be to come, and after 'from'"),
        ({"until_ms": NOW_MS}, "until: it must be to come"),
        ({"from_ms": NOW_MS - 1}, "from: that has been"),
    ],
)
def test_it_must_be_said_why_and_for_a_time_that_is_one(given: dict[str, Any], says: str) -> None:
    wanted = replace(change_of("tachycardia", 0, from_ms=NOW_MS, limit=140), **given)
    assert says in "\n".join(refusals(RULES, (), wanted, NOW_MS))


def test_what_crosses_only_once_another_change_has_run_out_is_refused_now() -> None:
    moved_up = change_of("tachycardia", 1, limit=200, until_ms=9_000)
    assert "is well" in refused("bradycardia", moved_up, limit=131)
    assert refused("bradycardia", moved_up, limit=131, until_ms=9_000) == ""


def test_what_crosses_a_change_still_to_come_is_refused_now() -> None:
    to_come = change_of("bradycardia", 1, limit=90, from_ms=9_000)
    assert "is well" in refused("tachycardia", to_come, limit=91)


def test_taking_back_what_others_rely_on_is_refused() -> None:
    relied_on = (change_of("tachycardia", 1, limit=200), change_of("bradycardia", 2, limit=131))
    assert "is well" in refused("tachycardia", *relied_on)


def test_a_limit_of_their_own_stays_one_of_its_kind_for_an_open_alert_ends_by_that() -> None:
    made, taken_back = change_of(OWN, 1, **OWN_VALUES), change_of(OWN, 2)
    other = OWN_VALUES | {"kind": "heart_rate", "limit": 120, "clear_at": 110}
    for before in ((made,), (made, taken_back)):
        assert f"{OWN} is of glucose: choose another name" in refused(OWN, *before, **other)
    assert "kind: " in refused(OWN, made, **OWN_VALUES | {"kind": ["glucose"]})
    assert refused(OWN, made, taken_back, **OWN_VALUES) == ""


def test_there_is_an_end_to_how_many_limits_a_patient_can_have() -> None:
    many = [
        change_of(f"own-above-glucose-{number}", number, **OWN_VALUES) for number in range(1, MOST_OWN + 1)
    ]
    assert "take one back first" in refused("own-above-glucose-99", *many, **OWN_VALUES)
    assert refused("own-above-glucose-1", *many, **OWN_VALUES | {"limit": 190}) == ""


def test_whatever_is_said_to_be_settable_is_a_field_of_the_table_and_of_the_row() -> None:
    for row in RULES.values():
        names = [field.name for field in changeable(row)]
        assert set(names) <= FIELDS.keys()
        assert all(hasattr(row, name) for name in names if name != "is_off")
        assert bool(names) is not isinstance(row, FaultRule | SaidRule)


@pytest.mark.parametrize("key", RULES)
def test_what_ships_can_be_set_in_so_many_words_and_changes_nothing(key: str) -> None:
    row = RULES[key]
    shipped = {
        field.name: False if field.sort is Sort.FLAG else getattr(row, field.name)
        for field in changeable(row)
    }
    assert refused(key, **shipped) == ""
    assert applied(RULES, [change_of(key, **shipped)], NOW_MS)[key] == row


def test_what_cannot_wait_can_be_neither_switched_off_nor_hushed() -> None:
    cannot_wait = {row.key for row in RULES.values() if row.floor is not None}
    assert {
        "ventricular-fibrillation",
        "asystole",
        "fall",
        "long-lie",
        "oxygen-very-low",
        "glucose-very-low",
        "gateway-silent",
        "erasure-asked",
    } <= cannot_wait
    for key in cannot_wait:
        assert refused(key, is_off=True)
        assert bool(refused(key, priority="low")) is (RULES[key].floor is not Priority.LOW)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "limit": st.one_of(st.integers(10, 310), st.floats(30, 150), st.just("fast")),
    "clear_at": st.integers(10, 310),
    "hold_s": st.integers(-1, 90_000),
    "clear_s": st.integers(0, 3_600),
    "priority": st.sampled_from(["high", "medium", "low", "none"]),
    "is_off": st.booleans(),
    "kind": st.sampled_from(["heart_rate", "glucose", "oxygen_saturation"]),
}


@st.composite
def wanted(draw: st.DrawFn) -> tuple[str, dict[str, Any], int, int | None, int]:
    rule = draw(
        st.sampled_from(
            [
                "tachycardia",
                "bradycardia",
                "oxygen-very-low",
                "glucose-very-low",
                "asystole",
                "own-above-x",
                "own-below-x",
            ]
        )
    )
    names = draw(st.sets(st.sampled_from(sorted(VALUES)), max_size=6))
    values = {name: draw(VALUES[name]) for name in sorted(names)}
    starts_ms = draw(st.integers(0, 20))
    lasts_ms = draw(st.one_of(st.none(), st.integers(1, 20)))
    return rule, values, starts_ms, lasts_ms, draw(st.integers(0, 3))


@given(asked=st.lists(wanted(), max_size=8))
@settings(max_examples=60, deadline=None)
def test_whatever_is_accepted_in_whatever_order_the_rows_can_be_judged_by_ever_after(
    asked: list[Any],
) -> None:
    changes, now_ms = list[RuleChange](), 0
    for rule, values, starts_ms, lasts_ms, passes_ms in asked:
        now_ms += passes_ms
        from_ms = now_ms + starts_ms
        until_ms = None if lasts_ms is None else from_ms + lasts_ms
        change = change_of(rule, len(changes) + 1, from_ms=from_ms, until_ms=until_ms, **values)
        if refusals(RULES, changes, change, now_ms):
            continue
        changes.append(change)
        turns = {turn for one in changes for turn in (one.from_ms, one.until_ms or 0)}
        for moment_ms in {now_ms} | {turn for turn in turns if turn > now_ms}:
            rows = applied(RULES, changes, moment_ms)
            assert faults(rows) == ()
            assert {row.key for row in RULES.values() if row.floor} <= rows.rows.keys()


@pytest.mark.parametrize("kind", [kind for kind in OBSERVATION_KINDS.values() if can_have_limit(kind.key)])
def test_every_kind_with_single_values_can_have_a_limit_of_its_own(kind: ObservationKind) -> None:
    low, high = kind.plausible
    end = {"limit": high, "clear_at": high - (high - low) / 100}
    assert refused("own-above-its-limit", kind=kind.key, hold_s=0, clear_s=0, **end) == ""
