"""`carewire bench ingest`: how fast the service makes observations durable."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carewire.bench.figures import Figures


class BatchShape(StrEnum):
    """How 200 observations lie in a batch."""

    RUNS = "runs"
    SINGLE = "single"


class BenchBroker(StrEnum):
    """Which broker stands in between."""

    EMBEDDED = "embedded"
    MOSQUITTO = "mosquitto"


class Peer(StrEnum):
    """What else the same points are written into."""

    INFLUXDB = "influxdb"


def ingest(
    observations: Annotated[int, typer.Option(min=1, help="How many are sent in each run.")] = 1_000_000,
    gateways: Annotated[int, typer.Option(min=1, max=1000, help="How many send them.")] = 10,
    window: Annotated[int, typer.Option(min=1, max=100, help="Batches of each on their way at most.")] = 8,
    shape: Annotated[
        list[BatchShape] | None,
        typer.Option(help="Batches of four runs of 50, or of 200 single observations. Default: both."),
    ] = None,
    alerts: Annotated[
        bool, typer.Option(help="Send it all once more, to a service that judges what it stores as well.")
    ] = True,
    broker: Annotated[BenchBroker, typer.Option(help="mosquitto runs as deploy/ has it, with TLS.")] = (
        BenchBroker.EMBEDDED
    ),
    peer: Annotated[
        Peer | None, typer.Option(help="Write the same points straight into a local InfluxDB 1.x.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON.", metavar="FILE")] = None,
) -> None:
    """Send batches of 200 observations through the broker to the service's store, and time them back."""
    from carewire.bench.ingest import chosen, measure
    from carewire.bench.ward import Burst
    from carewire.commands.bench import answer

    def measured() -> "Figures":
        return measure(
            burst=Burst(observations=observations, gateways=gateways, window=window),
            runs=chosen(shape or [*BatchShape], with_alerts=alerts),
            on_mosquitto=broker is BenchBroker.MOSQUITTO,
            beside_influxd=peer is Peer.INFLUXDB,
        )

    answer("ingest", measured, report)
