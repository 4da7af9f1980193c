"""Two gateways never drive one adapter, however they were started."""

from pathlib import Path

import pytest

from edge.adapters.radio_lock import RadioLock, lock_file
from tests.fakes.lock_holder import lock_held_elsewhere
from vitals.errors import DeviceError


def test_a_second_process_is_refused_and_told_which_the_first_is_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "radio.lock"
    with lock_held_elsewhere(path) as first, pytest.raises(DeviceError, match=r"radio\.adapter") as refused:
        RadioLock(path).take()
    assert f"process {first.pid}," in str(refused.value)


def test_the_lock_of_a_process_that_was_killed_is_free_at_once(tmp_path: Path) -> None:
    path = tmp_path / "radio.lock"
    with lock_held_elsewhere(path) as first:
        first.kill()
        first.wait()
    lock = RadioLock(path)
    lock.take()
    lock.release()


def test_whoever_has_it_may_take_it_again_and_gives_it_back_once(tmp_path: Path) -> None:
    path = tmp_path / "radio.lock"
    first, second = RadioLock(path), RadioLock(path)
    first.take()
    first.take()
    with pytest.raises(DeviceError):
        second.take()
    first.release()
    first.release()
    second.take()
    second.release()


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"radio\.lock_dir"):
        RadioLock(tmp_path / "none" / "radio.lock").take()


def test_each_adapter_has_its_own_lock_and_none_is_hci0(tmp_path: Path) -> None:
    assert lock_file(None, tmp_path, {}) == lock_file("hci0", tmp_path, {})
    assert lock_file("hci1", tmp_path, {}) != lock_file("hci0", tmp_path, {})


def test_adapters_of_another_message_bus_are_others(tmp_path: Path) -> None:
    private = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/tmp/bus"}
    assert lock_file("hci0", tmp_path, private) != lock_file("hci0", tmp_path, {})


def test_without_a_setting_it_lies_where_a_restart_empties() -> None:
    assert lock_file(None, None, {}).parent.is_dir()
