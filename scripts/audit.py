"""Looks for weak places: bandit over the code, pip-audit over what the locks name. `make check` runs it.

Runs in an environment of its own, .venv-audit. Exit status 1 on a finding of either. Where no advisories can
be had (no network, a mirror that has none) nothing was audited: that is said, loudly, and is a failure with
CAREWIRE_AUDIT=required. A finding of bandit whose line explains itself to ruff (`# noqa: S608 - why`) is
explained to bandit, too: the rules bear the same numbers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("carewire", "cloud", "edge", "firmware_sim", "models", "vitals")
LOCKS: Final = ("train", "audit", "peers", "build")
"""train holds whatever run, dev, cloud and edge do."""
EXPECTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "B404": ("",),  # starting programs is what some parts are for: B603 judges each call
        "B311": ("models/", "carewire/"),  # seeded, for training and for plans of chaos: no secrets
    }
)
"""Rules that say nothing here, and the folders where they do not."""
REQUIRED: Final = "CAREWIRE_AUDIT"
_EXPLAINED: Final = re.compile(r"#\s*noqa:[^#]*\bS(\d{3})\b")
_PIP_AUDIT: Final = ("--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json")
_BAR: Final = "!" * 88


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a tool printed, and what it complained of."""

    out: str
    complaint: str = ""


Run = Callable[[Sequence[str]], Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step came to: what to say, and whether that fails the check."""

    lines: tuple[str, ...]
    failed: bool = False


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Run both; return the exit status."""
    is_required = environment.get(REQUIRED) == "required"
    outcomes = (code_audited(_run), locks_audited(_run, is_required=is_required))
    for outcome in outcomes:
        sys.stdout.write("\n".join((*outcome.lines, "")))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def code_audited(run: Run) -> Outcome:
    """Return what bandit finds that no line explains."""
    said = run(("bandit", "--quiet", "--format", "json", "--recursive", *PACKAGES))
    found = [
        each for each in json.loads(said.out)["results"] if not (_is_expected(each) or _is_explained(each))
    ]
    lines = (
        f"{each['filename']}:{each['line_number']}: {each['test_id']} {each['issue_text']}" for each in found
    )
    return Outcome(lines=(*lines, f"bandit: {len(found)} unexplained findings"), failed=bool(found))


def locks_audited(run: Run, *, is_required: bool) -> Outcome:
    """Return what pip-audit knows against the versions we hold, or that it can know nothing here."""
    known = 0
    for lock in LOCKS:
        said = run(("pip-audit", *_PIP_AUDIT, "--requirement", f"requirements/{lock}.lock"))
        try:
            dependencies = json.loads(said.out)["dependencies"]
        except (ValueError, KeyError, TypeError):
            return _not_audited(
                f"pip-audit failed on {lock}.lock ({said.complaint})", is_required=is_required
            )
        vulnerable = [each for each in dependencies if each.get("vulns")]
        if vulnerable:
            return Outcome(lines=tuple(_vulnerabilities(vulnerable)), failed=True)
        unknown = sum("skip_reason" in each for each in dependencies)
        if unknown:
            what = f"{unknown} of {len(dependencies)} packages of {lock}.lock could not be looked up"
            return _not_audited(what, is_required=is_required)
        known += len(dependencies)
    return Outcome(lines=(f"pip-audit: nothing known against {known} packages",))


def _vulnerabilities(dependencies: Iterable[dict[str, Any]]) -> Iterable[str]:
    for each in dependencies:
        for vulnerability in each["vulns"]:
            mended = ", ".join(vulnerability.get("fix_versions") or ()) or "no version yet"
            yield f"{each['name']} {each['version']}: {vulnerability['id']}, mended in {mended}"
    yield "pip-audit: raise these in requirements/*.lock (make lock), or say in docs/security.md why not"


def _not_audited(what: str, *, is_required: bool) -> Outcome:
    return Outcome(
        lines=(
            _BAR,
            f"NOT AUDITED: {what}.",
            "Nothing is known of these, good or bad: the package index here serves no advisories.",
            "To audit them, where the public index can be reached:  CAREWIRE_AUDIT=required make audit",
            _BAR,
        ),
        failed=is_required,
    )


def _is_expected(finding: dict[str, Any]) -> bool:
    is_empty = finding["issue_text"].endswith(": ''")  # an empty text is no password
    return is_empty or finding["filename"].startswith(EXPECTED.get(finding["test_id"], ()))


def _is_explained(finding: dict[str, Any]) -> bool:
    source = (ROOT / finding["filename"]).read_text(encoding="utf-8").splitlines()
    # Ruff's word stands at the end of a statement: of a long text bandit's range may end a line before.
    lines = range(min(finding["line_range"]) - 1, min(max(finding["line_range"]) + 1, len(source)))
    numbers = {number for line in lines for number in _EXPLAINED.findall(source[line])}
    return finding["test_id"].removeprefix("B") in numbers


def _run(command: Sequence[str]) -> Said:
    program, *arguments = command
    done = subprocess.run(  # noqa: S603 - by its path, in the environment this runs in
        (str(Path(sys.executable).parent / program), *arguments),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    complaints = done.stderr.strip().splitlines()
    return Said(out=done.stdout, complaint=complaints[-1] if complaints else "")


if __name__ == "__main__":
    sys.exit(main())
