"""Write a model's card from its manifest and report: nothing on it is typed by hand."""

from pathlib import Path
from typing import Any, Final

import msgspec

from vitals.manifest import ModelManifest

__all__ = ["card", "metrics_of", "write_card"]

_METRICS: Final = {
    "cinc2017_mean_f1": ("cinc2017_test", "mean_f1"),
    "cinc2017_calibration_error": ("cinc2017_test", "calibration_error"),
    "cinc2017_af_sensitivity": ("cinc2017_test", "af_sensitivity"),
    "cinc2017_af_specificity": ("cinc2017_test", "af_specificity"),
    "mitdb_af_sensitivity": ("mitdb", "af_sensitivity"),
    "mitdb_af_specificity": ("mitdb", "af_specificity"),
}
"""What the manifest repeats of the report: name there, and the way to it here."""

_NAMES: Final = {"N": "normal", "A": "atrial fibrillation", "O": "other rhythm", "~": "too noisy"}


def metrics_of(report: dict[str, Any]) -> dict[str, float]:
    """Pick the figures the manifest carries, as far as they were measured."""
    found = {name: report.get(part, {}).get(figure) for name, (part, figure) in _METRICS.items()}
    return {name: float(value) for name, value in found.items() if value is not None}


def write_card(folder: Path) -> Path:
    """Generate ``card.md`` from the ``manifest.json`` and ``report.json`` of a folder."""
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=ModelManifest)
    report = msgspec.json.decode((folder / "report.json").read_bytes())
    path = folder / "card.md"
    path.write_text(card(manifest, report), encoding="utf-8")
    return path


def card(manifest: ModelManifest, report: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    sections = [
        _purpose(manifest, report),
        _data(manifest),
        _unseen(manifest, report),
        _external(report),
        _LIMITS,
    ]
    return f"# {manifest.name}, version {manifest.version}\n\n" + "\n\n".join(filter(None, sections)) + "\n"


def _purpose(manifest: ModelManifest, report: dict[str, Any]) -> str:
    labels = ", ".join(f"`{label}` {_NAMES.get(label, '')}".strip() for label in manifest.labels)
    thresholds = ", ".join(f"`{label}` {value:.2f}" for label, value in manifest.thresholds.items())
    int8 = report["int8"]
    inputs = [
        (f"`{tensor.name}`", f"{' x '.join(map(str, tensor.shape))} {tensor.dtype}", tensor.meaning)
        for tensor in manifest.inputs
    ]
    return f"""Classifies 30 s of a single-lead ECG: {labels}.
The output `{manifest.output}` is calibrated: the temperature, {manifest.temperature}, is inside the artefact.
Thresholds: {thresholds}.

`{manifest.artefact}`: {report["artefact_bytes"]:,} bytes, {report["inference_p50_us"]} us on one core.
It differs from the network by at most {report["conversion_difference"]:.1g}.
The int8 twin: {int8["bytes"]:,} bytes, {int8["inference_p50_us"]} us; F1 {int8["mean_f1_difference"]:+.4f}.

{_table(("input", "shape", "meaning"), inputs)}"""


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


def _unseen(manifest: ModelManifest, report: dict[str, Any]) -> str:
    test = report["cinc2017_test"]
    low, high = test["mean_f1_interval_95"]
    by_label = [
        (_NAMES.get(label, label), f"{test['f1'][label]:.3f}", *row)
        for label, row in zip(manifest.labels, test["confusion"], strict=True)
    ]
    return f"""## On {test["records"]:,} unseen records of CinC 2017

Mean F1 of {", ".join(test["mean_f1_of"])}: **{test["mean_f1"]:.3f}**
(95 % of bootstraps over records: {low:.3f} to {high:.3f}).
Expected calibration error {test["calibration_error"]:.3f}.
AF at the threshold: sensitivity {test["af_sensitivity"]:.3f}, specificity {test["af_specificity"]:.3f}.

{_table(("annotated", "F1", *(f"judged {label}" for label in manifest.labels)), by_label)}

![Confusion](figures/confusion.png) ![Reliability](figures/reliability.png) ![AF](figures/af_curves.png)"""


def _external(report: dict[str, Any]) -> str:
    if "mitdb" not in report:
        return ""
    check = report["mitdb"]
    rows = [(row["record"], row["rhythm"], row["windows"], row["flagged_af"]) for row in check["by_record"]]
    return f"""## External check: MIT-BIH, at {check["rate_hz"]:.0f} Hz through the gateway's own R peaks

Windows of {check["window_s"]} s, {check["hop_s"]:.0f} s apart, labelled by the rhythm that fills them.
Fibrillation: sensitivity {check["af_sensitivity"]:.3f} over {check["af_windows"]} windows.
Others: specificity {check["af_specificity"]:.3f} over {check["other_windows"]}.
Flutter and mixed windows stand apart.
The network never saw these patients; how specific the AF threshold must be was settled after a look at them.

{_table(("record", "rhythm", "windows", "flagged as AF"), rows)}"""


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


_LIMITS: Final = """## Limits

Not a medical device and no diagnosis: it orders what a person should look at. Trained on one hand-held
lead of adults at rest; exercise, children, pacemakers and atrial flutter were hardly seen. A short run of AF
inside a window may be missed, and frequent ectopic beats can look like it. The interval is over records of
one set."""
