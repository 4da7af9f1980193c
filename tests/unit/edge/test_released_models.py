"""A released model is judged as one is at a start; one that cannot be used gives way to the one before."""

from functools import partial
from pathlib import Path

import msgspec
import pytest

from edge.bootstrap.models import load_models, model_in_force, open_model
from edge.bootstrap.storage import open_releases
from edge.config import EdgeSettings, load_settings
from edge.health import GatewayHealth
from edge.judging.models import ModelSet
from edge.remote.model_switch import ModelSwitch
from edge.remote.releases import Releases
from edge.remote.remote_configuration import RELEASE_FILE
from edge.remote.shelf import Trial
from tests.fakes.clock import FakeClock
from tests.fakes.released_model import NAME, SHIPPED, makers_public, next_model, released
from tests.fakes.releases import public
from vitals.manifest import version_at
from vitals.model_bundle import files_of
from vitals.model_versions import ModelVersions
from vitals.release import ModelContent, Refusal, ReleaseRefusedError, SignedRelease, open_release
from vitals.signature import RELEASE_KEYS, new_key

SHIPPED_VERSION = version_at(SHIPPED / "manifest.json")


@pytest.fixture
def settings(tmp_path: Path) -> EdgeSettings:
    file = tmp_path / "gateway.toml"
    keys = msgspec.json.encode([*RELEASE_KEYS, makers_public()]).decode()
    file.write_text(
        f'gateway_id = "hallway"\ndata_dir = "{tmp_path / "data"}"\nadopt = true\nmodel_keys = {keys}\n'
    )
    return load_settings(file)


@pytest.fixture
def releases(settings: EdgeSettings) -> Releases:
    return open_releases(settings)


def on_shelf(releases: Releases, one: SignedRelease, bundle: bytes, *, is_kept: bool = True) -> Path:
    """Put a model on its shelf, on trial or kept; return where it lies."""
    shelf = releases.models[NAME]
    version = open_release(one, trusted=[public()]).release.version
    files = {**files_of(bundle), RELEASE_FILE: msgspec.json.encode(one)}
    shelf.propose(Trial(command_id="0123456789abcdef", version=version, starts=1), files)
    if is_kept:
        shelf.confirm()
        shelf.told()
    assert shelf.folder is not None
    return shelf.folder


def judging(settings: EdgeSettings, releases: Releases) -> int:
    return model_in_force(settings, releases, NAME)[0].manifest.version


def test_a_released_model_judges_after_a_start(
    settings: EdgeSettings, releases: Releases, tmp_path: Path
) -> None:
    assert judging(settings, releases) == SHIPPED_VERSION
    manifest = next_model(tmp_path / "next")
    on_shelf(releases, *released(tmp_path / "next"))
    assert judging(settings, releases) == manifest.version == SHIPPED_VERSION + 1


def test_a_model_on_trial_is_not_yet_the_oldest_that_may_judge(
    settings: EdgeSettings, releases: Releases, tmp_path: Path
) -> None:
    next_model(tmp_path / "next")
    on_shelf(releases, *released(tmp_path / "next"), is_kept=False)
    models = load_models(settings, GatewayHealth(), FakeClock(), releases)
    assert models.versions()[NAME] == SHIPPED_VERSION + 1
    assert ModelVersions(path=settings.data_dir / "models.json").newest(NAME) <= SHIPPED_VERSION
    releases.models[NAME].roll_back("x")
    assert judging(settings, releases) == SHIPPED_VERSION, "and the one before judges again"


@pytest.mark.parametrize("spoilt", ["falls.tflite", "manifest.json", "manifest.sig", RELEASE_FILE])
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_model_whose_files_were_touched_gives_way_to_the_one_before(
    settings: EdgeSettings, releases: Releases, tmp_path: Path, spoilt: str, *, is_kept: bool
) -> None:
    next_model(tmp_path / "next")
    folder = on_shelf(releases, *released(tmp_path / "next"), is_kept=is_kept)
    content = bytearray((folder / spoilt).read_bytes())
    content[len(content) // 2] ^= 0x01
    (folder / spoilt).write_bytes(bytes(content))
    assert judging(settings, releases) == SHIPPED_VERSION
    assert (releases.models[NAME].settled is None) is is_kept, "on trial, it is told to who gave it"


def test_a_model_that_answers_otherwise_here_than_where_it_was_signed_never_judges(
    settings: EdgeSettings, releases: Releases, tmp_path: Path
) -> None:
    next_model(tmp_path / "next")
    on_shelf(releases, *released(tmp_path / "next", off_by=0.1))
    assert judging(settings, releases) == SHIPPED_VERSION


def test_a_program_that_ships_as_new_a_model_uses_its_own(
    settings: EdgeSettings, releases: Releases, tmp_path: Path
) -> None:
    next_model(tmp_path / "next")
    on_shelf(releases, *released(tmp_path / "next"))
    newer = settings.model_copy(update={"models": tmp_path / "models"})
    (tmp_path / "next").rename(tmp_path / "again")
    (tmp_path / "models").mkdir()
    (tmp_path / "again").rename(tmp_path / "models" / NAME)
    (releases.models[NAME].folder or tmp_path).joinpath("falls.tflite").write_bytes(b"never read")
    assert judging(newer, releases) == SHIPPED_VERSION + 1


def test_a_model_of_the_hash_that_was_signed_for_which_nobody_vouches_never_judges(
    settings: EdgeSettings, releases: Releases, tmp_path: Path
) -> None:
    next_model(tmp_path / "next", by=new_key())
    one, bundle = released(tmp_path / "next")
    switch = ModelSwitch(
        models=ModelSet(models={}, health=GatewayHealth()),
        shelves=releases.models,
        opener=partial(open_model, settings),
        staging=tmp_path / "examined",
        shadow_s=0.0,
        restart=lambda: None,
    )
    opened = open_release(one, trusted=[public()])
    assert isinstance(opened.release.content, ModelContent)
    with pytest.raises(ReleaseRefusedError, match="not trusted here") as refused:
        switch.examine("0123456789abcdef", opened, opened.release.content, bundle)
    assert refused.value.refusal is Refusal.MODEL_REJECTED
    assert not (tmp_path / "examined").exists()
