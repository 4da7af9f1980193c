"""Enters on the ledger what changes in what gateways run, however it came there: by a roll-out or by hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Final

import structlog

from cloud.ports import SERVICE, Deed, GatewayReader, LedgerNote, RunningBook, RunningVersion
from cloud.stepping import Stepping
from vitals.records import GatewayReport
from vitals.release import Kind

__all__ = ["RunningLog"]

_log = structlog.get_logger(__name__)

_EVERY_S: Final = 20.0
_SOFTWARE: Final = "software"


@dataclass(slots=True, kw_only=True)
class RunningLog:
    """`step` looks at what was reported since the last one. What is known outlives the process."""

    book: RunningBook
    gateways: GatewayReader
    _looked: dict[str, int] = field(default_factory=dict)
    """When each gateway was last heard, as far as it was looked at."""
    _stepping: Stepping = field(
        default_factory=lambda: Stepping(name="running", every_s=_EVERY_S, troubled_s=_EVERY_S)
    )

    def run(self, stop: Event) -> None:
        """Step until `stop` is set; a store in trouble is tried again."""
        self._stepping.run(self.step, stop)

    def wake(self) -> None:
        """Look at once."""
        self._stepping.wake()

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well, in words."""
        return self._stepping.troubles("roll-outs: what gateways run is not written down")

    def step(self) -> None:
        """Write down what has changed."""
        heard = self.gateways.heard_gateways()
        fresh = [gateway for gateway, heard_ms in heard.items() if self._looked.get(gateway) != heard_ms]
        if not fresh:
            return
        known = {(each.gateway, each.line): each.version for each in self.book.running()}
        for gateway in sorted(fresh):
            told = self.gateways.gateway_report(gateway)
            if told is not None:
                self._compare(gateway, *told, known)
            self._looked[gateway] = heard[gateway]

    def _compare(
        self, gateway: str, report: GatewayReport, received_ms: int, known: Mapping[tuple[str, str], str]
    ) -> None:
        for line, version in _lines(report):
            before = known.get((gateway, line))
            if before != version:
                self.book.note_running(
                    RunningVersion(gateway=gateway, line=line, version=version, since_ms=received_ms),
                    _note(gateway, line, (before, version), received_ms),
                )
                _log.info("running.changed", gateway=gateway, line=line, version=version, before=before)


def _lines(report: GatewayReport) -> Iterator[tuple[str, str]]:
    """Yield what a report says that it runs, by line."""
    yield _SOFTWARE, report.software[:40]
    if report.configuration_version is not None:
        yield str(Kind.CONFIGURATION), str(report.configuration_version)
    yield from ((f"{Kind.MODEL} {name}", str(version)) for name, version in sorted(report.models.items()))


def _note(gateway: str, line: str, versions: tuple[str | None, str], t_ms: int) -> LedgerNote:
    before, version = versions
    about = {"gateway": gateway, "line": line, "version": version, "what": "runs"}
    return LedgerNote(
        t_ms=t_ms,
        deed=Deed.MODEL_CHANGED if line.startswith(str(Kind.MODEL)) else Deed.CONFIGURATION_CHANGED,
        actor=SERVICE,
        about=about if before is None else {**about, "before": before},
    )
