"""What a program writes on a machine that others use too."""

import os
from typing import Final

import typer

__all__ = ["nothing_for_others"]

_NOT_FOR_OTHERS: Final = 0o027


def nothing_for_others(context: typer.Context) -> None:
    """Have no file this command makes be readable beyond its user and group: it may tell of a patient."""
    before = os.umask(_NOT_FOR_OTHERS)
    os.umask(before | _NOT_FOR_OTHERS)
    context.call_on_close(lambda: os.umask(before))
