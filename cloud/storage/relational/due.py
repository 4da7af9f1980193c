"""When an alert is to be looked at again: a time beside it, which whatever may matter to it sets to now.

`due_ms` is null once nothing more will come of an alert. Rousing never writes the value that was read: who
judged by what was so before it finds the row changed, and looks again.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, case, update

from cloud.storage.relational.tables import alert

__all__ = ["AT_ONCE_MS", "rouse"]

AT_ONCE_MS: Final = 0
_SOONER: Final = {"due_ms": case((alert.c.due_ms > AT_ONCE_MS, AT_ONCE_MS), else_=alert.c.due_ms - 1)}


def rouse(connection: Connection, patient_ids: Collection[str] | None = None) -> None:
    """Have the open alerts of these patients looked at at once; of everybody, if none are named."""
    those = update(alert).where(alert.c.due_ms.is_not(None)).values(_SOONER)
    if patient_ids is not None:
        those = those.where(alert.c.patient_id.in_(sorted(patient_ids)))
    connection.execute(those)
