import lzma

import numpy as np
import pytest

from models.falls.recordings import recordings_folder, sisfall
from models.left_out import LeftOut
from tests.fakes.movement import (
    SISFALL_RATE_HZ,
    UP,
    differences,
    fall,
    jumping,
    still,
    walking,
    write_sisfall,
)
from vitals.errors import RecordingError


def read(folder):
    left_out = LeftOut()
    return {each.record: each for each in sisfall(folder, left_out)}, left_out.reasons


def one(seconds=8.0):
    return walking(seconds, rate_hz=SISFALL_RATE_HZ)


def test_a_recording_comes_in_g_at_50_hz_with_what_its_name_says(tmp_path):
    samples = np.concatenate([still(5.0, rate_hz=SISFALL_RATE_HZ), one()])
    (motion,) = read(write_sisfall(tmp_path, {"F77x_B2_R01": samples}))[0].values()
    assert (motion.person, motion.activity, motion.is_fall) == ("B2", "F77x", True)
    assert motion.duration_s == pytest.approx(13.0)
    assert motion.counts_per_g == pytest.approx(256, rel=0.02)
    np.testing.assert_allclose(motion.acceleration_g[:50].mean(0), UP / np.linalg.norm(UP), atol=0.02)


@pytest.mark.parametrize("counts_per_g", [64, 256, 1024, 2048])
def test_a_sensor_of_any_scale_reads_1_g_at_rest(tmp_path, counts_per_g):
    recordings = {
        "D01_P1_R01": still(5.0, rate_hz=SISFALL_RATE_HZ),
        "F01_P1_R01": fall(rate_hz=SISFALL_RATE_HZ),
    }
    motions, _ = read(write_sisfall(tmp_path, recordings, counts_per_g=counts_per_g))
    assert motions["F01_P1_R01"].counts_per_g == pytest.approx(counts_per_g, rel=0.02)
    at_rest = np.linalg.norm(motions["D01_P1_R01"].acceleration_g, axis=1)
    assert np.median(at_rest) == pytest.approx(1.0, abs=0.02)


def test_somebody_never_at_rest_is_scaled_by_the_middle_magnitude(tmp_path):
    motions, _ = read(write_sisfall(tmp_path, {"D04_P1_R01": jumping(rate_hz=SISFALL_RATE_HZ)}))
    assert motions["D04_P1_R01"].counts_per_g == pytest.approx(256, rel=0.1)


def test_people_in_one_file_have_a_sensor_each(tmp_path):
    folder = write_sisfall(tmp_path, {"D01_A_R01": one(), "D01_B_R01": 2.0 * one()})
    motions, _ = read(folder)
    ratio = motions["D01_B_R01"].counts_per_g / motions["D01_A_R01"].counts_per_g
    assert ratio == pytest.approx(2.0, abs=0.05)


def test_several_files_and_plain_npz_are_read_alike(tmp_path):
    write_sisfall(tmp_path, {"D01_A_R01": one()}, name="a")
    np.savez(tmp_path / "b.npz", D01_B_R01=differences(one()))
    assert set(read(tmp_path)[0]) == {"D01_A_R01", "D01_B_R01"}


def test_the_digest_is_of_the_samples_and_not_of_the_name(tmp_path):
    motions, _ = read(
        write_sisfall(tmp_path, {"D01_A_R01": one(), "D02_B_R07": one(), "D01_A_R02": one(7.0)})
    )
    digests = {record: motion.digest for record, motion in motions.items()}
    assert digests["D01_A_R01"] == digests["D02_B_R07"] != digests["D01_A_R02"]


def test_what_cannot_be_judged_is_refused_one_by_one_with_the_reason(tmp_path):
    np.savez(
        tmp_path / "p.npz",
        D01_A_R01=differences(one()),
        walk_A_R01=differences(one()),
        D02_A_R01=differences(one(1.5)),
        D03_A_R01=differences(one()).T,
        D04_A_R01=differences(one()).astype(np.float64),
        D05_A_R01=np.zeros((3, 2000), np.int16),
    )
    motions, refused = read(tmp_path)
    assert set(motions) == {"D01_A_R01"}
    assert "F01_SA01_R01" in refused["walk_A_R01"]
    assert "shorter" in refused["D02_A_R01"]
    assert refused["D03_A_R01"] == refused["D04_A_R01"] == "it is no (3, n) array of whole numbers"
    assert "the same throughout" in refused["D05_A_R01"]


@pytest.mark.parametrize(
    "content", [b"", b"no archive", lzma.compress(b"no npz"), lzma.compress(b"PK\x03\x04 torn")[:-9]]
)
def test_a_file_that_cannot_be_read_says_which_and_what_to_do(tmp_path, content):
    (tmp_path / "SA01.npz.xz").write_bytes(content)
    with pytest.raises(RecordingError, match=r"SA01\.npz\.xz cannot be read .* copy it again"):
        list(sisfall(tmp_path))


def test_a_torn_file_costs_an_evaluation_its_recordings_alone(tmp_path):
    write_sisfall(tmp_path, {"D01_A_R01": one()}, name="a")
    write_sisfall(tmp_path, {"D01_B_R01": one()}, name="b")
    torn = next(tmp_path.glob("a*"))
    torn.write_bytes(torn.read_bytes()[:500])
    motions, left_out = read(tmp_path)
    assert set(motions) == {"D01_B_R01"}
    assert "copy it again" in left_out[torn.name]


def test_the_folder_or_its_parent_will_do_and_an_empty_one_is_refused(tmp_path):
    folder = write_sisfall(tmp_path / "sisfall", {"D01_A_R01": one()})
    assert recordings_folder(tmp_path) == recordings_folder(folder) == folder
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecordingError, match=r"holds no \.npz\.xz"):
        recordings_folder(tmp_path / "empty")
