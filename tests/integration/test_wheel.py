"""The wheel carries everything that runs, and nothing that does not."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cloud.web.parts import parts_folder, wanting_parts

ROOT = Path(__file__).parents[2]


def test_wheel_carries_all_that_runs(tmp_path: Path) -> None:
    if wanting_parts(parts_folder()):
        pytest.fail("parts of the pages are not there: run scripts/web-parts --all")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    for needed in (
        "models/artifacts/rhythm/manifest.json",
        "models/artifacts/rhythm/rhythm.tflite",
        "firmware_sim/excerpts/resting-101.dat",
        "cloud/storage/relational/migrations/env.py",
        "vitals/py.typed",
        "cloud/web/worker.js",
        "cloud/web/static/parts/uplot.js",
        "cloud/web/static/parts/uplot-licence.txt",
    ):
        assert needed in names
    assert any(name.startswith("cloud/web/static/") for name in names)
    assert any(name.startswith("cloud/web/templates/") for name in names)
    assert not any(name.startswith("tests/") for name in names)
