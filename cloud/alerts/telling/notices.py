"""What those who run the service are told of alerts that reach nobody: that it is so, not what it is.

They may not see the patient, so no condition, no value and no name goes to them.
"""

from collections.abc import Sequence
from dataclasses import replace

from cloud.alerts.wording.language import chosen
from cloud.alerts.wording.quantities import Reader
from cloud.ports import Alert, Family, Occasion, Priority, Words

__all__ = ["UNTOLD_CONDITION", "without_contents", "words_of_notice"]

UNTOLD_CONDITION = "alert-reaches-nobody"


def without_contents(alert: Alert) -> Alert:
    """Return what may be said of an alert to somebody who may not see its patient."""
    summary = "An alert can be told to nobody."
    return replace(
        alert,
        condition=UNTOLD_CONDITION,
        family=Family.TECHNICAL,
        explanation={"title": "An alert reaches nobody", "summary": summary},
        acknowledged_by=None,
        acknowledged_reason=None,
    )


def words_of_notice(alerts: Sequence[Alert], reader: Reader) -> Words:
    """Say of how many alerts and of whom it is so, and what to do."""
    words = reader.words
    line = words.messages.untold.format(
        count=len(alerts), high=sum(one.priority is Priority.HIGH for one in alerts)
    )
    patients = words.style.list.join(sorted({one.patient_id for one in alerts}))
    body = words.style.sentences.join((line, words.messages.untold_help.format(patients=patients)))
    return Words(
        subject=words.occasions[Occasion.UNTOLD], line=line, body=body, language=chosen([reader.language])
    )
