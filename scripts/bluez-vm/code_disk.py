"""The code under test as a disk: a tar archive, padded to a size that never changes."""

import io
import tarfile
import tomllib
from pathlib import Path
from typing import Final

__all__ = ["HERE", "ROOT", "write_code_disk"]

DISK_OCTETS: Final = 32 << 20
"""A state that was kept remembers the size of its disks."""

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PACKAGES: Final = ("carewire", "edge", "firmware_sim", "models", "tests/fakes", "vitals")


def write_code_disk(disk: Path) -> None:
    """Write the packages, what runs in the machine, and the distribution's name and version."""
    with disk.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for package in PACKAGES:
                archive.add(ROOT / package, package, filter=_only_sources)
            archive.add(HERE / "guest", "guest", filter=_only_sources)
            _add_distribution(archive)
        if file.tell() > DISK_OCTETS:
            raise SystemExit(
                f"the code has outgrown its disk of {DISK_OCTETS >> 20} MiB: enlarge DISK_OCTETS"
            )
        file.truncate(DISK_OCTETS)


def _only_sources(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    return None if member.name.endswith("__pycache__") else member


def _add_distribution(archive: tarfile.TarFile) -> None:
    """Add the metadata that `importlib.metadata` reads."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    member = tarfile.TarInfo(f"{name}-{version}.dist-info/METADATA")
    member.size = len(metadata)
    archive.addfile(member, io.BytesIO(metadata))
