"""The conductor asks each gateway once, hears what it answers, and stops before a second home is harmed."""

import hashlib
from base64 import b64decode
from dataclasses import dataclass, field
from threading import Event, Thread

import msgspec
import pytest

from cloud.commands.issue import CommandIssuer
from cloud.ports import (
    SERVICE,
    CommandAnswer,
    Deed,
    IssuedCommand,
    Progress,
    Rollout,
    RolloutConflictError,
    RolloutPlan,
    RolloutRefusedError,
    RolloutState,
    Stage,
)
from cloud.rollouts.conductor import Conductor
from cloud.rollouts.desk import RolloutDesk
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import eventually
from tests.fakes.releases import ISSUED_MS, public, settings, signed
from tests.fakes.rollout_book import FakeRolloutBook
from vitals.records import CommandOutcome, GatewayReport
from vitals.release import ModelContent, Refusal, SignedRelease, Vector

HOMES = ("attic", "cellar", "hallway", "kitchen")
PLAN = RolloutPlan(first="hallway", share_percent=100, healthy_s=60)
BUNDLE = msgspec.msgpack.encode({"manifest.json": bytes(range(256)) * 400})


@dataclass(slots=True)
class Service:
    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=ISSUED_MS))
    book: FakeRolloutBook = field(default_factory=FakeRolloutBook)
    office: FakeBackOffice = field(default_factory=FakeBackOffice)
    desk: RolloutDesk = field(init=False)
    conductor: Conductor = field(init=False)

    def __post_init__(self) -> None:
        self.office.heard = dict.fromkeys(HOMES, ISSUED_MS)
        self.office.connected = dict.fromkeys(HOMES, True)
        self.desk = RolloutDesk(
            book=self.book,
            gateways=self.office,
            clock=self.clock,
            new_id=lambda: f"rollout-{len(self.book.kept) + 1}",
            release_keys=(public(),),
        )
        self.conductor = self.another()

    def another(self) -> Conductor:
        return Conductor(
            book=self.book,
            issuer=CommandIssuer(book=self.book.commands, clock=self.clock, new_id=self.book.commands.new_id),
            gateways=self.office,
            online=self.office.online,
            clock=self.clock,
        )

    def begin(self, one: SignedRelease | None = None) -> Rollout:
        return self.desk.begin(one or settings(1, "ecg_rate_hz = 250"), PLAN, by="u-admin")

    def step(self, seconds: float = 0.0) -> None:
        self.clock.advance(seconds)
        self.conductor.step()

    def asked(self, name: str = "apply-release") -> list[IssuedCommand]:
        return [each for each in self.book.commands.commands.values() if each.name == name]

    def homes(self) -> list[str]:
        return sorted(each.gateway for each in self.asked())

    def answers(self, gateway: str, outcome: CommandOutcome, detail: str = "", by: str | None = None) -> None:
        """Have a gateway answer whatever it was asked and has not answered."""
        for each in self.book.commands.commands.values():
            if each.gateway == gateway:
                self.book.commands.note_answer(
                    CommandAnswer(
                        gateway=by or gateway,
                        command_id=each.id,
                        name=each.name,
                        outcome=outcome,
                        detail=detail,
                        t_ms=0,
                        received_ms=0,
                    )
                )

    def state(self, rollout: Rollout) -> tuple[RolloutState, Stage]:
        now = self.book.kept[rollout.id]
        return now.state, now.stage

    def progress(self, gateway: str) -> Progress:
        return self.book.progress["rollout-1", gateway].progress


@pytest.fixture
def service() -> Service:
    return Service()


def test_the_first_alone_is_asked_and_the_others_once_it_has_been_well_for_long_enough(
    service: Service,
) -> None:
    rollout = service.begin()
    service.step()
    service.step(3_600)
    assert service.homes() == ["hallway"]
    assert service.asked()[0].body["release"] == msgspec.to_builtins(rollout.signed)
    service.answers("hallway", CommandOutcome.DONE, "version 1 is in use")
    service.step()
    assert service.state(rollout) == (RolloutState.RUNNING, Stage.ONE)
    service.step(60)
    service.step()
    assert service.homes() == sorted(HOMES)
    for home in HOMES:
        service.answers(home, CommandOutcome.DONE)
    for _ in range(4):
        service.step(60)
    assert service.state(rollout) == (RolloutState.FINISHED, Stage.ALL)


