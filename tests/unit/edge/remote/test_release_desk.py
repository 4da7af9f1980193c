"""A release is judged before anything is touched; whatever stands against it is answered, with its reason."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from edge.bootstrap.models import shipped_models
from edge.config import load_settings
from edge.health import GatewayHealth
from edge.judging.models import Companions, ModelSet
from edge.ports import Model
from edge.remote import trust as trust_module
from edge.remote.commands import Answer
from edge.remote.model_switch import ModelSwitch
from edge.remote.release_desk import ReleaseDesk
from edge.remote.releases import Releases
from tests.fakes.clock import FakeClock
from tests.fakes.gateway_wellness import FakeWellness
from tests.fakes.releases import DAY_MS, ISSUED_MS, public, settings, signed
from tests.fakes.rhythm_model import FakeRhythmModel, manifest
from vitals.errors import ModelRejectedError, StorageError
from vitals.manifest import ModelManifest
from vitals.model_vectors import VECTOR_SEEDS
from vitals.records import CommandOutcome
from vitals.release import (
    ModelContent,
    Refusal,
    SignedRelease,
    TrustedKeys,
    Vector,
    refusal_in,
)
from vitals.settings import Overlay
from vitals.wire.command import PART_BYTES, ApplyRelease, FetchModel, ModelPart

ID = "0123456789abcdef"
INPUTS = {tensor.name: np.zeros(tensor.shape, dtype=np.float32) for tensor in manifest().inputs}


def rhythm(version: int, share: float | None = 0.25, **changes: Any) -> FakeRhythmModel:
    model = FakeRhythmModel(lambda _: share)
    model.manifest = manifest(version=version, **changes)
    return model


@dataclass(slots=True)
class Home:
    """A gateway's desk; `lies` is what its runtime makes of the model that came."""

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=ISSUED_MS + DAY_MS))
    is_synced: bool = True
    has_consent: bool = False
    shadow_s: float = 60.0
    now_s: float = 0.0
    starts_anew: int = 0
    wellness: FakeWellness = field(default_factory=FakeWellness)
    lies: Model = field(default_factory=lambda: rhythm(4))
    releases: Releases = field(init=False)
    models: ModelSet = field(init=False)
    desk: ReleaseDesk = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "gateway.toml").write_text('gateway_id = "hallway"\ndata_dir = "data"\nadopt = true\n')
        self.models = ModelSet(models={"rhythm": rhythm(3)}, health=GatewayHealth())
        self.starts()

    def starts(self) -> None:
        """Begin a life of the gateway, with what lies on its disk."""
        self.releases = Releases.open(self.folder, pinned=(public(),), models=("rhythm",))
        self.releases.begin()
        switch = ModelSwitch(
            models=self.models,
            shelves=self.releases.models,
            opener=self._open,
            staging=self.folder / "examined",
            shadow_s=self.shadow_s,
            restart=self._start_anew,
        )
        self.desk = ReleaseDesk(
            gateway_id="hallway",
            releases=self.releases,
            switch=switch,
            wellness=self.wellness.port(),
            clock=self.clock,
            is_synced=lambda: self.is_synced,
            monotonic_s=lambda: self.now_s,
            check=self._check,
            has_consent=self.has_consent,
            start_anew=self._start_anew,
        )

    def apply(self, one: SignedRelease) -> Answer | None:
        return self.desk.apply(ID, ApplyRelease(release=one))

    def keeps(self, one: SignedRelease) -> None:
        """Have a release prove good."""
        assert self.apply(one) is None
        self.releases.begin()
        for shelf in self.releases.shelves:
            shelf.confirm()

    def fetches(self, one: SignedRelease, bundle: bytes) -> list[Answer | None]:
        answers: list[Answer | None] = [self.desk.fetch_model(ID, FetchModel(release=one))]
        for offset in range(0, len(bundle), PART_BYTES):
            data = b64encode(bundle[offset : offset + PART_BYTES]).decode()
            part = ModelPart(sha256=_sha256(bundle), offset=offset, data=data)
            answers.append(self.desk.model_part(ID, part))
        return answers

    @property
    def judges(self) -> int:
        return self.models.versions()["rhythm"]

    def _open(self, _name: str, manifest_path: Path) -> tuple[Model, Companions]:
        assert manifest_path.exists()
        return self.lies, Companions()

    def _check(self, overlay: Overlay) -> None:
        load_settings(self.folder / "gateway.toml", over=overlay)

    def _start_anew(self) -> None:
        self.starts_anew += 1


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


BUNDLE = msgspec.msgpack.encode({"manifest.json": b"{}", "rhythm.tflite": b"x" * 70_000})


