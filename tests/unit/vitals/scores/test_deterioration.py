"""The table of the shipped model, held against its artefact, and tables that must not be used."""

import shutil

import msgspec
import numpy as np
import pytest

from models.interpreter import run_outputs
from models.registry import ARTEFACTS_DIR
from vitals.errors import ModelRejectedError
from vitals.features.deterioration import PARAMETERS, WINDOW_HOURS, deterioration_inputs
from vitals.manifest import load_verified
from vitals.scores.deterioration import (
    KEYS,
    TABLE_NAME,
    DeteriorationModel,
    DeteriorationTable,
    load_deterioration,
)

MANIFEST = ARTEFACTS_DIR / "deterioration" / "manifest.json"


def rows(count=60):
    """Random people, each with some of the quantities."""
    random = np.random.default_rng(5)
    for _ in range(count):
        hours = {
            each.key: np.where(
                random.random(WINDOW_HOURS) < 0.3, random.uniform(*each.plausible, WINDOW_HOURS), np.nan
            )
            for each in PARAMETERS
            if random.random() < 0.7
        }
        yield deterioration_inputs(hours, random.uniform(16, 95) if random.random() < 0.8 else None)


def test_the_table_and_the_artefact_are_one_model():
    _, artefact = load_verified(MANIFEST)
    _, model = load_deterioration(MANIFEST)
    for inputs in rows():
        verdict, outputs = model.judge(inputs), run_outputs(artefact, inputs)
        assert verdict.probability == pytest.approx(float(outputs["probabilities"][0, 1]), abs=1e-4)
        assert verdict.distance == pytest.approx(float(outputs["distance"][0, 0]), rel=1e-3)
        parts = [verdict.parts.get(key, 0.0) for key in KEYS]
        assert parts == pytest.approx(outputs["embedding"][0].tolist(), abs=2e-3)


def test_parts_are_of_what_is_present_only():
    _, model = load_deterioration(MANIFEST)
    hours = {"heart_rate": np.full(WINDOW_HOURS, 80.0)}
    assert set(model.judge(deterioration_inputs(hours, None)).parts) == {"heart_rate"}


def copied(tmp_path, table=None):
    folder = tmp_path / "deterioration"
    shutil.copytree(MANIFEST.parent, folder)
    if table is not None:
        (folder / TABLE_NAME).write_bytes(table)
    return folder / "manifest.json"


def test_an_altered_table_is_refused(tmp_path):
    content = MANIFEST.with_name(TABLE_NAME).read_bytes()
    with pytest.raises(ModelRejectedError, match="is not what its manifest was made for"):
        load_deterioration(copied(tmp_path, content + b" "))


def test_a_table_nobody_signed_is_refused(tmp_path):
    manifest = copied(tmp_path)
    manifest.with_suffix(".sig").unlink()
    with pytest.raises(ModelRejectedError, match="nobody vouches"):
        load_deterioration(manifest)


def test_a_table_of_another_size_is_refused():
    whole = msgspec.json.decode(MANIFEST.with_name(TABLE_NAME).read_bytes(), type=DeteriorationTable)
    with pytest.raises(ModelRejectedError, match="other inputs"):
        DeteriorationModel(msgspec.structs.replace(whole, centre=whole.centre[:-1]))


def test_a_table_that_divides_by_nothing_is_refused():
    table = msgspec.json.decode(MANIFEST.with_name(TABLE_NAME).read_bytes(), type=DeteriorationTable)
    flat = [[0.0] * len(row) for row in table.deviation]
    with pytest.raises(ModelRejectedError, match="divides by nothing"):
        DeteriorationModel(msgspec.structs.replace(table, deviation=flat))