def test_a_gateway_that_goes_back_stops_the_roll_out_before_a_second_is_asked(service: Service) -> None:
    rollout = service.begin()
    service.step()
    told = Refusal.ROLLED_BACK.told("taken back to version 0: the cloud acknowledged nothing under it")
    service.answers("hallway", CommandOutcome.FAILED, told)
    service.step()
    service.step(9_999)
    assert service.state(rollout) == (RolloutState.STOPPED, Stage.ONE)
    assert service.book.kept[rollout.id].reason == "failed at hallway"
    assert service.homes() == ["hallway"]
    assert service.book.progress["rollout-1", "hallway"].reason == told
    assert service.progress("hallway") is Progress.ROLLED_BACK


@pytest.mark.parametrize("refusal", [Refusal.BAD_SIGNATURE, Refusal.NOT_SETTABLE, Refusal.DISK_REFUSED])
def test_what_a_gateway_refuses_is_told_with_its_reason(service: Service, refusal: Refusal) -> None:
    rollout = service.begin()
    service.step()
    service.answers("hallway", CommandOutcome.REFUSED, refusal.told("because"))
    service.step()
    assert service.state(rollout)[0] is RolloutState.STOPPED
    assert service.progress("hallway") is Progress.REFUSED
    refused = [note for note in service.book.ledger.notes if note.about["what"] == "refused"]
    assert [(note.actor, note.about["reason"]) for note in refused] == [(SERVICE, str(refusal))]


@pytest.mark.parametrize("refusal", [Refusal.BUSY, Refusal.INTERRUPTED])
def test_a_gateway_that_is_busy_or_was_killed_is_asked_again_after_a_while(
    service: Service, refusal: Refusal
) -> None:
    service.begin()
    service.step()
    service.answers("hallway", CommandOutcome.REFUSED, refusal.told("ask again"))
    service.step()
    assert service.progress("hallway") is Progress.WAITING
    assert len(service.asked()) == 1
    service.step(60)
    assert len({each.id for each in service.asked()}) == 2
    service.answers("hallway", CommandOutcome.DONE)
    service.step()
    assert service.progress("hallway") is Progress.APPLIED


def test_a_gateway_that_was_there_and_answers_no_more_counts_as_failed_until_it_does(
    service: Service,
) -> None:
    rollout = service.begin()
    service.step()
    service.step(2 * 3_600)
    assert service.progress("hallway") is Progress.SILENT
    assert service.state(rollout)[0] is RolloutState.STOPPED


def test_a_gateway_that_is_away_the_whole_time_and_a_new_one_are_given_it_later(service: Service) -> None:
    service.office.connected["attic"] = False
    rollout = service.begin()
    for _ in range(8):
        service.step(60)
        for home in HOMES:
            service.answers(home, CommandOutcome.DONE)
    assert service.state(rollout)[0] is RolloutState.FINISHED
    assert "attic" not in service.homes()
    service.office.connected |= {"attic": True, "nursery": True}
    service.office.heard["nursery"] = 0
    service.step(9_999)
    assert service.homes() == sorted([*HOMES, "nursery"])


def test_a_late_gateway_that_has_a_higher_version_is_not_given_the_one_before(service: Service) -> None:
    service.office.connected["attic"] = False
    first = service.begin()
    for _ in range(8):
        service.step(60)
        for home in HOMES:
            service.answers(home, CommandOutcome.DONE)
    service.office.connected["attic"] = True
    second = settings(2, "ecg_rate_hz = 200", target="attic")
    service.desk.begin(second, RolloutPlan(first="attic"), by="u-admin")
    service.book.kept = dict(reversed(service.book.kept.items()))
    service.step()
    bodies = [each.body["release"] for each in service.asked() if each.gateway == "attic"]
    assert bodies == [msgspec.to_builtins(second)]
    assert service.state(first)[0] is RolloutState.FINISHED


def reports(service: Service, gateway: str, version: int | None, at_ms: float) -> None:
    report = GatewayReport(
        t_ms=int(at_ms), software="x", outbox_records=0, outbox_bytes=0, configuration_version=version
    )
    service.office.reports[gateway] = (report, int(at_ms))


