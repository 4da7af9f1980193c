"""A `cloud.care.rehearsing.Rehearsal` that says what it was told to, and remembers what it was asked."""

from dataclasses import dataclass, field

from cloud.alerts.rules.ruleset import RuleSet
from cloud.care.rehearsing import RehearsalReport
from cloud.rehearsal.outcome import Caution

QUIET = RehearsalReport(days=14.0, alerts=2, share=0.01)
TOO_MUCH = RehearsalReport(
    days=14.0,
    alerts=340,
    share=0.62,
    is_too_much=True,
    cautions=("tachycardia would be an alert for 62 % of what was measured.",),
    reasons=(Caution.ALARMS_MOST_OF_THE_TIME,),
)


@dataclass(slots=True)
class FakeRehearsal:
    report: RehearsalReport = QUIET
    asked: list[tuple[str, RuleSet]] = field(default_factory=list)

    def of(self, patient_id: str, rules: RuleSet) -> RehearsalReport:
        self.asked.append((patient_id, rules))
        return self.report
