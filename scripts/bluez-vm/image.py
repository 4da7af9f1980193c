"""The machine's image: Debian with its kernel and BlueZ, and the libraries of requirements/run.lock."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from packaging.requirements import Requirement

__all__ = ["build_image", "digest", "install_parts"]

HERE: Final = Path(__file__).parent
LOCK: Final = HERE.parents[1] / "requirements" / "run.lock"
SUITE: Final = "bookworm"
GUEST_PYTHON: Final = {"python_version": "3.11", "python_full_version": "3.11.2"}
"""What Debian's suite has."""
DEBIAN_PACKAGES: Final = (
    *("linux-image-amd64", "bluez", "dbus", "python3-minimal", "libpython3-stdlib"),
    *("kmod", "mount", "iproute2"),
)
PARTS: Final = (
    ("qemu-system-x86_64", "qemu-system-x86"),
    ("mmdebstrap", "mmdebstrap"),
    ("genext2fs", "genext2fs"),
)


def digest(*files: Path, also: str = "") -> str:
    """Return a name for what files hold: another as soon as one of them changes."""
    return sha256(b"".join(file.read_bytes() for file in files) + also.encode()).hexdigest()[:16]


def install_parts() -> None:
    """Install from Debian what is missing on this machine."""
    missing = [package for program, package in PARTS if shutil.which(program) is None]
    if not missing:
        return
    if platform.machine() != "x86_64" or shutil.which("apt-get") is None:
        raise SystemExit(f"needed, on an x86-64 Debian: {', '.join(missing)}")
    root = [] if os.geteuid() == 0 else ["sudo"]
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        subprocess.run(  # noqa: S603 - our own words alone
            [*root, "apt-get", *arguments], check=True, stdout=subprocess.DEVNULL
        )


def build_image(folder: Path, say: Callable[[str], None]) -> str:
    """Build kernel, initrd and root disk into the folder unless they are there; return the image's name."""
    name = digest(HERE / "image.py", HERE / "carewire-init", LOCK)
    stamp = folder / "image.name"
    if stamp.exists() and stamp.read_text() == name:
        return name
    stamp.unlink(missing_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        site = Path(scratch) / "site"
        say("fetching the libraries of requirements/run.lock")
        _install_libraries(site)
        say("building the image from Debian's packages; this takes minutes, once")
        _bootstrap(folder, site)
    stamp.write_text(name)
    return name


def _install_libraries(site: Path) -> None:
    requirements = site.with_name("requirements.txt")
    requirements.write_text("\n".join(_for_guest(LOCK.read_text())))
    subprocess.run(  # noqa: S603 - our own words alone
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--target", str(site), "--python-version", GUEST_PYTHON["python_version"]),
            *("--only-binary=:all:", "--no-deps", "--require-hashes", "-r", str(requirements)),
        ],
        check=True,
    )


def _for_guest(lock: str) -> Iterator[str]:
    """Yield the lock's requirements that hold for the guest's Python; pip would ask the host's."""
    for entry in lock.replace("\\\n", " ").splitlines():
        line, *hashes = entry.split("--hash=")
        if hashes:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(dict(GUEST_PYTHON)):
                yield f"{requirement.name}{requirement.specifier} --hash=" + "--hash=".join(hashes)


def _bootstrap(folder: Path, site: Path) -> None:
    low_priority = ["nice", "-n", "15"]
    subprocess.run(  # noqa: S603 - our own words alone
        [
            *(*low_priority, "mmdebstrap", "--quiet", "--variant=apt", "--format=ext2"),
            f"--include={','.join(DEBIAN_PACKAGES)}",
            "--aptopt=APT::Install-Recommends false",
            *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale")),
            '--customize-hook=ln "$1"/boot/vmlinuz-* "$1"/vmlinuz.boot',
            '--customize-hook=ln "$1"/boot/initrd.img-* "$1"/initrd.boot',
            "--customize-hook=download /vmlinuz.boot vmlinuz",
            "--customize-hook=download /initrd.boot initrd.img",
            '--customize-hook=rm -r "$1"/vmlinuz.boot "$1"/initrd.boot "$1"/boot/initrd.img-*',
            f"--customize-hook=copy-in {HERE / 'carewire-init'} /sbin",
            f"--customize-hook=copy-in {site} /opt",
            *(SUITE, "root.ext2", *_configured_sources()),
        ],
        cwd=folder,
        check=True,
    )


def _configured_sources() -> list[str]:
    """Return where this machine gets its Debian from, if it is of the same suite; else mmdebstrap knows."""
    release = platform.freedesktop_os_release()
    if (release.get("ID"), release.get("VERSION_CODENAME")) != ("debian", SUITE):
        return []
    places = ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list")
    return [place for place in places if Path(place).is_file()][:1]
