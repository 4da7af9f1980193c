"""A gateway for the doctor to look at."""

import os
from pathlib import Path

from edge.config import EdgeSettings
from edge.doctor.finding import Case, Finding, Verdict
from edge.state_file import GatewayState, StateFile
from tests.fakes.home import CUFF, STRAP, alarmed_home

__all__ = ["CUFF", "STRAP", "case_of", "running", "verdicts"]


def case_of(tmp_path: Path, *, limit_s: float = 10.0, **settings: object) -> Case:
    """Return a gateway whose data lie in a folder of its own; `settings` as in its file."""
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    devices = [{"address": "C0:CA:4E:00:00:01", "name": "Chest strap"}]
    given: dict[str, object] = {"devices": devices} | settings
    fields = {"gateway_id": "hallway", "data_dir": folder} | given
    return Case(settings=EdgeSettings.model_validate(fields), limit_s=limit_s)


def running(case: Case, state: GatewayState | None = None) -> Case:
    """Let a gateway with these settings seem to run: this very process."""
    state = state or GatewayState.of(alarmed_home())
    assert state.pid == os.getpid()
    StateFile(path=case.settings.state_file).write(state)
    return case


def verdicts(findings: list[Finding]) -> list[tuple[str, Verdict]]:
    """Return what was looked at, and how it is; whatever is not well says what to do."""
    assert all(finding.remedy for finding in findings if finding.verdict is not Verdict.OK)
    return [(finding.check, finding.verdict) for finding in findings]
