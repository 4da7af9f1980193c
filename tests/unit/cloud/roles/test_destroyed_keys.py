"""What one process destroys no other goes on reading: each drops it with its next beat."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from cloud.access.site import site
from cloud.bootstrap.stores import open_stores
from cloud.bootstrap.wiring import wire
from cloud.config import CloudSettings
from cloud.ports import Patient, ServiceRole
from cloud.roles.destroyed_keys import DestroyedKeys
from cloud.storage.relational import tables
from cloud.storage.relational.sealed_rows import SEALED
from vitals.errors import SealError


def test_it_looks_again_only_when_relations_have_changed_or_the_look_failed() -> None:
    epochs, looks = iter([1, 1, 2, 2]), list[int]()
    keys = DestroyedKeys(epoch=lambda: next(epochs), drop=lambda: looks.append(1) or 1 // (len(looks) - 2))
    keys.step(0.0)
    keys.step(1.0)
    assert len(looks) == 1
    with pytest.raises(ZeroDivisionError):
        keys.step(2.0)
    keys.step(3.0)
    assert len(looks) == 3


def test_a_process_of_another_role_drops_the_key_of_whoever_was_erased_with_its_next_beat(
    tmp_path: Path,
) -> None:
    settings = CloudSettings(data_dir=tmp_path)
    place = SEALED[0].place_in({"id": "p-1"})
    with closing(open_stores(settings)) as pages, closing(open_stores(settings)) as erasing:
        pages.relational.directory.add_patient(Patient(id="p-1", display_name="Zyxwendoline"))
        roles = frozenset({ServiceRole.API})
        present, *_ = wire(settings, site("http://127.0.0.1:1"), pages, roles).parts
        present.work.step()  # type: ignore[attr-defined]
        with pages.relational.database.read() as connection:
            sealed = str(connection.scalar(select(tables.patient.c.display_name)))
        assert pages.relational.sealer.opened(sealed, place) == "Zyxwendoline"
        erasing.relational.forgetting.forget("p-1")
        present.work.step()  # type: ignore[attr-defined]
        with pytest.raises(SealError):
            pages.relational.sealer.opened(sealed, place)
