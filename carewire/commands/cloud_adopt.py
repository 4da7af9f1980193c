"""`carewire cloud device adopt`: what a device measured before it was bound, given to who wore it."""

import json
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vitals.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud.ports import LedgerNote, Wearing
    from cloud.storage.relational.opening import Relational
    from cloud.storage.series import SeriesStores

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def adopt(
    device_id: Annotated[str, typer.Argument(help="The device, such as a0-9e-1a-00-00-01.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give what a device measured under nobody to who wore it then by its bindings; no alert comes of it."""
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational
    from cloud.storage.series import open_series_stores, refuse_empty_place

    settings = load_settings(config)
    refuse_empty_place(settings)
    with ExitStack() as opened:
        relational = open_relational(settings.database_url, keys=settings.key_place())
        opened.callback(relational.close)
        wearings = relational.directory.wearings_of([device_id]).get(device_id, ())
        if not wearings:
            raise ConfigurationError(
                f"nobody ever wore {device_id}: say first who, with "
                f"`carewire cloud device bind {device_id} PATIENT --since TIME`"
            )
        stores = open_series_stores(settings)
        opened.callback(stores.close)
        _refuse_strangers(device_id, stores, relational, wearings)
        relational.ledger.append_all(_notes(device_id, wearings, settings.clock.clock().wall_ms()))
        given = stores.unbound.adopt(device_id, wearings)
    if as_json:
        typer.echo(json.dumps(asdict(given)))
    else:
        typer.echo(
            f"given to who wore {device_id}: {given.points:,} points, {given.strips:,} strips of waveform, "
            f"{given.events:,} events, {given.gaps:,} gaps"
        )


def _refuse_strangers(
    device_id: str, stores: "SeriesStores", relational: "Relational", wearings: "Sequence[Wearing]"
) -> None:
    """Refuse while a gateway that brought any of it does not speak for everybody who would be given it."""
    from cloud.gateways.standing import Standings
    from cloud.ingest.household import may_not_give

    found = [each for each in stores.unbound.unbound_devices() if each.device == device_id]
    standing = Standings(book=relational.gateway_book, monotonic_s=time.monotonic)
    for gateway, patients in may_not_give(found, wearings, standing).items():
        raise ConfigurationError(
            f"{device_id} was heard through {gateway}, which does not speak for "
            f"{', '.join(sorted(patients))}: if it may, `carewire cloud gateway speaks-for {gateway} "
            "PATIENT...` with all it may speak for, then ask again"
        )


def _notes(device_id: str, wearings: "Sequence[Wearing]", now_ms: int) -> "list[LedgerNote]":
    from cloud.ports import OPERATOR, Deed, LedgerNote

    return [
        LedgerNote(
            t_ms=now_ms,
            deed=Deed.QUARANTINE_RELEASED,
            actor=OPERATOR,
            patient_id=patient_id,
            about={"device": device_id},
        )
        for patient_id in sorted({wearing.patient_id for wearing in wearings})
    ]