def test_a_gateway_that_had_it_and_reports_an_older_version_is_asked_again(service: Service) -> None:
    service.begin()
    service.step()
    service.answers("hallway", CommandOutcome.DONE)
    service.step()
    applied_ms = service.clock.wall
    reports(service, "hallway", 0, applied_ms + 60_000)  # made before it was applied, and came late
    service.step()
    assert service.progress("hallway") is Progress.APPLIED
    reports(service, "hallway", 1, applied_ms + 3_600_000)
    service.step()
    assert service.progress("hallway") is Progress.APPLIED
    reports(service, "hallway", 0, applied_ms + 7_200_000)
    service.step()
    assert service.progress("hallway") is Progress.WAITING
    assert service.book.ledger.notes[-1].about["what"] == "lost"
    service.step(60)
    assert len([each for each in service.asked() if each.gateway == "hallway"]) == 2


def test_what_a_gateway_answers_after_the_stop_is_heard_and_nobody_more_is_asked(service: Service) -> None:
    rollout = service.begin()
    service.step()
    service.desk.stop(rollout.id, by="u-admin")
    service.step()
    service.answers("hallway", CommandOutcome.DONE)
    service.step(9_999)
    assert service.progress("hallway") is Progress.APPLIED
    assert service.state(rollout)[0] is RolloutState.STOPPED
    assert service.homes() == ["hallway"]


def test_two_conductors_and_one_that_was_killed_ask_nobody_twice(service: Service) -> None:
    service.begin()
    service.conductor.step()
    service.book.progress.clear()  # killed before it could take note
    service.another().step()
    service.another().step()
    assert len(service.asked()) == 1


def test_nobody_answers_for_another(service: Service) -> None:
    service.begin()
    service.step()
    service.answers("hallway", CommandOutcome.DONE, by="attic")
    service.step()
    assert service.progress("hallway") is Progress.ASKED


def test_paused_nobody_more_is_asked_and_resumed_it_goes_on(service: Service) -> None:
    rollout = service.begin()
    service.desk.pause(rollout.id, by="u-admin")
    service.step()
    assert service.homes() == []
    service.desk.resume(rollout.id, by="u-admin")
    service.step()
    assert service.homes() == ["hallway"]


def test_a_store_in_trouble_is_told_and_tried_again(service: Service) -> None:
    service.begin()
    stop = Event()
    thread = Thread(target=service.conductor.run, args=(stop,))
    service.book.trouble = "away"
    thread.start()
    eventually(lambda: service.conductor.troubles() == ("roll-outs: none goes on: away",))
    service.book.trouble = None
    service.conductor.wake()
    eventually(lambda: service.homes() == ["hallway"])
    eventually(lambda: service.conductor.troubles() == ())
    stop.set()
    service.conductor.wake()
    thread.join(20)


VECTORS = (Vector(seed="1", answer=(0.5, 0.5)),)


def a_model(version: int = 4) -> SignedRelease:
    sha256 = hashlib.sha256(BUNDLE).hexdigest()
    return signed(version, ModelContent(name="beats", sha256=sha256, size=len(BUNDLE), vectors=VECTORS))


def test_a_model_is_fetched_in_parts_before_it_is_tried(service: Service) -> None:
    service.desk.keep_artefact(BUNDLE)
    service.begin(a_model())
    service.step()
    assert [each.name for each in service.book.commands.commands.values()] == ["fetch-model"]
    service.step(60)
    assert service.asked("model-part") == []
    for _ in range(3):
        service.answers("hallway", CommandOutcome.DONE)
        service.step()
    parts = sorted(service.asked("model-part"), key=lambda each: each.body["offset"])
    assert b"".join(b64decode(each.body["data"]) for each in parts) == BUNDLE
    assert service.homes() == ["hallway"]
    service.answers("hallway", CommandOutcome.DONE, "version 4 is in use")
    service.step()
    assert service.progress("hallway") is Progress.APPLIED
    assert {note.deed for note in service.book.ledger.notes} == {Deed.MODEL_CHANGED}


def test_a_model_that_came_spoilt_is_fetched_again(service: Service) -> None:
    service.desk.keep_artefact(BUNDLE)
    service.begin(a_model())
    for _ in range(3):
        service.step()
        service.answers("hallway", CommandOutcome.DONE)
    service.book.commands.answers = {
        key: answer for key, answer in service.book.commands.answers.items() if answer.name != "apply-release"
    }
    service.answers("hallway", CommandOutcome.REFUSED, Refusal.WRONG_HASH.told("fetch it again"))
    service.step()
    service.step(60)
    assert len(service.asked("fetch-model")) == 2


