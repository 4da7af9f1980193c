"""What the audit says, and when it fails: on a finding, and on having seen nothing that must be seen."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from scripts import audit
from scripts.audit import LOCKS, Said, code_audited, locks_audited

CLEAN = {"name": "h11", "version": "0.16.0", "vulns": []}
SKIPPED = {
    "name": "h11",
    "skip_reason": "Dependency not found on PyPI and could not be audited: h11 (0.16.0)",
}
VULNERABLE = {
    "name": "h11",
    "version": "0.14.0",
    "vulns": [{"id": "CVE-2025-43859", "fix_versions": ["0.16.0"], "aliases": []}],
}


class Answers:
    """A pip-audit that answers each lock in turn, and then as it did last."""

    def __init__(self, *answers: Sequence[object]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, command: Sequence[str]) -> Said:
        self.asked.append(command[-1])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Said(out=json.dumps({"dependencies": answer}))


def test_every_lock_is_looked_up_and_nothing_known_is_good() -> None:
    run = Answers([CLEAN])
    outcome = locks_audited(run, is_required=True)
    assert not outcome.failed
    assert run.asked == [f"requirements/{lock}.lock" for lock in LOCKS]
    assert outcome.lines == (f"pip-audit: nothing known against {len(LOCKS)} packages",)


@pytest.mark.parametrize("is_required", [False, True])
def test_a_known_vulnerability_fails_and_names_what_mends_it(*, is_required: bool) -> None:
    outcome = locks_audited(Answers([CLEAN], [CLEAN, VULNERABLE, SKIPPED]), is_required=is_required)
    assert outcome.failed
    assert outcome.lines[0] == "h11 0.14.0: CVE-2025-43859, mended in 0.16.0"


@pytest.mark.parametrize("answer", [[SKIPPED], [CLEAN, SKIPPED]])
@pytest.mark.parametrize("is_required", [False, True])
def test_what_could_not_be_looked_up_is_said_loudly_and_fails_where_that_is_not_enough(
    answer: list[object], *, is_required: bool
) -> None:
    outcome = locks_audited(Answers(answer), is_required=is_required)
    text = "\n".join(outcome.lines)
    assert outcome.failed is is_required
    assert "NOT AUDITED" in text
    assert f"1 of {len(answer)} packages" in text
    assert "CAREWIRE_AUDIT=required" in text
    assert "!!!!" in text


@pytest.mark.parametrize("said", [Said(out="", complaint="no route to host"), Said(out="[]"), Said(out="{}")])
def test_a_tool_that_fails_has_audited_nothing(said: Said) -> None:
    outcome = locks_audited(lambda _: said, is_required=False)
    assert not outcome.failed
    assert "NOT AUDITED" in "\n".join(outcome.lines)
    assert said.complaint in "\n".join(outcome.lines)


def _finding(
    file: str, test_id: str = "B608", lines: tuple[int, ...] = (1,), text: str = "SQL"
) -> dict[str, object]:
    return {
        "filename": file,
        "test_id": test_id,
        "line_number": lines[0],
        "line_range": list(lines),
        "issue_text": text,
    }


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "query.py").write_text(
        'A = f"SELECT {x}"\n'
        'B = f"SELECT {y}"  # noqa: S608 - a constant\n'
        'C = f"""\nSELECT\n"""  # noqa: S608 - likewise\n'
    )


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("finding", "counts"),
    [
        (_finding("cloud/query.py", lines=(1, 1)), False),  # the next line's word, for want of a better end
        (_finding("cloud/query.py", lines=(2,)), False),
        (_finding("cloud/query.py", "B602", lines=(2,)), True),
        (_finding("cloud/query.py", lines=(3, 4)), False),
        (_finding("cloud/query.py", "B301", lines=(1,)), True),
        (_finding("models/any.py", "B311"), False),
        (_finding("cloud/query.py", "B311"), True),
        (_finding("cloud/query.py", "B404"), False),
        (_finding("cloud/query.py", "B106", text="Possible hardcoded password: ''"), False),
        (_finding("cloud/query.py", "B106", text="Possible hardcoded password: 'carewire'"), True),
    ],
)
def test_a_finding_counts_unless_its_line_explains_it(finding: dict[str, object], *, counts: bool) -> None:
    outcome = code_audited(lambda _: Said(out=json.dumps({"results": [finding]})))
    assert outcome.failed is counts
    assert outcome.lines[-1] == f"bandit: {int(counts)} unexplained findings"
