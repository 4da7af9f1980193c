"""What a Linux computer tells of itself, and that no file, however odd, is more than one thing unknown."""

from pathlib import Path

import pytest

from edge.adapters.linux_host import LinuxHost
from vitals.records import HostState

PI_FILES = {
    "sys/class/thermal/thermal_zone0/type": "gpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "99000\n",
    "sys/class/thermal/thermal_zone1/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone1/temp": "48312\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    "proc/loadavg": "0.42 0.38 0.35 2/310 12345\n",
    "proc/self/status": "Name:\tpython\nVmPeak:\t  200000 kB\nVmRSS:\t   96512 kB\nThreads:\t5\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in PI_FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def state_of(root: Path) -> HostState:
    return LinuxHost(data_dir=root, root=root).state()


def test_a_raspberry_pi_tells_everything(root: Path) -> None:
    state = state_of(root)
    assert (state.cpu_temperature_c, state.memory_bytes, state.load, state.throttled) == (
        48.312,
        96512 * 1024,
        0.42,
        False,
    )
    assert state.disk_free_bytes is not None
    assert state.disk_free_bytes > 0


def test_a_computer_that_tells_nothing_is_not_made_up(tmp_path: Path) -> None:
    assert LinuxHost(data_dir=tmp_path / "none", root=tmp_path).state() == HostState()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("0\n", False),
        ("50000\n", False),  # under-voltage and throttling happened once, and are over
        ("1\n", True),
        ("50005\n", True),
        ("8\n", True),
        ("0x50005", True),
        ("", None),
        ("what\n", None),
    ],
)
def test_only_what_slows_it_now_counts(root: Path, says: str, expected: bool | None) -> None:  # noqa: FBT001 - pytest names it
    (root / "sys/devices/platform/soc/soc:firmware/get_throttled").write_text(says)
    assert state_of(root).throttled is expected


@pytest.mark.parametrize("rubbish", ["", "hot", "\x00"])
def test_rubbish_in_one_file_leaves_the_others(root: Path, rubbish: str) -> None:
    (root / "sys/class/thermal/thermal_zone1/temp").write_text(rubbish)
    (root / "proc/loadavg").write_text(rubbish)
    state = state_of(root)
    assert (state.cpu_temperature_c, state.load) == (None, None)
    assert state.memory_bytes is not None


def test_this_computer_answers() -> None:
    state = LinuxHost(data_dir=Path("/")).state()
    assert state.memory_bytes is not None
    assert state.memory_bytes > 1 << 20
    assert state.load is not None
