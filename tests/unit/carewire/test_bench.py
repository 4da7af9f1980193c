import json
import subprocess
import sys

import pytest

from carewire.bench import edge, models
from carewire.bench.agent import Cost
from carewire.bench.figures import flat
from carewire.commands.bench import written
from edge.judging.roster import ROSTER
from vitals.errors import CarewireError

GOOD = Cost(
    cpu_s=0.5,
    real_s=40.0,
    rss_mb=80.0,
    peak_rss_mb=82.0,
    notifications=100,
    inferences=8,
    records=50,
    acknowledged=50,
    dropped=0,
    failed=0,
)
FIGURES = {"rss_mb": 80.0}


def agent_that(does: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", does], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def telling(**changes: float) -> subprocess.Popen[str]:
    told = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__} | changes
    return agent_that(f"print({json.dumps(told)!r})")


def test_the_report_of_one_question_holds_its_figures_beside_the_machine() -> None:
    report = written(FIGURES)

    assert report["rss_mb"] == 80.0
    assert set(report) == {"machine", "rss_mb"}


def test_the_report_of_all_questions_has_a_section_each() -> None:
    report = written({"edge": FIGURES, "ingest": {"rss_mb": 1.0}})

    assert set(report) == {"machine", "edge", "ingest"}
    assert report["edge"] == FIGURES


def test_figures_that_stand_together_are_told_by_both_names() -> None:
    assert flat({"latency_ms": {"p50": 12.0, "p99": 30.0}, "patients": 2}) == {
        "latency ms p50": 12.0,
        "latency ms p99": 30.0,
        "patients": 2,
    }


def test_an_agent_tells_what_it_cost() -> None:
    assert edge._cost(telling()) == GOOD


def test_an_agent_that_fails_says_why() -> None:
    with pytest.raises(CarewireError, match="status 3: no broker"):
        edge._cost(agent_that("import sys; sys.stderr.write('no broker'); sys.exit(3)"))


@pytest.mark.parametrize(
    "changes", [{"dropped": 1}, {"failed": 1}, {"inferences": 0}, {"acknowledged": 0}], ids=str
)
def test_figures_of_an_agent_that_did_not_do_its_work_are_not_told(changes: dict[str, int]) -> None:
    with pytest.raises(CarewireError, match="did not do its work"):
        edge._cost(telling(**changes))


def test_the_cost_of_each_shipped_model_is_told():
    figures = models.measure()
    assert figures["models"] == len(ROSTER)
    assert all(figures[f"{name}_p50_us"] > 0 for name in ROSTER)
    assert figures["memory_all_mb"] < 60
