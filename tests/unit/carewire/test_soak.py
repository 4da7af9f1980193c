"""When a soak has passed: what was not looked at has not."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from carewire.accounting.reconcile import Verdict
from carewire.accounting.samples import Name
from carewire.havoc import Havoc
from carewire.processes import Supervisor
from carewire.soak import BROKER_MB, FLAT_MB_PER_H, Soak, soak_report

WHOLE = Verdict(
    name=Name(device="c0-00-00-00-00-01", kind="ecg"), made=9, stored=7, declared=2, lost=0, invented=0
)
FLAT = {
    name: {"median_mb": 80.0, "peak_mb": 90.0, "growth_mb_per_h": 1.0}
    for name in ("gateway", "cloud", "broker")
}


def passed(
    *verdicts: Verdict, memory: Mapping[str, Mapping[str, float]] = FLAT, records_lost: int = 0
) -> bool:
    counted = (
        "restarts",
        "records_made",
        "records_stored",
        "records_quarantined",
        "duplicates",
        "duration_s",
    )
    run = dict.fromkeys(counted, 0) | {"records_lost": records_lost}
    havoc = Havoc(supervisor=Supervisor(), random=Random(1), every_s=60.0)
    report = soak_report(Soak(folder=Path("kept")), run, verdicts, havoc, memory)
    return bool(report["passed"])


def test_a_soak_passes_if_everything_is_whole_and_flat() -> None:
    assert passed(WHOLE)


@pytest.mark.parametrize(
    "verdict", [replace(WHOLE, stored=6, lost=1), replace(WHOLE, invented=1), replace(WHOLE, stored=0)]
)
def test_a_soak_fails_if_a_sample_is_lost_or_invented_or_none_is_stored(verdict: Verdict) -> None:
    assert not passed(verdict)


def test_a_soak_that_was_never_examined_fails() -> None:
    assert not passed()


def test_a_soak_fails_if_a_record_is_lost() -> None:
    assert not passed(WHOLE, records_lost=1)


@pytest.mark.parametrize("name", FLAT)
def test_a_soak_fails_if_a_part_grows_or_was_never_seen(name: str) -> None:
    grown = FLAT[name] | {"growth_mb_per_h": FLAT_MB_PER_H + 0.1, "peak_mb": BROKER_MB + 1}
    assert not passed(WHOLE, memory=FLAT | {name: grown})
    assert not passed(WHOLE, memory={other: FLAT[other] for other in FLAT if other != name})


def test_a_broker_may_fill_its_logs_and_nobody_else_may() -> None:
    filling = {"growth_mb_per_h": FLAT_MB_PER_H + 9, "peak_mb": BROKER_MB, "median_mb": BROKER_MB}
    assert passed(WHOLE, memory=FLAT | {"broker": filling})
    assert not passed(WHOLE, memory=FLAT | {"cloud": filling})
