"""`carewire ledger`: the key, heads that somebody keeps, the export, and whether it holds."""

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from carewire.commands.cloud_doctor import AsJson, Config
from carewire.commands.privacy import nothing_for_others
from carewire.commands.progress import progress_shown

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from cloud.ledger.verify import Report
    from vitals.ledger.heads import TreeHead

app = typer.Typer(
    help="Who looked at what, and what was changed: a record that nobody can rewrite unnoticed.",
    epilog="Exit status of head and verify: 0 it holds, 1 it could not be checked, 2 it is not what it was.",
    no_args_is_help=True,
    callback=nothing_for_others,
)

_DAMAGED = 2

Key = Annotated[
    str | None,
    typer.Option(help="The public key: 64 hexadecimal digits, or a file that holds them.", metavar="KEY"),
]


@app.command()
def keygen(
    file: Annotated[
        Path | None, typer.Argument(help="Where; unset, where the settings say that the key is.")
    ] = None,
    config: Config = None,
) -> None:
    """Make a key that signs heads, where there is none, and print its public half."""
    from cloud.config import load_settings
    from cloud.ledger.keys import KEY_FILE, make_key, public_text

    settings = load_settings(config)
    typer.echo(public_text(make_key(file or settings.ledger.key_file or settings.data_dir / KEY_FILE)))


@app.command()
def key(config: Config = None) -> None:
    """Print the public key: what witnesses, and whoever verifies an export, are given."""
    from cloud.bootstrap.ledger import signer_over
    from cloud.config import load_settings
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    with closing(open_relational(settings.database_url, keys=settings.key_place())) as relational:
        typer.echo(signer_over(settings, relational, settings.clock.clock().wall_ms).public_key())


@app.command()
def head(
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Compare with the head kept in this file, and keep the new one if it holds.", metavar="FILE"
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Ask a service over HTTP; unset, the database here.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A file with the bearer token to ask with.", metavar="FILE")
    ] = None,
    key: Key = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print the newest head; with --keep, be a witness: exit 2 if the past was changed, and keep nothing."""
    from carewire.ledger_source import LocalLedger, RemoteLedger
    from carewire.ledger_witness import witness
    from cloud.config import load_settings
    from vitals.errors import ConfigurationError
    from vitals.ledger.head_file import HeadFile
    from vitals.ledger.heads import encode_head

    if url is not None and token_file is None:
        raise ConfigurationError("--url wants --token-file: whoever is not signed in is told nothing")
    source = (
        RemoteLedger(url=url, token_file=token_file)
        if url is not None and token_file is not None
        else LocalLedger(settings=load_settings(config))
    )
    with closing(source):
        seen = witness(source, None if keep is None else HeadFile(path=keep), _key_of(key))
    if as_json:
        typer.echo(json.dumps({"verdict": seen.verdict, "head": json.loads(encode_head(seen.head))}))
    else:
        typer.echo(encode_head(seen.head).decode())
        Console(stderr=True, highlight=False).print(seen.says, soft_wrap=True)
    if seen.accuses:
        raise typer.Exit(_DAMAGED)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; it names nobody.")], config: Config = None
) -> None:
    """Write all entries, under a head signed now, to a file that anybody can verify with the public key."""
    from cloud.bootstrap.ledger import signer_over
    from cloud.config import load_settings
    from cloud.ledger.export import export_ledger
    from cloud.storage.relational.opening import open_relational
    from cloud.storage.sqlite_file import translated

    settings = load_settings(config)
    with (
        closing(open_relational(settings.database_url, keys=settings.key_place())) as relational,
        progress_shown() as show,
    ):
        signer = signer_over(settings, relational, settings.clock.clock().wall_ms)
        signed = signer.head()
        fresh = file.with_name(f"{file.name}.new")
        with translated(file):
            with fresh.open("wb") as to:
                export_ledger(
                    relational.ledger_book, signed, to, lambda done: show("entries", done / signed.size)
                )
            fresh.replace(file)
    typer.echo(f"{signed.size:,} entries in {file}; verify it with --key {signer.public_key()}")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="What `carewire ledger export` wrote.")],
    key: Annotated[
        str,
        typer.Option(help="The public key: 64 hexadecimal digits, or a file that holds them.", metavar="KEY"),
    ],
    head: Annotated[
        Path | None,
        typer.Option(
            help="A head kept from before: what was cut off since is noticed by it.", metavar="FILE"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check an exported ledger with nothing but the public key; exit 2 and say what was done to it."""
    from cloud.ledger.export_lines import lines_of
    from cloud.ledger.verify import verify_export
    from vitals.errors import StorageError
    from vitals.ledger.head_file import HeadFile
    from vitals.ledger.heads import read_key

    kept = None if head is None else HeadFile(path=head).read()
    if head is not None and kept is None:
        raise StorageError(f"{head} is not there: name the file that `carewire ledger head --keep` wrote")
    public = _key_of(key) or read_key(key)
    try:
        with file.open("rb") as lines, progress_shown() as show:
            size = max(1, file.stat().st_size)
            report = verify_export(
                lines_of(lines), public, kept, lambda _: show("verified", lines.tell() / size)
            )
    except OSError as error:
        raise StorageError(f"{file} cannot be read ({error}): name the file that was exported") from error
    _print_report(report, as_json=as_json)
    if not report.holds:
        raise typer.Exit(_DAMAGED)


@app.command()
def restored(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, config: Config = None
) -> None:
    """Say, for everybody to see, that the database was set back to a backup: heads are signed again.

    `carewire cloud restore` says it by itself; this is for a database that was brought back by other means.
    Every witness tells its people, and keeps the head it had as proof of what was lost.
    """
    from cloud.bootstrap.ledger import signer_over
    from cloud.config import load_settings
    from cloud.storage.relational.ledger_restored import declare_restored
    from cloud.storage.relational.opening import open_relational

    settings = load_settings(config)
    if not yes:
        typer.confirm("Was a backup restored, and is everybody to be told so?", abort=True)
    with closing(open_relational(settings.database_url, keys=settings.key_place())) as relational:
        wall_ms = settings.clock.clock().wall_ms
        declare_restored(relational.database, wall_ms())
        signed = signer_over(settings, relational, wall_ms).head()
    typer.echo(f"declared: a new epoch begins after {signed.size - 1:,} entries")


def _key_of(text: str | None) -> "Ed25519PublicKey | None":
    from vitals.ledger.heads import read_key

    if text is None:
        return None
    try:
        path = Path(text)
        return read_key(path.read_text() if path.is_file() else text)
    except (OSError, UnicodeDecodeError):
        return read_key(text)


def _print_report(report: "Report", *, as_json: bool) -> None:
    newest: TreeHead | None = report.newest
    if as_json:
        facts = {
            "holds": report.holds,
            "entries": report.size,
            "heads": report.heads,
            "origin": newest.origin if newest else None,
            "epoch": newest.epoch if newest else None,
            "findings": [asdict(finding) for finding in report.findings],
        }
        typer.echo(json.dumps(facts))
        return
    console = Console(highlight=False)
    for finding in report.findings:
        console.print(f"[bold red]{finding.damage}[/]: {finding.says}", soft_wrap=True)
    if report.holds:
        console.print(f"it holds: {report.size:,} entries under {report.heads:,} signed heads")
