"""`carewire cloud rollout sign`: make a release, on whichever machine has the key; it needs no service."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vitals.release import ModelContent, SettingsContent, TrustedKeys

__all__ = ["app"]

app = typer.Typer(help="Sign settings, a model, or the keys to trust from now on.", no_args_is_help=True)

_DAY_MS = 24 * 3_600_000

Key = Annotated[Path, typer.Option(help="The private key of `carewire cloud release-key make`.")]
Out = Annotated[Path, typer.Option(help="Where to write the signed release.")]
Version = Annotated[int, typer.Option(min=1, help="Above every version before: they only rise.")]
Target = Annotated[str, typer.Option(help="One gateway's id, or all.")]
Days = Annotated[int, typer.Option(min=1, max=3_650, help="For how long gateways may begin to use it.")]


@app.command("settings")
def settings(
    toml: Annotated[Path, typer.Argument(help="Settings to lay over each gateway's file.", metavar="FILE")],
    version: Version,
    key: Key,
    out: Out,
    target: Target = "all",
    days: Days = 90,
) -> None:
    """Sign settings; they take the place of the version before as a whole."""
    from vitals.errors import ConfigurationError
    from vitals.release import SettingsContent

    try:
        text = toml.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{toml} cannot be read ({error}): name a TOML file") from error
    _sign(SettingsContent(toml=text), version, key, out, target, days)


@app.command("model")
def model(
    folder: Annotated[Path, typer.Argument(help="A model's folder, itself signed.", metavar="FOLDER")],
    key: Key,
    out: Out,
    target: Target = "all",
    days: Days = 90,
) -> None:
    """Sign a model at the version of its manifest, with what it answers to its reference inputs here."""
    from hashlib import sha256

    from edge.adapters.tflite import TfliteModel
    from vitals.manifest import MANIFEST_FILE, load_verified
    from vitals.model_bundle import bundle_of
    from vitals.model_vectors import VECTOR_SEEDS, vector_inputs
    from vitals.release import ModelContent, Vector

    manifest, bundle = bundle_of(folder)
    loaded = TfliteModel(*load_verified(folder / MANIFEST_FILE, trusted=None))
    vectors = tuple(
        Vector(
            seed=seed,
            answer=tuple(
                min(1.0, max(0.0, loaded.infer(vector_inputs(manifest, seed)).probabilities[label]))
                for label in manifest.labels
            ),
        )
        for seed in VECTOR_SEEDS
    )
    digest = sha256(bundle).hexdigest()
    content = ModelContent(name=manifest.name, sha256=digest, size=len(bundle), vectors=vectors)
    _sign(content, manifest.version, key, out, target, days, bundle=bundle)


@app.command("keys")
def keys(
    public: Annotated[list[str], typer.Argument(help="Public keys, in hexadecimal: these and no other.")],
    version: Version,
    key: Key,
    out: Out,
    target: Target = "all",
    days: Days = 90,
) -> None:
    """Sign, with a key that is trusted now, which keys gateways trust from now on."""
    from vitals.release import TrustedKeys

    _sign(TrustedKeys(keys=tuple(public)), version, key, out, target, days)


def _sign(
    content: "SettingsContent | ModelContent | TrustedKeys",
    version: int,
    key: Path,
    out: Path,
    target: str,
    days: int,
    *,
    bundle: bytes | None = None,
) -> None:
    from carewire.release_key import load_key
    from carewire.signed_file import SignedFile, write_signed
    from vitals.release import Release, sign_release

    now_ms = time.time_ns() // 1_000_000
    release = Release(
        target=target,
        version=version,
        issued_ms=now_ms,
        expires_ms=now_ms + days * _DAY_MS,
        content=content,
    )
    write_signed(out, SignedFile(release=sign_release(release, load_key(key)), bundle=bundle))
    typer.echo(f"{release.line} version {version} for {target}: {out}")