def of_rhythm(version: int = 4, bundle: bytes = BUNDLE, **changes: Any) -> SignedRelease:
    fields: dict[str, Any] = {
        "name": "rhythm",
        "sha256": _sha256(bundle),
        "size": len(bundle),
        "vectors": tuple(Vector(seed=seed, answer=(0.75, 0.25, 0.0, 0.0)) for seed in VECTOR_SEEDS),
    }
    return signed(version, ModelContent(**fields | changes))


def reason(answer: Answer | None) -> Refusal | None:
    assert answer is not None
    assert answer.outcome is CommandOutcome.REFUSED
    return refusal_in(answer.detail)


def test_signed_settings_are_tried_in_a_new_life_and_remembered_apart_from_themselves(home: Home) -> None:
    home.wellness.streaming.add("c0-01")
    assert home.apply(settings(3, "ecg_rate_hz = 250")) is None
    shelf = home.releases.configuration.shelf
    assert (home.starts_anew, shelf.version, home.releases.trust.seen("configuration").version) == (1, 3, 3)
    assert shelf.trial is not None
    assert (shelf.trial.command_id, shelf.trial.baseline.wearables) == (ID, ("c0-01",))


@pytest.mark.parametrize(
    ("one", "refusal"),
    [
        (settings(6, "ecg_rate_hz = 250", by="thief"), Refusal.UNTRUSTED_KEY),
        (
            msgspec.structs.replace(settings(6, "ecg_rate_hz = 250"), signature=""),
            Refusal.BAD_SIGNATURE,
        ),
        (
            msgspec.structs.replace(
                settings(6, "ecg_rate_hz = 250"), document=settings(6, "ecg_rate_hz = 125").document
            ),
            Refusal.BAD_SIGNATURE,
        ),
        (settings(6, "ecg_rate_hz = 250", target="kitchen"), Refusal.NOT_FOR_ME),
        (settings(4, "ecg_rate_hz = 250"), Refusal.OLDER),
        (settings(5, "ecg_rate_hz = 250"), Refusal.OTHER_CONTENT),
        (settings(6, "ecg_rate_hz = 250", expires_ms=ISSUED_MS + 1), Refusal.EXPIRED),
        (settings(6, "ecg_rate_hz = 250", issued_ms=ISSUED_MS + 9 * DAY_MS), Refusal.NOT_YET),
        (settings(6, "ecg_rate_hz = 1"), Refusal.INVALID_SETTINGS),
        (settings(6, "mqtt = { port = 1 }"), Refusal.NOT_SETTABLE),
        (settings(6, f'ledger_key = "{public("thief")}"'), Refusal.NOT_SETTABLE),
        (settings(6, "[alarms]\nwatch_alerting = false"), Refusal.NOT_SETTABLE),
    ],
)
def test_what_stands_against_a_release_is_answered_and_nothing_is_touched(
    home: Home, one: SignedRelease, refusal: Refusal
) -> None:
    home.keeps(settings(5, "ecg_rate_hz = 200"))
    before = {file: file.read_bytes() for file in home.folder.rglob("*") if file.is_file()}
    assert reason(home.apply(one)) is refusal
    assert {file: file.read_bytes() for file in home.folder.rglob("*") if file.is_file()} == before
    assert home.releases.configuration.shelf.version == 5


def test_the_same_release_again_is_in_use_and_is_no_second_trial(home: Home) -> None:
    one = settings(5, "ecg_rate_hz = 200")
    home.keeps(one)
    assert home.apply(one) == Answer(outcome=CommandOutcome.DONE, detail="version 5 is in use")


def test_what_was_taken_back_is_never_tried_again_though_it_is_signed(home: Home) -> None:
    one = settings(5, "ecg_rate_hz = 200")
    assert home.apply(one) is None
    home.releases.begin()
    home.releases.roll_back("the cloud was not reached")
    home.starts()
    assert reason(home.apply(one)) is Refusal.TAKEN_BACK_BEFORE


def test_an_old_configuration_folder_brought_back_lowers_nothing(home: Home) -> None:
    old = settings(2, "ecg_rate_hz = 125")
    home.keeps(old)
    (home.folder / "configuration").rename(home.folder / "kept-by-somebody")
    home.starts()
    home.keeps(settings(3, "ecg_rate_hz = 250"))
    (home.folder / "configuration").rename(home.folder / "thrown-away")
    (home.folder / "kept-by-somebody").rename(home.folder / "configuration")
    home.starts()
    assert home.releases.configuration.overlay() is None, "the gateway's own file holds, not the old one"
    assert reason(home.apply(old)) is Refusal.OLDER


def test_a_release_for_this_gateway_alone_counts_in_the_same_line(home: Home) -> None:
    home.keeps(settings(5, "ecg_rate_hz = 200", target="hallway"))
    assert reason(home.apply(settings(4, "ecg_rate_hz = 250"))) is Refusal.OLDER


