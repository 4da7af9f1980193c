"""A gateway as it ships does what the cloud asks: over real brokers, across absence, kills and mistakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud.rollouts.parts import parts_of
from tests.fakes.broker_process import BrokerProcess, EmbeddedBroker, Mosquitto
from tests.fakes.gateway import eventually
from tests.fakes.gateway_process import GATEWAY, GatewayProcess, await_reports, models, reports, versions
from tests.fakes.mqtt_ingest import MqttIngest
from tests.fakes.released_model import NAME, makers_public, next_model, released
from tests.fakes.releases import DAY_MS, settings
from vitals.clock import ScaledClock
from vitals.records import CommandOutcome
from vitals.release import Refusal, refusal_in
from vitals.signature import RELEASE_KEYS
from vitals.wire.command import (
    AlertAcknowledged,
    ApplyRelease,
    FetchModel,
    Identify,
    ModelPart,
    UploadWaveform,
)


@pytest.fixture(params=[Mosquitto, EmbeddedBroker])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerProcess]:
    started: BrokerProcess = request.param(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[BrokerProcess]:
    started = Mosquitto(tmp_path / "broker")
    started.start()
    yield started
    started.kill()


def listening(broker: BrokerProcess) -> Iterator[MqttIngest]:
    ingest = MqttIngest(broker.port)
    ingest.start()
    eventually(lambda: ingest.is_subscribed)
    yield ingest
    ingest.stop()


@pytest.fixture
def any_ingest(broker: BrokerProcess) -> Iterator[MqttIngest]:
    yield from listening(broker)


@pytest.fixture
def ingest(mosquitto: BrokerProcess) -> Iterator[MqttIngest]:
    yield from listening(mosquitto)


def configuration(version: int, toml: str, by: str = "operator") -> ApplyRelease:
    now_ms = ScaledClock().wall_ms()
    return ApplyRelease(release=settings(version, toml, by=by, issued_ms=now_ms, expires_ms=now_ms + DAY_MS))


def test_a_command_published_while_the_gateway_is_away_is_done_when_it_comes_back(
    tmp_path: Path, broker: BrokerProcess, any_ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=broker.port)
    with gateway.running():
        eventually(lambda: any_ingest.count > 0, 60)
        gateway.stop()
        any_ingest.command(
            GATEWAY, gateway.command("alert-acknowledged", AlertAcknowledged(event_id="e" * 8))
        )
        any_ingest.command(GATEWAY, b"\xc1 poison")
        gateway.start()
        (answer,) = await_reports(any_ingest, 1)
    assert (answer.outcome, answer.name) == (CommandOutcome.DONE, "alert-acknowledged")


def test_what_the_ring_does_not_hold_is_refused_in_words(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=mosquitto.port)
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        asked = UploadWaveform(device="c0-01", kind="ecg", from_ms=1_000, to_ms=61_000)
        ingest.command(GATEWAY, gateway.command("upload-waveform", asked))
        (answer,) = await_reports(ingest, 1)
    assert answer.outcome is CommandOutcome.REFUSED
    assert "holds no ecg of c0-01" in answer.detail


_DIES_AT_IT = """
import os, signal, sys
from edge.remote.command_table import SignalCommands
def identify(*_):
    with open("done", "a") as done:
        done.write("once ")
    os.kill(os.getpid(), signal.SIGKILL)
