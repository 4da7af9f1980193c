import os
import sys
import time
from pathlib import Path

import pytest

from carewire.bench.process import cpu_s, memory_mb
from carewire.bench.system import await_word
from carewire.processes import Part
from vitals.errors import CarewireError


def part_that(does: str, folder: Path) -> Part:
    part = Part(name="simulator", command=[sys.executable, "-c", does], log_file=folder / "log")
    part.start()
    return part


def test_a_process_that_works_takes_processor_time() -> None:
    began_s, counted_s = cpu_s(os.getpid()), time.process_time()
    while time.process_time() - counted_s < 0.3:
        pass

    assert cpu_s(os.getpid()) - began_s == pytest.approx(0.3, abs=0.1)


def test_memory_now_is_no_more_than_memory_at_most() -> None:
    assert 10 < memory_mb(os.getpid(), "VmRSS") <= memory_mb(os.getpid(), "VmHWM")


def test_a_part_that_says_the_word_is_ready(tmp_path: Path) -> None:
    part = part_that("import time; print('sim.ready', flush=True); time.sleep(30)", tmp_path)
    try:
        assert "sim.ready" in await_word(part, lambda log: "sim.ready" in log)
    finally:
        part.stop()


def test_a_part_that_ends_first_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    part = part_that("print('no such scenario')", tmp_path)

    with pytest.raises(CarewireError, match="the simulator did not get ready: no such scenario"):
        await_word(part, lambda log: "sim.ready" in log)


def test_a_part_that_never_says_it_is_given_up_in_time(tmp_path: Path) -> None:
    part = part_that("import time; time.sleep(30)", tmp_path)
    try:
        with pytest.raises(CarewireError, match="did not get ready"):
            await_word(part, lambda log: "sim.ready" in log, limit_s=0.3)
    finally:
        part.stop()