def test_one_trial_at_a_time_whatever_it_is_of(home: Home) -> None:
    assert home.apply(settings(1, "ecg_rate_hz = 250")) is None
    assert reason(home.apply(settings(2, "ecg_rate_hz = 200"))) is Refusal.BUSY
    assert reason(home.apply(settings(1, "ecg_rate_hz = 250"))) is Refusal.BUSY
    assert reason(home.apply(of_rhythm())) is Refusal.BUSY


def test_without_a_clock_that_can_be_believed_a_release_is_taken(home: Home) -> None:
    home.is_synced = False
    home.clock.wall = 0
    assert home.apply(settings(1, "ecg_rate_hz = 250", expires_ms=ISSUED_MS + 1)) is None


def test_a_home_that_consents_lets_its_alarms_be_set(tmp_path: Path) -> None:
    home = Home(tmp_path, has_consent=True)
    assert home.apply(settings(1, "[alarms]\nwatch_alerting = false")) is None


def test_keys_are_rotated_by_the_old_one_and_then_it_is_worth_nothing(home: Home) -> None:
    assert reason(home.apply(signed(1, TrustedKeys(keys=(public("thief"),)), by="thief"))) is (
        Refusal.UNTRUSTED_KEY
    )
    rotation = signed(1, TrustedKeys(keys=(public("next"),)))
    answer = home.apply(rotation)
    assert answer is not None
    assert answer.outcome is CommandOutcome.DONE
    home.starts()
    assert reason(home.apply(settings(1, "ecg_rate_hz = 250"))) is Refusal.UNTRUSTED_KEY
    assert home.apply(settings(1, "ecg_rate_hz = 250", by="next")) is None


def test_a_disk_that_refuses_is_an_answer_and_the_version_may_come_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("edge.remote.shelf.write_folder", full)
        answer = home.apply(settings(1, "ecg_rate_hz = 250"))
    assert answer is not None
    assert (answer.outcome, refusal_in(answer.detail)) == (CommandOutcome.FAILED, Refusal.DISK_REFUSED)
    assert home.apply(settings(1, "ecg_rate_hz = 250")) is None


