"""What became of alerts, read for many patients at once without what they said."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, func, select

from cloud.ports import AlertCourse, AlertState, Courses, Family, Priority, Telling
from cloud.storage.relational.database import Database
from cloud.storage.relational.tables import alert, hand_off

__all__ = ["RelationalBurden"]

_COURSE = (
    alert.c.id,
    alert.c.patient_id,
    alert.c.condition,
    alert.c.family,
    alert.c.priority,
    alert.c.raised_ms,
    alert.c.acknowledged_ms,
    alert.c.acknowledged_by,
    alert.c.acknowledged_reason,
    alert.c.delayed,
)
_TELLING = (
    hand_off.c.alert_id,
    hand_off.c.channel,
    hand_off.c.person_id,
    hand_off.c.at_ms,
    hand_off.c.occasion,
    hand_off.c.error.is_not(None).label("failed"),
    hand_off.c.receipt.is_not(None).label("has_receipt"),
)


class RelationalBurden:
    """The BurdenReader port on a relational database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def courses(self, patient_ids: Collection[str], from_ms: int, to_ms: int, limit: int) -> Courses:
        """Return what became of the newest `limit` alerts, and how many others there are."""
        raised = _raised(patient_ids, from_ms, to_ms)
        newest = select(*_COURSE).where(raised).order_by(alert.c.raised_ms.desc(), alert.c.id).limit(limit)
        with self._database.read() as connection:
            rows = connection.execute(newest).mappings().all()
            total = connection.scalar(select(func.count()).select_from(alert).where(raised)) or 0
        courses = [
            AlertCourse(**{**row, "family": Family(row["family"]), "priority": Priority(row["priority"])})
            for row in reversed(rows)
        ]
        return Courses(courses=courses, omitted=max(0, total - len(courses)))

    def tellings(
        self, patient_ids: Collection[str], from_ms: int, to_ms: int, limit: int
    ) -> Sequence[Telling]:
        """Return the newest `limit` hand-offs and holds of those alerts, oldest first."""
        newest = (
            select(*_TELLING)
            .join(alert, alert.c.id == hand_off.c.alert_id)
            .where(_raised(patient_ids, from_ms, to_ms))
            .order_by(hand_off.c.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(newest).mappings().all()
        flags = ("failed", "has_receipt")
        return tuple(Telling(**{**row} | {name: bool(row[name]) for name in flags}) for row in reversed(rows))


def _raised(patient_ids: Collection[str], from_ms: int, to_ms: int) -> ColumnElement[bool]:
    return and_(
        alert.c.patient_id.in_(list(patient_ids)),
        alert.c.raised_ms >= from_ms,
        alert.c.raised_ms < to_ms,
        alert.c.state != AlertState.PENDING,
    )
