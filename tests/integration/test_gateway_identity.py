"""Gateways are who they say: Debian's mosquitto, the service's own authority, and everybody who is not."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from cloud.access.gateways import GatewayAccess
from cloud.gateways.authority import DAY_MS, Authority, Use, new_authority, new_key
from cloud.gateways.authority_files import private_pem
from cloud.gateways.broker_door import MqttDoor
from cloud.gateways.broker_files import BrokerFiles
from cloud.gateways.compose import Holder, certify
from cloud.gateways.enrolment import EnrolmentDesk, ServicePlace
from cloud.gateways.gatekeeping import Gatekeeping
from cloud.gateways.standing import Standings
from cloud.ingest.running import Ingest
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.batches import batch
from tests.contracts.records import NOW_MS, STRAP, run
from tests.fakes.broker_process import GuardedBroker
from tests.fakes.gateway import eventually
from tests.fakes.gateway_delivery import gateway_delivering, until
from tests.fakes.gateway_records import open_outbox
from tests.fakes.gateway_records import run as record
from tests.fakes.identities import a_request, random_bytes
from tests.fakes.mqtt_clients import let_go
from tests.fakes.service_ingest import service_ingest
from vitals.clock import ScaledClock
from vitals.errors import EnvelopeError
from vitals.wire import topics

CLOCK = ScaledClock()
CRAFTED = ("+", "#", "a/b", "hallway/up", "hallway/down", "$SYS", "ingest ", "Hallway", "hall way")
ALL_TIME_MS = (0, 1 << 45)


@dataclass(slots=True)
class Peer:
    """Somebody with a certificate and its key, at the broker."""

    port: int
    ca: Path
    identity: Path | None
    name: str
    codes: list[str] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    connected: threading.Event = field(default_factory=threading.Event)
    client: mqtt.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=self.name, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        context = ssl.create_default_context(cafile=self.ca)
        if self.identity is not None:
            context.load_cert_chain(self.identity)
        self.client.tls_set_context(context)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self.ended.set()
        self.client.on_publish = lambda _c, _u, _m, code, _p: self.codes.append(code.getName())
        self.client.on_message = lambda _c, _u, message: self.got.append(message.topic)

    def _on_connect(self, _c: object, _u: object, _f: object, code: ReasonCode, _p: object) -> None:
        if not code.is_failure:
            self.connected.set()

    def come(self) -> bool:
        """Connect; tell whether it was let in."""
        try:
            self.client.connect("127.0.0.1", self.port, keepalive=10)
        except (ssl.SSLError, ConnectionError):
            return False
        self.client.loop_start()
        eventually(lambda: self.connected.is_set() or self.ended.is_set())
        return self.connected.is_set() and not self.ended.is_set()

    def publish(self, topic: str, payload: bytes = b"x") -> str:
        before = len(self.codes)
        self.client.publish(topic, payload, qos=1)
        eventually(lambda: len(self.codes) > before or self.ended.is_set())
        return self.codes[-1] if len(self.codes) > before else "ended"

    def leave(self) -> None:
        let_go(self.client)


@dataclass(slots=True, kw_only=True)
class Clinic:
    """A broker that goes by the service's book, the desk that writes it, and what keeps the two together."""

    folder: Path
    authority: Authority
    broker: GuardedBroker
    relational: Relational
    desk: EnrolmentDesk
    gatekeeping: Gatekeeping
    peers: list[Peer] = field(default_factory=list)

    @property
    def ca(self) -> Path:
        return self.folder / "broker-files" / "ca.crt"

    def enrol(self, name: str) -> Path:
        """Let a gateway in; return the file with its key and certificate."""
        key = new_key()
        answer = self.desk.enrol(self.desk.invite(name, by="ada").token, a_request(key))
        return self.keep(name, key, answer.certificate.encode())

    def keep(self, name: str, key: ec.EllipticCurvePrivateKey, certificate: bytes) -> Path:
        file = self.folder / f"{abs(hash((name, certificate)))}.pem"
        file.write_bytes(private_pem(key) + certificate)
        return file

    def joined(self, name: str) -> Path:
        """Return key and certificate of a part of the service in one file."""
        file = self.folder / f"{name}.pem"
        file.write_bytes(b"".join((self.folder / f"{name}{end}").read_bytes() for end in (".key", ".crt")))
        return file

    def certified(self, name: str, **more) -> Path:
        """Certify a name as the authority never would by itself: its key was misused."""
        key = new_key()
        return self.keep(name, key, misused(self.authority, name, key, **more))

    def settle(self) -> None:
        """Have the files written, and the broker go by them: as the service and systemd do within seconds."""
        self.gatekeeping.step()
        self.broker.restart()

    def peer(self, name: str, identity: Path | None, ca: Path | None = None) -> Peer:
        self.peers.append(Peer(self.broker.port, ca or self.ca, identity, name))
        return self.peers[-1]

    def files(self, name: str) -> dict[str, Path]:
        return {
            "ca_file": self.ca,
            "cert_file": self.folder / f"{name}.crt",
            "key_file": self.folder / f"{name}.key",
        }


