"""What the machine reports, what each figure may be, and how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["FIGURES", "Figure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row: its key in the report, in words, and its bounds; both bounds are passed."""

    key: str
    says: str
    unit: str = ""
    at_least: float = 0.0
    at_most: float = float("inf")

    def passes(self, found: Mapping[str, float]) -> bool:
        """Return whether the figure was found within its bounds."""
        return self.key in found and self.at_least <= found[self.key] <= self.at_most

    def line(self, found: Mapping[str, float]) -> str:
        """Return the figure as a line of a table."""
        value = found.get(self.key)
        shown = (
            "missing" if value is None else f"{value:.10g}" if float(value).is_integer() else f"{value:.2f}"
        )
        verdict = "" if self.passes(found) else f"   <- wanted {self.at_least:g} to {self.at_most:g}"
        return f"{self.says:<58}{shown:>9} {self.unit}{verdict}".rstrip()


FIGURES: Final = (
    Figure(key="boot_s", says="cold boot to the first process", unit="s"),
    Figure(key="warm_s", says="cold boot to every library loaded, when the state is kept", unit="s"),
    Figure(key="take_up_s", says="kept state to the test's first word", unit="s"),
    Figure(key="adapter_ready_s", says="the adapter seen and switched on by BlueZ", unit="s", at_most=30),
    Figure(key="scan_s", says="scan until the peripheral is found", unit="s", at_most=15),
    Figure(key="connect_and_discover_s", says="connect and discover", unit="s", at_most=15),
    Figure(key="steady_per_s", says="notifications received, at 50/s sent", unit="/s", at_least=25),
    Figure(key="steady_lost", says="  of 150 lost", at_most=0),
    Figure(key="burst_per_s", says="notifications received, at 1,000/s sent", unit="/s", at_least=25),
    Figure(key="burst_lost", says="  of 400 lost", at_most=0),
    Figure(key="bonding_s", says="pair and bond (LE Secure Connections)", unit="s", at_most=15),
    Figure(key="loss_to_reconnected_s", says="link loss to reconnected and encrypted", unit="s", at_most=30),
    Figure(key="wearables", says="gateway: wearables of this project in reach", at_least=1),
    Figure(key="wearables_missed", says="gateway: of them never heard", at_most=0),
    Figure(key="gateway_all_streaming_s", says="gateway: start to all streaming", unit="s", at_most=60),
    Figure(
        key="gateway_all_visited_s",
        says="gateway: start to every visitor having come",
        unit="s",
        at_most=90,
    ),
    Figure(
        key="gateway_loss_to_streaming_s",
        says="gateway: all links lost to all streaming",
        unit="s",
        at_most=60,
    ),
    Figure(key="waveform_s", says="gateway: waveforms in the outbox", unit="s", at_least=5),
    Figure(key="observations", says="gateway: observations in the outbox", at_least=5),
    Figure(key="kinds", says="gateway: kinds of value and signal in the outbox", at_least=16),
    Figure(key="gaps", says="gateway: gaps declared for the lost links", at_least=1),
    Figure(key="gaps_unexplained", says="gateway: gaps for any other reason", at_most=0),
    Figure(
        key="largest_hole_ms",
        says="gateway: longest ECG neither stored nor declared",
        unit="ms",
        at_most=1000,
    ),
    Figure(key="gateway_exit_status", says="gateway: exit status when told to stop", at_most=0),
    Figure(key="total_s", says="the whole test", unit="s", at_most=180),
)
