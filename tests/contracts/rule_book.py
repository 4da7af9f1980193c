"""What every RuleBook keeps. An adapter's test module derives a class and gives it a `store`."""

import threading
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import pytest

from cloud.ports import OvertakenError, RuleChange
from cloud.storage.relational.database import insert_numbered
from cloud.storage.relational.opening import Relational
from cloud.storage.relational.sealed_rows import close
from cloud.storage.relational.tables import rule_change
from vitals.errors import StorageError


def changed(rule: str = "tachycardia", patient_id: str = "wei", **more: Any) -> RuleChange:
    given: dict[str, Any] = {
        "changes": {"limit": 120.0, "priority": "high"},
        "from_ms": 1_000,
        "until_ms": None,
        "author_id": "u-doctor",
        "reason": "after the operation",
        "made_ms": 900,
    }
    return RuleChange(patient_id=patient_id, rule=rule, **given | more)


class RuleBookContract:
    """Changes are added and never lost, and whoever knows the revision knows them all."""

    def test_a_change_is_read_back_as_it_was_made_with_its_number(self, store: Relational) -> None:
        made = store.rules.add(changed(until_ms=10**13))
        assert made == replace(changed(until_ms=10**13), number=made.number)
        assert made.number > 0
        assert store.rules.of(["wei"]) == {"wei": [made]}

    def test_a_change_that_nobody_can_alter_is_kept_as_well(self, store: Relational) -> None:
        store.rules.add(changed(changes=MappingProxyType({"is_off": True})))
        assert store.rules.of(["wei"])["wei"][0].changes == {"is_off": True}

    def test_nothing_is_ever_replaced_and_numbers_rise(self, store: Relational) -> None:
        made = [store.rules.add(changed(changes={"limit": limit})) for limit in (120.0, 125.0, 120.0)]
        assert [one.number for one in made] == sorted({one.number for one in made})
        assert store.rules.of(["wei"])["wei"] == made

    def test_each_patient_has_their_own_and_who_has_none_is_not_named(self, store: Relational) -> None:
        wei, ana = store.rules.add(changed()), store.rules.add(changed(patient_id="ana"))
        assert store.rules.of(["wei", "ana", "nobody"]) == {"wei": [wei], "ana": [ana]}
        assert store.rules.of([]) == {}

    def test_the_revision_rises_with_every_change_of_anybody_s(self, store: Relational) -> None:
        seen = [store.rules.revision()]
        for patient_id in ("wei", "ana", "wei"):
            store.rules.add(changed(patient_id=patient_id))
            seen.append(store.rules.revision())
        assert seen == sorted(set(seen))
        assert store.rules.revision() == seen[-1]

    def test_a_revision_is_not_told_while_a_change_below_it_is_still_to_come(self, store: Relational) -> None:
        before, made = store.rules.revision(), list[RuleChange]()
        other = threading.Thread(target=lambda: made.append(store.rules.add(changed())))
        row = {each.name: getattr(changed(), each.name) for each in fields(RuleChange)}
        del row["number"]
        row = close(store.sealer, rule_change, row)
        with store.database.write() as connection:
            first = insert_numbered(connection, rule_change, row)
            other.start()
            other.join(0.5)
            assert store.rules.revision() == before
        other.join(20)
        assert made[0].number > first
        assert len(store.rules.of(["wei"])["wei"]) == 2

    def test_a_change_made_by_what_is_no_longer_so_is_refused(self, store: Relational) -> None:
        seen = store.rules.revision()
        store.rules.add(changed(patient_id="ana"), after=seen)
        with pytest.raises(OvertakenError, match="read them again"):
            store.rules.add(changed(), after=seen)
        assert store.rules.of(["wei"]) == {}
        store.rules.add(changed(), after=store.rules.revision())

    def test_a_number_is_not_given_again_after_a_patient_was_erased(self, store: Relational) -> None:
        store.rules.add(changed())
        erased = store.rules.add(changed(patient_id="ana"))
        store.forgetting.forget("ana")
        assert store.rules.add(changed()).number > erased.number

    def test_a_change_that_cannot_be_kept_is_no_change(self, store: Relational) -> None:
        before = store.rules.revision()
        with pytest.raises(StorageError):
            store.rules.add(changed(reason=None))
        assert (store.rules.of(["wei"]), store.rules.revision()) == ({}, before)