def misused(
    authority: Authority,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    begins_ms: int = -DAY_MS,
    ends_ms: int = DAY_MS,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> bytes:
    def at(offset_ms: int) -> datetime:
        return datetime.fromtimestamp((CLOCK.wall_ms() + offset_ms) // 1000, UTC)

    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at(begins_ms))
        .not_valid_after(at(ends_ms))
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        .sign(authority.key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    now_ms = CLOCK.wall_ms()
    authority = new_authority(now_ms=now_ms, randomness=random_bytes)
    for holder in (
        Holder(use=Use.BROKER, name="broker", hosts=("localhost", "127.0.0.1")),
        Holder(use=Use.INGEST, name="ingest"),
    ):
        certify(authority, holder, folder, now_ms=now_ms, randomness=random_bytes)
    relational = open_relational(f"sqlite:///{folder}/carewire.db")
    files = folder / "broker-files"
    broker = GuardedBroker(folder / "broker", certificates=folder, files=files)
    desk = EnrolmentDesk(
        authority=authority,
        place=ServicePlace(
            url="http://127.0.0.1:1", is_public=False, broker_host="127.0.0.1", broker_port=broker.port
        ),
        book=relational.gateway_book,
        access=GatewayAccess(store=relational.credentials, clock=CLOCK, randomness=random_bytes),
        ledger=relational.ledger,
        clock=CLOCK,
        randomness=random_bytes,
        together=relational.database.together,
        certificate_days=90,
    )
    gatekeeping = Gatekeeping(
        book=relational.gateway_book,
        authority=authority,
        files=BrokerFiles(folder=files),
        door=MqttDoor(host="127.0.0.1", port=broker.port, ca_file=files / "ca.crt"),
        clock=CLOCK,
        randomness=random_bytes,
    )
    gatekeeping.step()
    broker.start()
    yield Clinic(
        folder=folder,
        authority=authority,
        broker=broker,
        relational=relational,
        desk=desk,
        gatekeeping=gatekeeping,
    )
    broker.kill()
    relational.close()


@pytest.fixture(autouse=True)
def _everybody_leaves(clinic: Clinic) -> Iterator[None]:
    yield
    for peer in clinic.peers:
        peer.leave()
    clinic.peers.clear()


@pytest.fixture
def series(tmp_path: Path) -> Iterator[SqliteSeries]:
    opened = SqliteSeries(tmp_path / "series.db")
    yield opened
    opened.close()


@pytest.fixture(name="ingest")
def _ingest(clinic: Clinic, series: SqliteSeries) -> Iterator[Ingest]:
    standings = Standings(book=clinic.relational.gateway_book, monotonic_s=time.monotonic)
    with service_ingest(
        clinic.broker.port,
        series,
        worn=(STRAP,),
        standing=standings,
        client_id="ingest",
        **clinic.files("ingest"),
    ) as running:
        eventually(lambda: running.health().broker.subscriptions > 0)
        yield running


def stored(series: SqliteSeries) -> list[float]:
    return [point.value for point in series.observations("wei", "heart_rate", *ALL_TIME_MS, 99).points]


# --- Who is let in ------------------------------------------------------------------------------------


def test_a_gateway_that_was_let_in_reaches_its_own_topics_and_no_others(clinic: Clinic) -> None:
    hallway = clinic.peer("hallway", clinic.enrol("hallway"))
    garden = clinic.peer("garden", clinic.enrol("garden"))
    assert hallway.come()
    assert garden.come()
    assert hallway.publish(topics.up("hallway")) in {"Success", "No matching subscribers"}
    for topic in (
        topics.up("garden"),
        topics.status("garden"),
        topics.down_ack("hallway"),
        topics.down_command("garden"),
        "v1/gw/up",
        "v1/gw//up",
        "v1/gw/hallway/up/more",
        "anything",
    ):
        assert hallway.publish(topic) == "Not authorized", topic


WORTHLESS: dict[str, Callable[[Clinic], Path | None]] = {
    "no certificate": lambda _: None,
    "expired": lambda clinic: clinic.certified("hallway", begins_ms=-2 * DAY_MS, ends_ms=-DAY_MS),
    "not yet valid": lambda clinic: clinic.certified("hallway", begins_ms=DAY_MS, ends_ms=2 * DAY_MS),
    "for a server": lambda clinic: clinic.certified("hallway", usage=ExtendedKeyUsageOID.SERVER_AUTH),
    "of another authority": lambda clinic: _of_another(clinic, "hallway"),
    "signed by itself": lambda clinic: _by_itself(clinic, "hallway"),
    "signed by another gateway": lambda clinic: _by_a_gateway(clinic, "hallway"),
}


def _of_another(clinic: Clinic, name: str) -> Path:
    key = new_key()
    other = new_authority(now_ms=CLOCK.wall_ms(), randomness=random_bytes)
    return clinic.keep(name, key, misused(other, name, key))


def _by_itself(clinic: Clinic, name: str) -> Path:
    key = new_key()
    alone = Authority(certificate=clinic.authority.certificate, key=key)
    return clinic.keep(name, key, misused(alone, name, key))


def _by_a_gateway(clinic: Clinic, name: str) -> Path:
    pem = clinic.enrol("attic").read_bytes()
    attic = Authority(
        certificate=x509.load_pem_x509_certificate(pem),
        key=serialization.load_pem_private_key(pem, None),  # type: ignore[arg-type]
    )
    key = new_key()
    return clinic.keep(name, key, misused(attic, name, key) + pem[pem.index(b"-----BEGIN CERT") :])


@pytest.mark.parametrize("what", WORTHLESS)
def test_whose_certificate_proves_nothing_is_not_let_in(clinic: Clinic, what: str) -> None:
    clinic.enrol("hallway")
    assert not clinic.peer("hallway", WORTHLESS[what](clinic)).come()


@pytest.mark.parametrize("name", CRAFTED)
def test_a_crafted_name_by_the_same_authority_reaches_nobody_but_itself(clinic: Clinic, name: str) -> None:
    hallway = clinic.peer("hallway", clinic.enrol("hallway"))
    service = clinic.peer("ingest", clinic.joined("ingest"))
    assert hallway.come()
    assert service.come()
    hallway.client.subscribe([(topics.down_ack("hallway"), 1), (topics.down_command("hallway"), 1)])
    service.client.subscribe([(topics.ALL_UP, 1), (topics.ALL_STATUS, 1)])
    forger = clinic.peer(name, clinic.certified(name))
    if forger.come():
        for topic in (topics.up("hallway"), topics.status("hallway"), topics.down_ack("hallway")):
            assert forger.publish(topic) in {"Not authorized", "ended"}, topic
        for end in ("up", "status", "down/ack"):
            forger.publish(f"v1/gw/{name}/{end}".replace("+", "x").replace("#", "x"))
        forger.client.subscribe([("#", 1), ("v1/gw/+/up", 1), ("v1/gw/hallway/down/#", 1)])
    hallway.publish(topics.up("hallway"))
    eventually(lambda: topics.up("hallway") in service.got)
    for topic in set(service.got) - {topics.up("hallway")}:
        with pytest.raises(EnvelopeError):  # to the service it is of nobody
            topics.gateway_of(topic)
    assert hallway.got == forger.got == []


def test_the_client_says_another_id_and_is_taken_for_what_its_certificate_says(clinic: Clinic) -> None:
    hallway = clinic.peer("hallway", clinic.enrol("hallway"))
    assert hallway.come()
    garden = clinic.peer("hallway", clinic.enrol("garden"))
    assert garden.come()
    assert not hallway.ended.is_set(), "its session is still its own"
    assert garden.publish(topics.up("hallway")) == "Not authorized"


# --- Who is no longer ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("ingest")
def test_a_revoked_gateway_that_is_connected_is_turned_out_and_does_not_come_back(
    clinic: Clinic, series: SqliteSeries
) -> None:
    identity = clinic.enrol("hallway")
    thief = clinic.peer("hallway", identity)
    assert thief.come()
    thief.publish(topics.up("hallway"), batch(run((NOW_MS, 60.0))))
    eventually(lambda: stored(series) == [60.0])
    clinic.desk.revoke("hallway", by="ada")
    clinic.settle()
    eventually(thief.ended.is_set)
    _settled(clinic, "hallway")
    assert not clinic.peer("hallway", identity).come()
    assert stored(series) == [60.0]


@pytest.mark.usefixtures("ingest")
async def test_the_others_come_back_from_that_by_themselves_and_lose_nothing(
    clinic: Clinic, series: SqliteSeries, tmp_path: Path
) -> None:
    thief = clinic.peer("hallway", clinic.enrol("hallway"))
    assert thief.come()
    identity, outbox = clinic.enrol("garden"), open_outbox(tmp_path / "outbox.db")
    files = {"ca_file": clinic.ca, "cert_file": identity, "key_file": identity}
    async with gateway_delivering(outbox, clinic.broker.port, gateway="garden", **files) as running:
        for number in range(20):
            outbox.append([record(number)])
        running.delivery.notify()
        await until(lambda: outbox.status().records == 0)
        clinic.desk.revoke("hallway", by="ada")
        restarting = asyncio.create_task(asyncio.to_thread(clinic.settle))
        for number in range(20, 60):
            outbox.append([record(number)])
            running.delivery.notify()
            await asyncio.sleep(0)
        await restarting
        await until(lambda: outbox.status().records == 0)
    await until(thief.ended.is_set)
    (account,) = [each for each in series.accounts() if each.gateway == "garden"]
    assert account.stored == ((1, 60),)
    outbox.close()


def test_who_is_let_in_again_under_the_same_name_lets_no_thief_in_with_them(clinic: Clinic) -> None:
    stolen = clinic.enrol("hallway")
    thief = clinic.peer("hallway", stolen)
    assert thief.come()
    clinic.desk.revoke("hallway", by="ada")
    clinic.settle()
    _settled(clinic, "hallway")
    owner = clinic.peer("hallway", clinic.enrol("hallway"))
    assert owner.come()
    assert thief.ended.is_set()
    clinic.settle()
    assert not clinic.peer("hallway", stolen).come()
    owner = clinic.peer("hallway", owner.identity)
    assert owner.come()
    assert owner.publish(topics.up("hallway")) in {"Success", "No matching subscribers"}


def test_a_revoked_gateway_whose_certificate_nobody_listed_reaches_nothing(clinic: Clinic) -> None:
    by_hand = clinic.certified("attic-2")
    clinic.desk.revoke("attic-2", by="ada")
    clinic.settle()
    attic = clinic.peer("attic-2", by_hand)
    assert attic.come()
    assert attic.publish(topics.up("attic-2")) == "Not authorized"


def test_letting_a_gateway_in_leaves_the_brokers_files_as_they_are(clinic: Clinic) -> None:
    clinic.gatekeeping.step()
    before = (clinic.ca.parent / "revoked.crl").read_bytes(), (clinic.ca.parent / "acl").read_bytes()
    clinic.enrol("porch")
    clinic.gatekeeping.step()
    assert (
        (clinic.ca.parent / "revoked.crl").read_bytes(),
        (clinic.ca.parent / "acl").read_bytes(),
    ) == before


def test_a_broker_that_does_not_read_its_files_is_told_of(clinic: Clinic, monkeypatch) -> None:
    monkeypatch.setattr("cloud.gateways.gatekeeping.PATIENCE_ROUNDS", 2)
    clinic.enrol("cellar")
    clinic.desk.revoke("cellar", by="ada")
    for _ in range(2):
        clinic.gatekeeping.step()
    assert "systemctl restart mosquitto" in clinic.gatekeeping.troubles()[0]
    clinic.settle()
    _settled(clinic, "cellar")
    assert clinic.gatekeeping.troubles() == ()


def test_the_service_itself_takes_nothing_of_a_revoked_gateway_whatever_the_broker_lets_through(
    clinic: Clinic, ingest: Ingest, series: SqliteSeries
) -> None:
    hallway = clinic.peer("hallway", clinic.enrol("hallway"))
    assert hallway.come()
    clinic.desk.revoke("hallway", by="ada")
    time.sleep(1.1)  # the picture of who is revoked is a second old at most
    hallway.publish(topics.up("hallway"), batch(run((NOW_MS, 200.0))))
    eventually(lambda: ingest.health().stats.turned_away == 1)
    assert stored(series) == []
    clinic.settle()


def _settled(clinic: Clinic, gateway: str) -> None:
    """Wait until a revoked gateway is known to be cut off; the broker needs a moment to read its files."""

    def is_cut_off() -> bool:
        clinic.gatekeeping.step()
        return clinic.relational.gateway_book.standings()[gateway].severed_ms is not None

    eventually(is_cut_off)