def test_what_no_gateway_would_take_is_not_begun(service: Service) -> None:
    plan = RolloutPlan(first="hallway")
    refused: list[tuple[SignedRelease, RolloutPlan, str]] = [
        (settings(1, "", by="thief"), plan, "not trusted"),
        (msgspec.structs.replace(settings(1, ""), signature=""), plan, "altered"),
        (settings(1, ""), RolloutPlan(first="halway"), "check the name"),
        (settings(1, "", target="halway"), plan, "check the name"),
        (settings(1, "", issued_ms=0, expires_ms=1), plan, "expired"),
        (a_model(), plan, "bring its bundle first"),
    ]
    for one, how, says in refused:
        with pytest.raises(RolloutRefusedError, match=says):
            service.desk.begin(one, how, by="u-admin")
    assert service.book.kept == {}
    assert service.book.ledger.notes == []


def test_versions_only_rise_and_one_is_under_way_at_a_time(service: Service) -> None:
    rollout = service.begin(settings(3, "ecg_rate_hz = 250"))
    with pytest.raises(RolloutConflictError, match="stop it first"):
        service.begin(settings(4, "ecg_rate_hz = 200"))
    service.desk.stop(rollout.id, by="u-admin")
    for version in (2, 3):
        with pytest.raises(RolloutConflictError, match="had version 3: sign it as 4 or higher"):
            service.begin(settings(version, "ecg_rate_hz = 200"))
    service.begin(settings(4, "ecg_rate_hz = 200"))


def test_two_administrators_who_advance_at_once_skip_no_stage(service: Service) -> None:
    rollout = service.begin()
    service.desk.advance(rollout.id, from_stage=Stage.ONE, by="u-admin")
    with pytest.raises(RolloutConflictError, match="stage share by now"):
        service.desk.advance(rollout.id, from_stage=Stage.ONE, by="u-other")
    assert service.state(rollout) == (RolloutState.RUNNING, Stage.SHARE)


def test_what_is_stopped_stays_stopped(service: Service) -> None:
    rollout = service.begin()
    service.desk.stop(rollout.id, by="u-admin")
    for change in (service.desk.pause, service.desk.resume):
        with pytest.raises(RolloutRefusedError, match="it is stopped"):
            change(rollout.id, by="u-admin")
    assert service.desk.stop(rollout.id, by="u-other").state is RolloutState.STOPPED
    assert len(service.book.ledger.notes) == 2, "what is so already is no deed"
    with pytest.raises(RolloutRefusedError, match="it is stopped"):
        service.desk.advance(rollout.id, from_stage=Stage.ONE, by="u-admin")


def test_every_deed_is_on_the_ledger_by_who_did_it_and_without_a_word_of_the_settings(
    service: Service,
) -> None:
    rollout = service.begin(settings(1, "ecg_rate_hz = 250 # for Wei"))
    service.desk.pause(rollout.id, by="u-other")
    service.desk.resume(rollout.id, by="u-admin")
    service.desk.advance(rollout.id, from_stage=Stage.ONE, by="u-admin")
    service.desk.stop(rollout.id, by="u-admin")
    told = [(note.actor, note.about["what"]) for note in service.book.ledger.notes]
    assert told == [
        ("u-admin", "begun"),
        ("u-other", "paused"),
        ("u-admin", "resumed"),
        ("u-admin", "advanced"),
        ("u-admin", "stopped"),
    ]
    assert "Wei" not in repr(service.book.ledger.notes)


def test_what_is_no_bundle_of_a_model_is_not_kept(service: Service) -> None:
    with pytest.raises(RolloutRefusedError, match="no bundle"):
        service.desk.keep_artefact(b"\xc1")
    assert service.book.artefacts == {}


def test_without_a_key_of_its_own_a_service_gives_out_nothing(service: Service) -> None:
    keyless = RolloutDesk(
        book=service.book,
        gateways=service.office,
        clock=service.clock,
        new_id=lambda: "x",
        release_keys=(),
    )
    with pytest.raises(RolloutRefusedError, match="release_keys is empty"):
        keyless.begin(settings(1, ""), PLAN, by="u-admin")
