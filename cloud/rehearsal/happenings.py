"""What was told, not measured, rehearsed: conclusions of gateways, words of devices, declared losses."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter
from typing import TypeVar

from cloud.alerts.rules.rows import DeviceRule
from cloud.ports import AlertState
from cloud.rehearsal.history import History, Span
from cloud.rehearsal.outcome import RehearsedAlert
from cloud.rehearsal.trial import Trial
from vitals.records import AnyRecord, DeviceReport

__all__ = ["HappeningRehearsal"]

_Record = TypeVar("_Record", bound=AnyRecord)


@dataclass(slots=True, kw_only=True)
class HappeningRehearsal:
    """The rows of a plan that rest on what is told, before one patient; `trial` holds those rows alone."""

    trial: Trial

    def take(self, history: History, stretch: Span) -> None:
        """Judge what was told in a stretch, in the order of its times."""
        for at_ms, record in _told(history, stretch):
            self._ripen(at_ms)
            if not isinstance(record, DeviceReport) or self._matters(record):
                self.trial.judge(record, at_ms=at_ms)
        self._ripen(stretch.to_ms)

    def raised(self) -> Sequence[RehearsedAlert]:
        """Return what would have been raised."""
        return tuple(self.trial.raised.values())

    def _matters(self, report: DeviceReport) -> bool:
        """Tell whether a report can change anything: most say that all is well, as the last one did."""
        rules = self.trial.plan.rules.of(DeviceRule)
        return any(self.trial.episode(rule.key, report.device) or rule.begins(report) for rule in rules)

    def _ripen(self, until_ms: int) -> None:
        """Raise what has lasted by then with nobody saying otherwise, each at its time."""
        for due_ms in sorted(set(self._due_ms())):
            if due_ms < until_ms:
                self.trial.let_pass(due_ms)

    def _due_ms(self) -> Iterator[int]:
        rules = self.trial.plan.rules
        for episode in self.trial.state.episodes:
            rule = rules[episode.rule]
            if isinstance(rule, DeviceRule) and episode.life is AlertState.PENDING:
                yield episode.began_received_ms + rule.hold_s * 1000


def _told(history: History, stretch: Span) -> Iterable[tuple[int, AnyRecord]]:
    """Return what was told by when it was; a conclusion when it was complete, a loss when it was over."""
    events = _dated(history.events(stretch), lambda event: event.noticed_ms)
    reports = _dated(_first_words(history.reports(stretch)), lambda report: report.t_ms)
    gaps = _dated(history.gaps(stretch), lambda gap: gap.to_ms)
    over = [(to_ms, gap) for to_ms, gap in gaps if stretch.from_ms < to_ms <= stretch.to_ms]
    return merge(events, reports, over, key=itemgetter(0))


def _first_words(reports: Iterable[DeviceReport]) -> Iterable[DeviceReport]:
    """Leave out a second word of a wearable on one instant: to who judges it is no news."""
    first: dict[tuple[str, int], DeviceReport] = {}
    for report in reports:
        first.setdefault((report.device, report.t_ms), report)
    return first.values()


def _dated(records: Iterable[_Record], when: Callable[[_Record], int]) -> list[tuple[int, _Record]]:
    return sorted(((when(record), record) for record in records), key=itemgetter(0))