SignalCommands.identify = identify
"""


def test_killed_between_doing_and_answering_a_gateway_does_it_once_and_says_so(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=mosquitto.port, prelude=_DIES_AT_IT)
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        command = gateway.command("identify", Identify(seconds=5))
        ingest.command(GATEWAY, command)
        assert gateway.child is not None
        assert gateway.child.wait(60) == -9
        gateway.start()
        ingest.command(GATEWAY, command)
        (first, *_) = await_reports(ingest, 1)
        ingest.command(GATEWAY, gateway.command("identify", Identify(seconds=5), first.id))
        await_reports(ingest, 2)
    assert {one.outcome for one in reports(ingest)} == {CommandOutcome.FAILED}
    assert "does nothing twice" in first.detail
    assert (tmp_path / "gateway" / "done").read_text() == "once "


def test_good_settings_are_kept_and_reported_and_outlive_a_restart(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=mosquitto.port)
    with gateway.running():
        eventually(lambda: versions(ingest) == [0] * len(versions(ingest)) and ingest.count > 0, 60)
        ingest.command(GATEWAY, gateway.command("apply-release", configuration(4, "waveforms = 'events'")))
        (answer,) = await_reports(ingest, 1)
        assert (answer.outcome, answer.detail) == (CommandOutcome.DONE, "version 4 is in use")
        assert gateway.child is not None
        assert gateway.child.poll() is None, "it starts anew within its process"
        eventually(lambda: 4 in versions(ingest), 60)
        gateway.kill()
        before = len(versions(ingest))
        gateway.start()
        eventually(lambda: len(versions(ingest)) > before, 60)
        assert versions(ingest)[-1] == 4


def test_settings_under_which_the_cloud_is_silent_are_taken_back_by_the_gateway_itself(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(
        folder=tmp_path / "gateway",
        broker_port=mosquitto.port,
        settings="configuration = { confirm_s = 2.0, settle_s = 0.5 }",
    )
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        ingest.acknowledges = False
        ingest.command(GATEWAY, gateway.command("apply-release", configuration(1, "ecg_rate_hz = 250")))
        (answer,) = await_reports(ingest, 1)
        ingest.acknowledges = True
        assert answer.outcome is CommandOutcome.FAILED
        assert "the cloud acknowledged nothing under it within 2 s" in answer.detail
        known = len(versions(ingest))
        eventually(lambda: len(versions(ingest)) > known, 60)
        assert versions(ingest)[-1] == 0


def test_a_gateway_that_dies_again_and_again_under_new_settings_goes_back(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=mosquitto.port)
    state = tmp_path / "gateway" / "data" / "configuration" / "state.json"
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        ingest.acknowledges = False
        ingest.command(GATEWAY, gateway.command("apply-release", configuration(1, "ecg_rate_hz = 250")))
        for starts in (1, 2, 3):
            eventually(lambda: state.exists() and f'"starts":{starts}' in state.read_text(), 60)  # noqa: B023
            gateway.kill()
            gateway.start()
        (answer,) = await_reports(ingest, 1)
        assert answer.outcome is CommandOutcome.FAILED
        assert "started 3 times under it" in answer.detail


def test_settings_that_could_cut_the_gateway_off_are_refused(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=mosquitto.port)
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        ingest.command(GATEWAY, gateway.command("apply-release", configuration(1, "mqtt = { port = 1 }")))
        (answer,) = await_reports(ingest, 1)
    assert answer.outcome is CommandOutcome.REFUSED
    assert "mqtt.port is set at the gateway alone" in answer.detail


def test_settings_signed_by_a_stranger_are_refused_by_a_gateway_as_it_ships(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    gateway = GatewayProcess(folder=tmp_path / "gateway", broker_port=mosquitto.port)
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        forged = configuration(9, "waveforms = 'events'", by="thief")
        ingest.command(GATEWAY, gateway.command("apply-release", forged))
        (answer,) = await_reports(ingest, 1)
    assert answer.outcome is CommandOutcome.REFUSED
    assert refusal_in(answer.detail) is Refusal.UNTRUSTED_KEY


def test_a_model_that_comes_in_parts_runs_in_the_shadow_and_then_judges(
    tmp_path: Path, mosquitto: BrokerProcess, ingest: MqttIngest
) -> None:
    now_ms = ScaledClock().wall_ms()
    manifest = next_model(tmp_path / "next")
    one, bundle = released(tmp_path / "next", issued_ms=now_ms, expires_ms=now_ms + DAY_MS)
    keys = [*RELEASE_KEYS, makers_public()]
    gateway = GatewayProcess(
        folder=tmp_path / "gateway",
        broker_port=mosquitto.port,
        settings=f"model_keys = {keys}\nconfiguration = {{ settle_s = 0.5, shadow_s = 0.5 }}",
    )
    asked = [
        ("fetch-model", FetchModel(release=one)),
        *(("model-part", ModelPart(**part)) for part in parts_of(bundle)),
        ("apply-release", ApplyRelease(release=one)),
    ]
    with gateway.running():
        eventually(lambda: ingest.count > 0, 60)
        for number, (name, body) in enumerate(asked):
            ingest.command(GATEWAY, gateway.command(name, body, f"command-{number:08}"))
        answers = await_reports(ingest, len(asked))
        assert [answer.outcome for answer in answers] == [CommandOutcome.DONE] * len(asked)
        assert f"version {manifest.version} is in use; beside version" in answers[-1].detail
        assert gateway.child is not None
        assert gateway.child.poll() is None
        eventually(lambda: models(ingest)[-1].get(NAME) == manifest.version, 60)
