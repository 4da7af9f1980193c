"""Reports are asked for before a run and written after it: refuse beforehand what could not be written."""

from pathlib import Path

__all__ = ["refuse_unwritable"]


def refuse_unwritable(report: Path | None) -> None:
    """Raise unless there is a folder to write `report` into, or none is wanted.

    Raises
    ------
    ConfigurationError
        Naming the folder that is not there.
    """
    from vitals.errors import ConfigurationError

    if report is not None and not report.parent.is_dir():
        raise ConfigurationError(
            f"the report cannot be written: there is no folder {report.parent}; make it, or name another"
        )
    if report is not None and report.is_dir():
        raise ConfigurationError(f"the report cannot be written: {report} is a folder; name a file in it")
