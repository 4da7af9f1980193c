"""The wheel carries everything that runs, and nothing that does not."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_wheel_carries_all_that_runs(tmp_path: Path) -> None:
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
    ):
        assert needed in names
    assert any(name.startswith("cloud/web/static/") for name in names)
    assert any(name.startswith("cloud/web/templates/") for name in names)
    assert not any(name.startswith("tests/") for name in names)
