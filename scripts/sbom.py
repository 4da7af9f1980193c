"""Writes what the service and the gateway are made of: build/sbom/*.cdx.json, CycloneDX 1.6. `make sbom`.

cyclonedx-py reads versions and hashes from the locks; licences are those the installed packages declare. The
same locks give the same files. Runs in .venv-audit; what it writes is held to CycloneDX's own schema.

Usage: python scripts/sbom.py FOLDER_OF_INSTALLED_PACKAGES
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PRODUCTS: Final = ("cloud", "edge")
_TROVE: Final = "License :: "
_MOST_LETTERS: Final = 60


def main(installed: str) -> int:
    """Write and check both; return the exit status."""
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415 - .venv-audit alone has it
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    folder = ROOT / "build" / "sbom"
    folder.mkdir(parents=True, exist_ok=True)
    licences = {normal(each.name): licence_of(each) for each in distributions(path=[installed])}
    for product in PRODUCTS:
        text = json.dumps(completed(_components(product), licences), indent=1, sort_keys=True) + "\n"
        wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
        if wrong:
            sys.stderr.write(f"{product}: is no CycloneDX 1.6: {wrong}\n")
            return 1
        (folder / f"{product}.cdx.json").write_text(text, encoding="utf-8")
        sys.stdout.write(f"build/sbom/{product}.cdx.json: {len(json.loads(text)['components'])} packages\n")
    return 0


def completed(bom: dict[str, Any], licences: Mapping[str, str]) -> dict[str, Any]:
    """Return a bill of materials with each package's licence, and without copies of the lock's lines."""
    components = [_completed(each, licences) for each in bom["components"]]
    return {**bom, "components": sorted(components, key=lambda each: (each["name"], each["version"]))}


def licence_of(package: Distribution) -> str:
    """Return what a package says it is licensed under, as shortly as it says it; empty if it does not."""
    declared = package.metadata.get("License-Expression")
    if declared:
        return str(declared)
    trove = [each for each in package.metadata.get_all("Classifier") or () if each.startswith(_TROVE)]
    if trove:
        return " or ".join(each.rpartition(" :: ")[2] for each in trove)
    return str(package.metadata.get("License") or "").partition("\n")[0][:_MOST_LETTERS].strip()


def normal(name: str) -> str:
    """Return a package's name as every index writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _completed(component: dict[str, Any], licences: Mapping[str, str]) -> dict[str, Any]:
    kept = {key: value for key, value in component.items() if key != "description"}
    licence = licences.get(normal(component["name"]))
    return {**kept, "licenses": [{"license": {"name": licence}}]} if licence else kept


def _components(product: str) -> dict[str, Any]:
    command = ("requirements", f"requirements/{product}.lock", "--pyproject", "pyproject.toml")
    program = str(Path(sys.executable).parent / "cyclonedx-py")
    said = subprocess.run(  # noqa: S603 - by its path, in the environment this runs in
        (program, *command, "--output-reproducible", "--of", "JSON"),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return dict(json.loads(said.stdout))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
