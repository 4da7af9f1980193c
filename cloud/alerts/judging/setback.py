"""A clock that was set back: all a wearable tells is older than what it told before, at the pace of time.

What only comes late comes faster than it was measured, or between values that are news. Until the old time is
reached again no value would be news, and for an hour nobody would be told of a slow heart.
"""

from typing import Final

import msgspec

from cloud.alerts.judging import history
from cloud.alerts.judging.chart import Chart, is_doubtful
from vitals.records import ObservationRun

__all__ = ["SETBACK_MS", "note_setback"]

SETBACK_MS: Final = 60_000
"""By the server's clock; sooner it may be what a gateway held back for a moment."""
_LONGEST_MS: Final = 15 * SETBACK_MS
"""Once so long went by between two such values, they are of no stream."""
_PACE_MS: Final = 15_000
"""So far the two clocks may part in that time: batches wait for each other."""


def note_setback(chart: Chart, run: ObservationRun) -> None:
    """Begin anew with a device that told nothing but older values for a while, as fast as time goes by."""
    memory, t_ms = chart.device(run.device), run.t_ms[-1]
    newest_ms = memory.newest_ms.get(run.kind)
    if newest_ms is None or t_ms == newest_ms or is_doubtful(t_ms, chart.received_ms):
        return
    if t_ms > newest_ms:
        _note_behind(chart, run.device, None)
    elif memory.behind is None or not _is_at_pace(memory.behind, t_ms, chart.received_ms):
        _note_behind(chart, run.device, (t_ms, chart.received_ms))
    elif chart.received_ms - memory.behind[1] >= SETBACK_MS:
        _begin_anew(chart, run.device, t_ms)


def _note_behind(chart: Chart, device: str, behind: tuple[int, int] | None) -> None:
    memory = chart.device(device)
    if memory.behind != behind:
        chart.devices[device] = msgspec.structs.replace(memory, behind=behind)


def _is_at_pace(behind: tuple[int, int], t_ms: int, received_ms: int) -> bool:
    began_ms, began_received_ms = behind
    passed_ms = received_ms - began_received_ms
    return 0 <= passed_ms <= _LONGEST_MS and abs(t_ms - began_ms - passed_ms) <= _PACE_MS


def _begin_anew(chart: Chart, device: str, t_ms: int) -> None:
    """Forget what of the device is dated later than now: its like is to be news again."""
    memory = chart.device(device)
    chart.devices[device] = msgspec.structs.replace(
        memory, newest_ms={}, courses={}, report_ms=-1, behind=None
    )
    for kind in memory.newest_ms:
        if chart.newest.get(kind, [(0, 0.0)])[-1][0] > t_ms:
            del chart.newest[kind]
        if kind in chart.lately and history.newest_ms(chart.lately[kind]) > t_ms:
            del chart.lately[kind]
        if kind in chart.latest and chart.latest[kind].device == device:
            del chart.latest[kind]
