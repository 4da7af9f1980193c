"""What is tried and measured here stays apart from what this machine keeps."""

import os

__all__ = ["keep_apart"]

_SETTINGS = ("CAREWIRE_CLOUD_", "CAREWIRE_EDGE_")


def keep_apart() -> None:
    """Take the settings of a real service or gateway out of this process's environment, and its children's.

    They go before any settings file: with a `data_dir` among them the parts of a trial, made to be struck
    and filled, would work on what is really kept.
    """
    for name in [name for name in os.environ if name.upper().startswith(_SETTINGS)]:
        del os.environ[name]
