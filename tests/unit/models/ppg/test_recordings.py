from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from models.left_out import LeftOut
from models.ppg.recordings import folder_of, sessions
from vitals.errors import RecordingError

VECTORS = Path(__file__).parents[3] / "vectors" / "ppg"
TRUTH = np.linspace(80.0, 96.0, 9)


def signals(rows: int, length_s: float = 24.0) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(rows, round(125 * length_s))) + np.arange(rows)[:, None] * 10


@pytest.mark.parametrize(
    ("session", "truth", "rows"),
    [
        ("DATA_01_TYPE01", "DATA_01_TYPE01_BPMtrace", 6),
        ("TEST_S01_T01", "True_S01_T01", 5),
        ("TEST_S02_T02", "BPM/TEST_S02_T02_BPM", 5),
    ],
)
def test_a_session_is_read_by_whichever_names_and_rows_it_came(tmp_path, session, truth, rows):
    given = signals(rows)
    (tmp_path / truth).parent.mkdir(exist_ok=True)
    savemat(tmp_path / f"{session}.mat", {"sig": given})
    savemat(tmp_path / f"{truth}.mat", {"BPM0": TRUTH[:, None]})
    (found,) = sessions(tmp_path)
    assert found.record == session
    np.testing.assert_array_equal(np.concatenate([found.light, found.acceleration_g]), given[-5:])
    np.testing.assert_array_equal(found.truth_per_min, TRUTH)


def test_channels_in_columns_are_turned(tmp_path):
    given = signals(5)
    savemat(tmp_path / "TEST_S01_T01.mat", {"sig": given.T})
    savemat(tmp_path / "True_S01_T01.mat", {"BPM0": TRUTH[None, :]})
    (found,) = sessions(tmp_path)
    np.testing.assert_array_equal(found.light, given[:2])


def test_a_truth_longer_than_its_session_is_cut(tmp_path):
    savemat(tmp_path / "TEST_S01_T01.mat", {"sig": signals(5, 12.0)})
    savemat(tmp_path / "True_S01_T01.mat", {"BPM0": TRUTH})
    (found,) = sessions(tmp_path)
    assert len(found.truth_per_min) == 3


def test_several_sessions_of_one_person_are_theirs():
    held = list(sessions(VECTORS))
    assert [session.person for session in held] == ["DATA_05", "DATA_08"]
    assert len({session.digest for session in held}) == 2


def test_a_session_lived_faster_has_a_faster_heart():
    session = next(sessions(VECTORS))
    fast = session.hastened(1.25)
    assert fast.rate_hz == 156.25
    assert len(fast.truth_per_min) == 13
    assert fast.truth_per_min[0] == pytest.approx(1.25 * session.truth_per_min[0], abs=2.0)


def test_a_folder_of_sets_is_entered(tmp_path):
    (tmp_path / "troika").mkdir()
    assert folder_of(tmp_path) == tmp_path / "troika"
    assert folder_of(tmp_path / "troika") == tmp_path / "troika"


@pytest.mark.parametrize("with_session", [False, True], ids=["empty", "without its truth"])
def test_a_folder_without_a_judged_session_is_refused(tmp_path, with_session):
    if with_session:
        savemat(tmp_path / "TEST_S01_T01.mat", {"sig": signals(5)})
    with pytest.raises(RecordingError, match="point at a folder such as troika"):
        list(sessions(tmp_path))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5])
def test_a_session_cut_short_is_left_out_by_name_and_stops_training(tmp_path, share):
    for number in (1, 2):
        savemat(tmp_path / f"TEST_S0{number}_T01.mat", {"sig": signals(5)}, do_compression=True)
        savemat(tmp_path / f"True_S0{number}_T01.mat", {"BPM0": TRUTH})
    torn = tmp_path / "TEST_S01_T01.mat"
    torn.write_bytes(torn.read_bytes()[: round(share * torn.stat().st_size)])
    left_out = LeftOut()
    assert [session.record for session in sessions(tmp_path, left_out)] == ["TEST_S02_T01"]
    assert "cannot be read" in left_out.reasons["TEST_S01_T01"]
    with pytest.raises(RecordingError, match="TEST_S01_T01"):
        list(sessions(tmp_path))


def test_a_session_without_its_truth_is_named(tmp_path):
    for number in (1, 2):
        savemat(tmp_path / f"TEST_S0{number}_T01.mat", {"sig": signals(5)})
    savemat(tmp_path / "True_S02_T01.mat", {"BPM0": TRUTH})
    left_out = LeftOut()
    assert len(list(sessions(tmp_path, left_out))) == 1
    assert list(left_out.reasons) == ["TEST_S01_T01"]


def test_a_file_that_is_no_recording_is_named(tmp_path):
    (tmp_path / "DATA_01_TYPE01.mat").write_bytes(b"no recording at all, but long enough for a header" * 9)
    with pytest.raises(RecordingError, match="DATA_01_TYPE01"):
        list(sessions(tmp_path))
