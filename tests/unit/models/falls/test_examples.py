import numpy as np
import pytest

from models.falls.examples import Blows, impacts_of, parts_of, tensors_of
from models.falls.recordings import sisfall
from tests.fakes.movement import people, write_sisfall
from vitals.features.falls import FALL_INPUTS


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    return list(sisfall(write_sisfall(tmp_path_factory.mktemp("sisfall"), people(4))))


def test_the_hardest_blow_of_a_fall_is_the_fall_and_no_other(recordings):
    blows = Blows.gather(recordings)
    for index, motion in enumerate(recordings):
        mine = blows.recordings == index
        assert blows.is_fall[mine].sum() == motion.is_fall
        if motion.is_fall:
            hardest = max(impacts_of(motion.acceleration_g), key=lambda blow: blow.peak_g)
            assert blows.places[mine][blows.is_fall[mine]] == [hardest.place]


def test_blows_beside_a_fall_are_not_taught_as_anything(recordings):
    blows = Blows.gather(recordings)
    fell = next(index for index, motion in enumerate(recordings) if motion.is_fall)
    mine = blows.recordings == fell
    near = mine & ~blows.is_fall & (np.abs(blows.places - blows.places[mine & blows.is_fall]) <= 150)
    assert not blows.is_taught[near].any()
    assert blows.is_taught[blows.is_fall].all()


def test_people_are_parted_so_that_each_part_has_some_who_fell(recordings):
    parts = parts_of(recordings, 2)
    assert sorted(parts) == ["SA01", "SA02", "SA03", "SA04"]
    assert sorted(parts.values()) == [0, 0, 1, 1]
    assert parts == parts_of(recordings[::-1], 2), "whatever their order"


def test_no_blows_are_rows_of_none():
    blows = Blows.gather([])
    assert len(blows) == 0
    assert {name: rows.shape[1:] for name, rows in tensors_of(blows.surround_g).items()} == {
        name: shape[1:] for name, shape in FALL_INPUTS.items()
    }


def test_chosen_rows_are_kept_of_every_column(recordings):
    blows = Blows.gather(recordings)
    kept = blows.where(blows.is_fall)
    assert len(kept) == blows.is_fall.sum() == len(kept.surround_g)
    assert kept.is_fall.all()
