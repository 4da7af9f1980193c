"""Whom this gateway takes releases from, and the highest version of everything that it ever took.

Apart from what is released, so that bringing back an old configuration lowers nothing here; in two copies,
of which the higher counts. Where both are damaged nobody is trusted: somebody may want the keys of before
a rotation back.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from edge.remote.durably import write_file
from vitals.errors import StorageError
from vitals.release import OpenedRelease, Refusal, Release, ReleaseRefusedError, TrustedKeys

__all__ = ["Seen", "Trust"]

_log = structlog.get_logger()

_NOT_YET_MS: Final = 24 * 3_600_000
"""How far ahead of a clock that NTP holds a release may have been issued: the desk's own clock may be off."""


class Seen(Struct, frozen=True, kw_only=True):
    """The highest version of one line that was ever taken: by which document, and when that was issued."""

    version: int
    sha256: str = ""
    issued_ms: int = 0


class _Kept(Struct, frozen=True, kw_only=True):
    """`keys` are those of the last rotation, under which pinned keys it came, and its version."""

    seen: dict[str, Seen] = {}
    keys: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    rotated: int = 0


class Trust:
    """Safe to use from several threads."""

    def __init__(self, file: Path, pinned: Sequence[str]) -> None:
        """Read what was kept; `pinned` are the keys of the gateway's own settings.

        Raises
        ------
        StorageError
            If it cannot be read.
        """
        self._copies = (file, file.with_suffix(".spare"))
        self._pinned = tuple(sorted(pinned))
        self._lock = threading.Lock()
        found = list(self._read())
        self._is_closed = not found and any(copy.exists() for copy in self._copies)
        self._kept = _highest(found)

    @property
    def damage(self) -> str | None:
        """Why nobody is trusted, in words; None: nothing is damaged."""
        if not self._is_closed:
            return None
        return (
            f"both copies in {self._copies[0].parent} are damaged, so nobody is trusted: see the disk, then "
            "remove that folder by hand; from then on trust.release_keys of the gateway's own file hold"
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The public keys that releases may be signed with: the pinned ones, or those they were rotated to.

        Other pinned keys than at the rotation are a person's doing, at the gateway: then those hold.
        """
        if self._is_closed:
            return ()
        return self._kept.keys if self._kept.keys and self._kept.pinned == self._pinned else self._pinned

    def seen(self, line: str) -> Seen:
        """Return the highest version of a line that was ever taken."""
        return self._kept.seen.get(line, Seen(version=0))

    def refuse_untimely(self, release: Release, *, now_ms: int, is_synced: bool) -> None:
        """Return if a release is of now, as far as this gateway can know.

        A clock that NTP does not hold may show any year, so nothing is refused by it. That the newest release
        ever taken had been issued is known without a clock: what had expired by then has expired. One taken
        while no clock could tell, and issued in days to come, was signed by a clock that is wrong: it counts
        for nothing once NTP holds ours, or nothing signed since would ever be taken.

        Raises
        ------
        ReleaseRefusedError
            It has expired, or was not issued yet.
        """
        known_ms = [seen.issued_ms for seen in self._kept.seen.values()]
        if is_synced:
            known_ms = [now_ms, *(each for each in known_ms if each <= now_ms + _NOT_YET_MS)]
        if release.expires_ms <= max(known_ms, default=0):
            raise ReleaseRefusedError(Refusal.EXPIRED, "it has expired: sign it anew, as a higher version")
        if is_synced and release.issued_ms > now_ms + _NOT_YET_MS:
            raise ReleaseRefusedError(
                Refusal.NOT_YET, "it is issued in days to come: set the clock where it was signed"
            )

    def take(self, opened: OpenedRelease) -> None:
        """Remember for good that this version was taken; keys it brings are trusted from now on.

        Raises
        ------
        StorageError
            If it cannot be kept.
        """
        release, content = opened.release, opened.release.content
        seen = Seen(version=release.version, sha256=opened.signed.sha256, issued_ms=release.issued_ms)
        with self._lock:
            kept = msgspec.structs.replace(self._kept, seen=self._kept.seen | {release.line: seen})
            if isinstance(content, TrustedKeys):
                kept = msgspec.structs.replace(
                    kept, keys=content.keys, pinned=self._pinned, rotated=release.version
                )
            self._keep(kept)

    def note(self, line: str, version: int) -> None:
        """Remember for good that a version of a line was there, though not by which document.

        Raises
        ------
        StorageError
            If it cannot be kept.
        """
        with self._lock:
            if version > self.seen(line).version and not self._is_closed:
                seen = self._kept.seen | {line: Seen(version=version)}
                self._keep(msgspec.structs.replace(self._kept, seen=seen))

    def _keep(self, kept: _Kept) -> None:
        for copy in self._copies:
            write_file(copy, msgspec.json.encode(kept))
        self._kept = kept

    def _read(self) -> Iterator[_Kept]:
        for copy in self._copies:
            try:
                yield msgspec.json.decode(copy.read_bytes(), type=_Kept)
            except FileNotFoundError:
                continue
            except msgspec.MsgspecError as error:
                _log.error("trust.copy_unreadable", file=str(copy), error=str(error))
            except OSError as error:
                raise StorageError(
                    f"{copy} cannot be read ({error}): let the gateway's user read it"
                ) from error


def _highest(copies: Sequence[_Kept]) -> _Kept:
    """Return the higher of both copies, line by line: a power cut falls between them."""
    seen: dict[str, Seen] = {}
    for copy in copies:
        for line, one in copy.seen.items():
            seen[line] = max(one, seen.get(line, one), key=lambda each: each.version)
    newest = max(copies, key=lambda copy: copy.rotated, default=_Kept())
    return msgspec.structs.replace(newest, seen=seen)
