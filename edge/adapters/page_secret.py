"""The secret that signs the page's cookies, kept so that a tablet on the wall outlives a restart."""

import os
import secrets
from pathlib import Path
from typing import Final

import structlog

__all__ = ["page_secret"]

_log = structlog.get_logger()

_BYTES: Final = 32


def page_secret(file: Path) -> bytes:
    """Return the secret in `file`, made there if need be; where the disk refuses, one for this run."""
    try:
        kept = file.read_bytes() if file.exists() else b""
        if len(kept) == _BYTES:
            return kept
        fresh = secrets.token_bytes(_BYTES)
        beside = file.with_suffix(".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(fresh)
        beside.replace(file)
    except OSError as error:
        _log.warning("page.secret_not_kept", file=str(file), error=str(error))
        return secrets.token_bytes(_BYTES)
    return fresh