def test_a_disk_that_fills_between_the_trial_and_the_memory_of_it_loses_neither(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("no space left on device")

    one = settings(1, "ecg_rate_hz = 250")
    with monkeypatch.context() as patch:
        patch.setattr(trust_module, "write_file", full)
        assert home.apply(one) is None
    home.releases.configuration.shelf.confirm()
    assert home.apply(one) == Answer(outcome=CommandOutcome.DONE, detail="version 1 is in use")
    home.starts()
    assert home.releases.configuration.shelf.version == 1
    assert home.releases.trust.seen("configuration").version == 1


def test_a_model_judges_after_its_time_in_the_shadow_and_says_how_it_differed(home: Home) -> None:
    home.lies = rhythm(4, share=0.25)
    assert [each and each.outcome for each in home.fetches(of_rhythm(), BUNDLE)] == [CommandOutcome.DONE] * 4
    assert home.apply(of_rhythm()) is None
    assert home.judges == 3, "the one before judges on"
    for share in (0.1, 0.9, 0.2):
        home.models.models["rhythm"].incumbent._answer = lambda _, share=share: share  # type: ignore[attr-defined]
        found = home.models.infer("rhythm", INPUTS, 0)
        assert getattr(found, "probabilities", {})["A"] == share, "and is the one that is heard"
    home.now_s = 59.9
    assert home.desk.step() is None
    assert home.judges == 3
    home.now_s = 60.0
    assert home.desk.step() is None
    assert home.judges == 4
    trial = home.releases.models["rhythm"].trial
    assert trial is not None
    assert trial.note == "beside version 3 it judged 3 windows and said otherwise of 1"
    assert home.releases.trust.seen("model rhythm").version == 4
    assert home.starts_anew == 0, "no window goes unjudged"


def test_a_model_that_is_taken_back_judges_no_more_and_no_window_is_lost(home: Home) -> None:
    before = home.models.models["rhythm"]
    home.shadow_s = 0.0
    home.starts()
    home.fetches(of_rhythm(), BUNDLE)
    assert home.apply(of_rhythm()) is None
    assert home.judges == 4
    home.releases.roll_back("c0-01 streamed before and does not now")
    home.desk.switch.put_back("rhythm", lambda _: (before, Companions()))
    assert (home.judges, home.starts_anew) == (3, 0)


def test_where_the_model_before_cannot_be_had_the_gateway_lives_anew(home: Home) -> None:
    def none(_: str) -> tuple[Model, Companions]:
        raise ModelRejectedError("it is gone")

    home.desk.switch.put_back("rhythm", none)
    assert home.starts_anew == 1


def test_killed_in_the_shadow_a_gateway_has_changed_nothing_and_can_be_asked_again(home: Home) -> None:
    home.fetches(of_rhythm(), BUNDLE)
    assert home.apply(of_rhythm()) is None
    home.models = ModelSet(models={"rhythm": rhythm(3)}, health=GatewayHealth())
    home.starts()
    assert home.releases.trust.seen("model rhythm").version == 0
    assert home.apply(of_rhythm()) is None


def test_a_model_that_fails_in_the_shadow_never_judges(home: Home) -> None:
    home.fetches(of_rhythm(), BUNDLE)
    assert home.apply(of_rhythm()) is None

    def fails(_: object) -> float:
        raise ModelRejectedError("NaN")

    home.lies._answer = fails  # type: ignore[attr-defined]
    home.models.infer("rhythm", INPUTS, 0)
    over = home.desk.step()
    assert over is not None
    assert reason(over[1]) is Refusal.MODEL_REJECTED
    assert home.judges == 3


def test_without_a_model_in_use_the_gateway_lives_anew_with_the_one_that_came(home: Home) -> None:
    del home.models.models["rhythm"]
    home.fetches(of_rhythm(), BUNDLE)
    assert home.apply(of_rhythm()) is None
    assert (home.starts_anew, home.releases.models["rhythm"].version) == (1, 4)


@pytest.mark.parametrize(
    ("lies", "refusal"),
    [
        (rhythm(5), Refusal.MODEL_REJECTED),
        (rhythm(4, labels=("A", "N", "O", "~")), Refusal.MODEL_REJECTED),
        (rhythm(4, share=0.9), Refusal.WRONG_ANSWERS),
        (rhythm(4, share=None), Refusal.WRONG_ANSWERS),
    ],
)
def test_a_model_that_is_not_what_was_signed_never_judges(home: Home, lies: Model, refusal: Refusal) -> None:
    home.lies = lies
    home.fetches(of_rhythm(), BUNDLE)
    assert reason(home.apply(of_rhythm())) is refusal
    assert home.judges == 3
    assert home.releases.trust.seen("model rhythm").version == 0
    assert not (home.folder / "examined").exists()


def test_a_model_older_than_the_one_that_judges_is_refused_though_signed(home: Home) -> None:
    home.lies = rhythm(2)
    home.fetches(of_rhythm(2), BUNDLE)
    assert reason(home.apply(of_rhythm(2))) is Refusal.MODEL_REJECTED


@pytest.mark.parametrize("bundle", [b"PK\x03\x04 a zip", b"\x1f\x8b a gzip", b"", BUNDLE[:-1]])
def test_what_is_no_bundle_is_refused_and_nothing_is_unpacked(home: Home, bundle: bytes) -> None:
    one = of_rhythm(4, bundle or b"x")
    home.fetches(one, bundle or b"x")
    assert reason(home.apply(one)) is Refusal.MODEL_REJECTED
    assert home.judges == 3


def test_a_model_whose_parts_have_not_come_is_asked_for_again(home: Home) -> None:
    assert reason(home.apply(of_rhythm())) is Refusal.INCOMPLETE


def test_a_model_that_this_program_has_no_use_for_takes_no_room(home: Home) -> None:
    one = of_rhythm(name="horoscope")
    assert reason(home.desk.fetch_model(ID, FetchModel(release=one))) is Refusal.MODEL_REJECTED
    assert reason(home.desk.fetch_model(ID, FetchModel(release=settings(1, "")))) is Refusal.UNREADABLE
    assert not (home.folder / "incoming-model").exists()


def test_room_is_made_for_nobody_who_is_not_trusted(home: Home) -> None:
    one = signed(4, ModelContent(name="rhythm", sha256="a" * 64, size=9, vectors=_VECTORS), by="thief")
    assert reason(home.desk.fetch_model(ID, FetchModel(release=one))) is Refusal.UNTRUSTED_KEY
    part = ModelPart(sha256="a" * 64, offset=0, data=b64encode(b"123456789").decode())
    assert reason(home.desk.model_part(ID, part)) is Refusal.INCOMPLETE


_VECTORS = (Vector(seed="1", answer=(0.5, 0.5)),)


def test_the_shipped_models_have_labels_that_a_release_can_tell_apart() -> None:
    shipped = (shipped_models() / "rhythm" / "manifest.json").read_bytes()
    assert msgspec.json.decode(shipped, type=ModelManifest).labels == manifest().labels


def test_where_it_is_lost_who_is_trusted_every_release_is_refused_with_what_to_do(home: Home) -> None:
    home.keeps(settings(1, "ecg_rate_hz = 250"))
    for copy in (home.folder / "trust").iterdir():
        copy.write_bytes(b"torn")
    home.starts()
    answer = home.apply(settings(2, "ecg_rate_hz = 125"))
    assert answer is not None
    assert refusal_in(answer.detail) is Refusal.UNTRUSTED_KEY
    assert "see the disk, then remove that folder by hand" in answer.detail
