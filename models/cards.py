"""Write a model's card from its manifest, its report and what it is for: no figure is typed by hand."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from models.evaluation import About
from vitals.manifest import ModelManifest

__all__ = ["card", "plain_card", "write_card"]

_SCORES: Final = {"se": "sensitivity", "sp": "specificity", "ppv": "precision", "f1": "F1", "support": "rows"}
_FIGURE_TYPES: Final = (int, float)


def write_card(folder: Path, about: About) -> Path:
    """Generate ``card.md`` from the ``manifest.json``, ``report.json`` and ``figures/`` of a folder."""
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=ModelManifest)
    report = msgspec.json.decode((folder / "report.json").read_bytes())
    figures = sorted(path.stem for path in (folder / "figures").glob("*.png"))
    path = folder / "card.md"
    path.write_text(card(manifest, report, about, figures), encoding="utf-8")
    return path


def card(manifest: ModelManifest, report: dict[str, Any], about: About, figures: Iterable[str] = ()) -> str:
    """Return the card as Markdown."""
    sections = (
        about.purpose.strip(),
        _artefact(manifest, report, about),
        _data(manifest),
        _measured(report),
        _figures(figures),
        f"## Limits\n\n{about.limits.strip()}",
    )
    return f"# {manifest.name}, version {manifest.version}\n\n" + "\n\n".join(filter(None, sections)) + "\n"


def plain_card(name: str, report: dict[str, Any], about: About, figures: Iterable[str] = ()) -> str:
    """Return the card, as Markdown, of signal processing that has no artefact."""
    sections = (
        about.purpose.strip(),
        _measured(report),
        _figures(figures),
        f"## Limits\n\n{about.limits.strip()}",
    )
    return f"# {name}\n\n" + "\n\n".join(filter(None, sections)) + "\n"


def _artefact(manifest: ModelManifest, report: dict[str, Any], about: About) -> str:
    labels = [
        (f"`{label}`", about.label_names.get(label, ""), _threshold(manifest, label))
        for label in manifest.labels
    ]
    inputs = [
        (f"`{tensor.name}`", f"{' x '.join(map(str, tensor.shape))} {tensor.dtype}", tensor.meaning)
        for tensor in manifest.inputs
    ]
    facts = report["model"]
    return f"""## Artefact

`{manifest.artefact}`: {facts["bytes"]:,} bytes, {facts["p50_us"]} us a window on one core. Features of
version {manifest.feature_version}. The output `{manifest.output}` is calibrated: the temperature,
{manifest.temperature}, is inside. {_unlike(manifest)}

{_table(("label", "meaning", "threshold"), labels)}

{_table(("input", "shape", "meaning"), inputs)}"""


def _threshold(manifest: ModelManifest, label: str) -> str:
    return f"{manifest.thresholds[label]:.2f}" if label in manifest.thresholds else "-"


def _unlike(manifest: ModelManifest) -> str:
    if manifest.distance_limit is None:
        return ""
    return (
        f"A window whose `distance` is over {manifest.distance_limit:g} is unlike its training: not judged."
    )


def _data(manifest: ModelManifest) -> str:
    split = manifest.split
    sources = [
        (source.name, source.role, source.records, source.licence, f"`{source.sha256[:16]}`")
        for source in manifest.data
    ]
    pins = ", ".join(f"{name} {pin}" for name, pin in manifest.pins.items())
    return f"""## Data

{_table(("set", "used for", "records", "licence", "SHA-256 begins"), sources)}

Split: {split.description} ({split.train:,} / {split.validation:,} / {split.test:,}).
Seed {manifest.seed}; {pins}."""


def _measured(report: dict[str, Any]) -> str:
    """Return the scores of each class, then every plain figure of the report with its interval."""
    intervals = report.get("intervals", {})
    plain = [
        (name.replace("_", " "), _figure(value), _interval(intervals.get(name)))
        for name, value in report.items()
        if isinstance(value, _FIGURE_TYPES) and not isinstance(value, bool)
    ]
    parts = ["## Measured", _classes(report.get("classes", {}))]
    if plain:
        parts.append(_table(("figure", "value", "95 % over patients"), plain))
    return "\n\n".join(filter(None, parts))


def _classes(classes: dict[str, dict[str, float]]) -> str:
    if not classes:
        return ""
    found = [name for name in _SCORES if all(name in scores for scores in classes.values())]
    rows = [(f"`{label}`", *(_figure(scores[name]) for name in found)) for label, scores in classes.items()]
    return _table(("class", *(_SCORES[name] for name in found)), rows)


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _interval(interval: list[float] | None) -> str:
    return f"{interval[0]:.4g} to {interval[1]:.4g}" if interval else ""


def _figures(names: Iterable[str]) -> str:
    return "\n".join(f"![{name.replace('_', ' ')}](figures/{name}.png)" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
