"""`carewire cloud forget`: one patient erased from everything this service keeps, whether it runs or not."""

import secrets
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vitals.errors import StorageError

if TYPE_CHECKING:
    from cloud.bootstrap.stores import Stores
    from cloud.config import CloudSettings
    from cloud.ports import Erasure

Config = Annotated[
    Path | None, typer.Option("--config", help="TOML settings; CAREWIRE_CLOUD_* in the environment go first.")
]
_LOOK_EVERY_S: Final = 0.5
_ENTRIES: Final = "ledger_entry"
"""That somebody was erased is entered even where nothing was kept of them."""


def forget(
    patient: Annotated[str, typer.Argument(help="The patient's id, as `carewire cloud patient` takes it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait_s: Annotated[
        float, typer.Option("--wait", help="Seconds to wait for a service that runs; it goes on after that.")
    ] = 120.0,
    config: Config = None,
) -> None:
    """Erase a patient for good: their key, what was measured, what was told; from every backup by that key.

    A service that runs does it, beside all else; what gateways still send of the patient is not kept.
    """
    from cloud.bootstrap.stores import open_stores
    from cloud.config import load_settings
    from cloud.storage.series import refuse_empty_place, series_file
    from cloud.storage.sqlite_snapshot import refuse_if_open

    settings = load_settings(config)
    refuse_empty_place(settings)
    if not yes:
        typer.confirm(f"Erase everything of {patient} for good?", abort=True)
    try:
        refuse_if_open(series_file(settings))
        is_running = False
    except StorageError:
        is_running = True
    with closing(open_stores(settings)) as stores:
        asked = _asked(stores, patient, settings)
        done = _waited_for(stores, asked, wait_s) if is_running else _done(stores, asked, settings)
    for sort, count in sorted(done.rows.items()):
        typer.echo(f"{count:>9} {sort}")
    for gateway in done.gateways:
        typer.echo(f"{gateway} was asked to drop what it holds")
    is_known = done.rows.keys() - {_ENTRIES}
    typer.echo(f"{patient} is forgotten" if is_known else f"nothing is kept of {patient}")


def _asked(stores: "Stores", patient_id: str, settings: "CloudSettings") -> "Erasure":
    from cloud.ports import OPERATOR, Erasure

    now_ms = settings.clock.clock().wall_ms()
    asked = Erasure(
        reference=secrets.token_hex(16),
        patient_id=patient_id,
        asked_by=OPERATOR,
        asked_ms=now_ms,
        due_ms=now_ms,
    )
    return stores.relational.erasures.ask_now(asked)


def _done(stores: "Stores", asked: "Erasure", settings: "CloudSettings") -> "Erasure":
    from cloud.bootstrap.erasing import eraser_over

    eraser = eraser_over(stores, settings, settings.clock.clock())
    eraser.erase(asked)
    return stores.relational.erasures.by_reference(asked.reference) or asked


def _waited_for(stores: "Stores", asked: "Erasure", wait_s: float) -> "Erasure":
    from cloud.ports import ErasureState

    deadline_s = time.monotonic() + wait_s
    while time.monotonic() < deadline_s:
        found = stores.relational.erasures.by_reference(asked.reference)
        if found is not None and found.state is ErasureState.DONE:
            return found
        time.sleep(_LOOK_EVERY_S)
    raise StorageError(
        "the service has not erased the patient yet and goes on with it: `carewire cloud health` says why; "
        "a process with the role ingest must run"
    )
