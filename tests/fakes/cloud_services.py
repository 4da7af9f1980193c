"""The services of the HTTP side over fakes, with a few people and patients in them."""

import hashlib
import itertools
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import httpx

from cloud.access.attempts import Attempts
from cloud.access.door_key import DoorKey
from cloud.access.entrance import Entrance, entrance_over
from cloud.access.gatekeeper import Gatekeeper
from cloud.access.gateways import GatewayAccess
from cloud.access.glass import Glass
from cloud.access.guests import Guests
from cloud.access.offers import Offers
from cloud.access.openid.log_in import OpenIdLogIn
from cloud.access.other_ways import OtherWays
from cloud.access.paces import Paces
from cloud.access.passkeys import Passkeys
from cloud.access.policies import Policy
from cloud.access.programs import Programs
from cloud.access.proxies import Proxies
from cloud.access.sessions import SESSION_LIFE_MS, Sessions
from cloud.access.sharing import Sharing
from cloud.access.site import site
from cloud.access.teams import Teams
from cloud.access.visits import VisitedPatient, need_of
from cloud.access.ways_in import WaysIn
from cloud.alerts.rules.plan import StandardPlans
from cloud.alerts.telling.duty_desk import DutyDesk
from cloud.alerts.telling.policy_desk import PolicyDesk
from cloud.alerts.telling.silence_desk import SilenceDesk
from cloud.burden.service import Burdens
from cloud.care.alert_rules import AlertRules
from cloud.care.fact_desk import FactDesk
from cloud.care.message_desk import MessageDesk
from cloud.care.message_notices import MessageNotices
from cloud.care.note_desk import NoteDesk
from cloud.care.symptoms import SymptomDesk
from cloud.commands.issue import CommandIssuer
from cloud.commands.waveforms import WaveformRequests
from cloud.early_warning.assess import ModelSilence
from cloud.early_warning.history import History
from cloud.early_warning.local_time import LocalTime
from cloud.early_warning.service import EarlyWarnings
from cloud.erasing.desk import ErasureDesk, asker_of
from cloud.export.desk import ExportDesk
from cloud.export.sources import Sources
from cloud.gateways.authority import Authority
from cloud.gateways.enrolment import EnrolmentDesk, ServicePlace
from cloud.gateways.standing import Unquestioned
from cloud.ingest.batch_desk import BatchDesk
from cloud.ingest.inbox import Inbox
from cloud.ledger.looks import Looks
from cloud.ledger.scribe import Scribe
from cloud.live import LiveHub
from cloud.live_ids import StreamIds
from cloud.metrics import Metrics
from cloud.notifiers.own_ways import OwnWays
from cloud.ports import (
    EVERYTHING,
    Basis,
    Beat,
    Channel,
    GlassBreak,
    Patient,
    Person,
    Role,
    Scope,
    ServiceRole,
    Words,
)
from cloud.rehearsal.service import Rehearsals
from cloud.replay.service import Replay
from cloud.reports.desk import ReportDesk
from cloud.reports.gather import ReportSources
from cloud.rollouts.desk import RolloutDesk
from cloud.services import Services
from cloud.underpinnings import Underpinnings
from cloud.wearing.adoption import AdoptionDesk
from cloud.wearing.desk import WearingDesk
from tests.fakes.alert_reader import FakeAlertReader
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.burden_reader import FakeBurdenReader
from tests.fakes.clock import FakeClock
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.contact_book import FakeContactBook
from tests.fakes.credential_store import FakeCredentialStore
from tests.fakes.directory import FakeDirectory
from tests.fakes.erasure_book import FakeErasureBook
from tests.fakes.fact_book import FakeFactBook
from tests.fakes.gateway_book import FakeGatewayBook
from tests.fakes.identities import an_authority
from tests.fakes.ingest import FakeDeviceRegistry
from tests.fakes.ledger import FakeLedger
from tests.fakes.ledger_book import FakeLedgerBook, desk_over
from tests.fakes.message_book import FakeMessageBook
from tests.fakes.note_book import FakeNoteBook
from tests.fakes.quarantine import FakeQuarantine
from tests.fakes.rehearsal import FakeRehearsal
from tests.fakes.releases import public
from tests.fakes.rollout_book import FakeRolloutBook
from tests.fakes.rule_book import FakeRuleBook
from tests.fakes.running_book import FakeRunningBook
from tests.fakes.series_reader import FakeOccurrenceReader, FakeSeriesReader
from tests.fakes.session_store import FakeSessionStore
from tests.fakes.sign_in_books import FakeAccountStore, FakeDoorBook, FakeHasher, FakeLinkStore
from tests.fakes.sign_in_ways import FakeSignInWays
from tests.fakes.telling_books import FakeDutyBook, FakePolicyBook, FakePreferenceBook, FakeSilenceBook
from tests.fakes.way import FakeWay
from vitals.clock import Clock

WEI = Patient(id="p-wei", display_name="Wei")
AMA = Patient(id="p-ama", display_name="Ama")
CARER = Person(id="u-carer", display_name="Lin", role=Role.CAREGIVER)
STRANGER = Person(id="u-stranger", display_name="Sam", role=Role.CLINICIAN)
OWNER = Person(id="u-wei", display_name="Wei", role=Role.PATIENT, patient_id="p-wei")
DOCTOR = Person(id="u-doctor", display_name="Mei", role=Role.CLINICIAN)
ADMIN = Person(id="u-admin", display_name="Ada", role=Role.ADMINISTRATOR)

METRICS_TOKEN = "collect-" * 5
ClientFor = Callable[[Person | None], httpx.AsyncClient]
"""Makes a client that calls as a person, or as a stranger."""


@dataclass(slots=True)
class CountedRandomness:
    """Bytes that differ each time and are the same in every run."""

    seed: str = "tests"
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __call__(self, length: int) -> bytes:
        return hashlib.shake_256(f"{self.seed}-{next(self._numbers)}".encode()).digest(length)


@dataclass(slots=True)
class FakeCloud:
    """Every fake behind `services`, by name. Lin and Mei may see Wei; Sam nobody; Ada administers."""

    clock: Clock = field(default_factory=FakeClock)
    public_url: str = "http://127.0.0.1:8080"
    paces: Paces = field(default_factory=lambda: Paces(itertools.count().__next__))  # a second each asking
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    store: FakeSessionStore = field(default_factory=FakeSessionStore)
    links: FakeLinkStore = field(default_factory=FakeLinkStore)
    accounts: FakeAccountStore = field(default_factory=FakeAccountStore)
    door_book: FakeDoorBook = field(default_factory=FakeDoorBook)
    hasher: FakeHasher = field(default_factory=FakeHasher)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    running: FakeRunningBook = field(default_factory=FakeRunningBook)
    entrance: Entrance = field(init=False)
    ledger_book: FakeLedgerBook = field(init=False)
    credentials: FakeCredentialStore = field(default_factory=FakeCredentialStore)
    gateway_book: FakeGatewayBook = field(default_factory=FakeGatewayBook)
    authority: Authority | None = field(default_factory=an_authority)
    ways: FakeSignInWays = field(default_factory=FakeSignInWays)
    inbox: Inbox = field(default_factory=Inbox)
    series: FakeSeriesReader = field(default_factory=FakeSeriesReader)
    occurrences: FakeOccurrenceReader = field(default_factory=FakeOccurrenceReader)
    back_office: FakeBackOffice = field(default_factory=FakeBackOffice)
    quarantine: FakeQuarantine = field(default_factory=FakeQuarantine)
    commands: FakeCommandBook = field(default_factory=FakeCommandBook)
    live: LiveHub = field(default_factory=lambda: LiveHub(StreamIds(CountedRandomness("streams"))))
    troubles: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    is_alerting: bool = True
    underpinnings: Underpinnings = field(
        default_factory=lambda: Underpinnings(
            processes=(Beat(process_id="one", roles=frozenset(ServiceRole), count=1),),
            database="sqlite",
            series="sqlite",
            broker="127.0.0.1:1883",
            has_own_keys=True,
            backups=None,
        )
    )
    contacts: FakeContactBook = field(default_factory=FakeContactBook)
    email: FakeWay = field(default_factory=FakeWay)
    webhook: FakeWay = field(default_factory=lambda: FakeWay(Channel.WEBHOOK))
    alerts: FakeAlertReader = field(default_factory=FakeAlertReader)
    facts: FakeFactBook = field(default_factory=FakeFactBook)
    notes: FakeNoteBook = field(default_factory=FakeNoteBook)
    messages: FakeMessageBook = field(default_factory=FakeMessageBook)
    messages_told: list[tuple[str, Words, str]] = field(default_factory=list)
    symptoms_told: list[tuple[str, str, int]] = field(default_factory=list)
    erasures: FakeErasureBook = field(default_factory=FakeErasureBook)
    burden: FakeBurdenReader = field(default_factory=FakeBurdenReader)
    rule_book: FakeRuleBook = field(default_factory=FakeRuleBook)
    rehearsal: FakeRehearsal = field(default_factory=FakeRehearsal)
    duties: FakeDutyBook = field(default_factory=FakeDutyBook)
    silences: FakeSilenceBook = field(default_factory=FakeSilenceBook)
    policies: FakePolicyBook = field(default_factory=FakePolicyBook)
    preferences: FakePreferenceBook = field(default_factory=FakePreferenceBook)
    sessions: Sessions = field(init=False)
    gatekeeper: Gatekeeper = field(init=False)
    passkeys: Passkeys = field(init=False)
    programs: Programs = field(init=False)
    openid: OpenIdLogIn | None = None
    sharing: Sharing = field(init=False)
    offers: Offers = field(init=False)
    teams: Teams = field(init=False)
    proxies: Proxies = field(init=False)
    glass: Glass = field(init=False)
    told_of: list[GlassBreak] = field(default_factory=list)
    notices: list[tuple[str, Words]] = field(default_factory=list)
    randomness: CountedRandomness = field(default_factory=lambda: CountedRandomness("ways"))
    early_warnings: EarlyWarnings = field(init=False)
    own_ways: OwnWays = field(init=False)
    rehearsals: Rehearsals = field(init=False)
    gateway_access: GatewayAccess = field(init=False)
    enrolment: EnrolmentDesk = field(init=False)
    batches: BatchDesk = field(init=False)
    rollouts: FakeRolloutBook = field(init=False)
    metrics: Metrics = field(default_factory=lambda: Metrics(token=METRICS_TOKEN))

    def __post_init__(self) -> None:
        self.rollouts = FakeRolloutBook(commands=self.commands, ledger=self.ledger)
        self.ledger_book = FakeLedgerBook(ledger=self.ledger)
        self.sessions = Sessions(
            store=self.store,
            links=self.links,
            accounts=self.accounts,
            directory=self.directory,
            ledger=self.ledger,
            together=nullcontext,
            clock=self.clock,
            randomness=CountedRandomness(),
        )
        self.gatekeeper = Gatekeeper(
            reader=self.directory.relations,
            wall_ms=self.clock.wall_ms,
            monotonic_s=self.clock.monotonic_s,
            look_every_s=0.0,
        )
        self.passkeys = Passkeys(
            book=self.ways.passkeys,
            attempts=self.attempts(),
            ledger=self.ledger,
            together=nullcontext,
            ways_in=self.ways_in(),
            end_sessions=self.sessions.end_all,
            site=site(self.public_url),
            clock=self.clock,
        )
        self.programs = Programs(
            book=self.ways.api_tokens,
            directory=self.directory,
            accounts=self.accounts,
            permissions=self.gatekeeper,
            ledger=self.ledger,
            together=nullcontext,
            clock=self.clock,
            randomness=CountedRandomness("programs"),
            new_id=lambda: f"token-{len(self.ways.api_tokens.kept)}",
        )
        self.sharing = Sharing(
            book=self.directory.relations,
            ledger=self.ledger,
            gatekeeper=self.gatekeeper,
            clock=self.clock,
            new_id=lambda: f"given-{len(self.directory.relations.grants)}",
            together=nullcontext,
        )
        relations = self.directory.relations
        self.offers = Offers(book=relations, sharing=self.sharing, randomness=CountedRandomness("offers"))
        self.teams = Teams(
            book=relations,
            ledger=self.ledger,
            gatekeeper=self.gatekeeper,
            clock=self.clock,
            new_id=lambda: f"team-{len(relations.known_teams)}-{len(relations.memberships)}",
            together=nullcontext,
        )
        self.proxies = Proxies(
            book=relations,
            ledger=self.ledger,
            gatekeeper=self.gatekeeper,
            clock=self.clock,
            new_id=lambda: f"proxy-{len(relations.proxies)}",
            together=nullcontext,
        )
        self.glass = Glass(
            book=relations,
            ledger=self.ledger,
            gatekeeper=self.gatekeeper,
            clock=self.clock,
            new_id=lambda: f"glass-{len(relations.glass)}",
            together=nullcontext,
            tell=self.told_of.append,
            most_a_day=10,
            call="Ada",
        )
        self.entrance = entrance_over(
            self.sessions,
            key=DoorKey(secret=b"k" * 32),
            hasher=self.hasher,
            book=self.door_book,
            other_ways=OtherWays(
                passkeys=self.ways.passkeys,
                identities=self.ways.linked_identities,
                tokens=self.ways.api_tokens,
            ),
            people=lambda: [*self.directory.people.values()],
            tell=lambda person_id, words: self.notices.append((person_id, words)),
        )
        self.gateway_access = GatewayAccess(
            store=self.credentials, clock=self.clock, randomness=CountedRandomness("gateways")
        )
        self.enrolment = EnrolmentDesk(
            authority=self.authority,
            place=ServicePlace(
                url=self.public_url, is_public=False, broker_host="127.0.0.1", broker_port=8883
            ),
            book=self.gateway_book,
            access=self.gateway_access,
            ledger=self.ledger,
            clock=self.clock,
            randomness=CountedRandomness("enrolment"),
            together=nullcontext,
            certificate_days=90,
        )
        self.own_ways = OwnWays(
            book=self.contacts,
            ways={one.channel: one for one in (self.email, self.webhook)},
            clock=self.clock,
            new_secret=lambda: self.randomness(32).hex(),
            site_url=self.public_url,
            monotonic_s=self.clock.monotonic_s,
        )
        self.batches = BatchDesk(inbox=self.inbox, clock=self.clock, patience_s=60.0)
        self.early_warnings = EarlyWarnings(
            history=History(series=self.series, rollups=self.series, local=LocalTime(zone=ZoneInfo("UTC"))),
            clock=self.clock,
            model=ModelSilence.NOT_INSTALLED,
            later=lambda work: work(),
        )
        self.rehearsals = Rehearsals(
            series=self.series,
            rollups=self.series,
            occurrences=self.occurrences,
            plans=StandardPlans(),
            clock=self.clock,
            patience_s=0.01,
        )
        for patient in (WEI, AMA):
            self.directory.add_patient(patient)
        for person in (CARER, STRANGER, OWNER, DOCTOR, ADMIN):
            self.directory.add_person(person)
        for person in (CARER, DOCTOR):
            self.directory.grant(person.id, WEI.id, 0, None)

    def attempts(self) -> Attempts:
        return Attempts(book=self.ways.attempts, clock=self.clock, randomness=CountedRandomness("attempts"))

    def reports(self) -> ReportDesk:
        return ReportDesk(
            sources=ReportSources(
                directory=self.directory,
                series=self.series,
                rollups=self.series,
                occurrences=self.occurrences,
                alerts=self.alerts,
                facts=self.facts,
                alert_rules=AlertRules(book=self.rule_book, rehearsal=self.rehearsal, clock=self.clock),
                local=LocalTime(zone=ZoneInfo("UTC")),
            ),
            ledger=self.ledger,
            book=desk_over(self.ledger_book),
            clock=self.clock,
            new_reference=lambda: f"reference-{len(self.ledger.notes)}",
        )

    def ways_in(self, issuer: str | None = None) -> WaysIn:
        return WaysIn(
            passkeys=self.ways.passkeys,
            identities=self.ways.linked_identities,
            issuer=issuer,
            has_password=lambda person_id: self.accounts.account(person_id).password is not None,
        )

    def tell_of_message(
        self, person_id: str, words: Words, *, path: str, without: Collection[Channel]
    ) -> None:
        assert not without
        self.messages_told.append((person_id, words, path))

    def token(self, person: Person) -> str:
        return self.sessions.issue(person.id, SESSION_LIFE_MS)

    @property
    def services(self) -> Services:
        issuer = CommandIssuer(book=self.commands, clock=self.clock, new_id=self.commands.new_id)
        return Services(
            site=site(self.public_url),
            paces=self.paces,
            clock=self.clock,
            local=LocalTime(zone=ZoneInfo("UTC")),
            sessions=self.sessions,
            passkeys=self.passkeys,
            programs=self.programs,
            openid=self.openid,
            gatekeeper=self.gatekeeper,
            sharing=self.sharing,
            offers=self.offers,
            teams=self.teams,
            proxies=self.proxies,
            glass=self.glass,
            guests=Guests(invitations=self.entrance.invitations, sharing=self.sharing),
            entrance=self.entrance,
            directory=self.directory,
            series=self.series,
            rollups=self.series,
            occurrences=self.occurrences,
            alerts=self.alerts,
            acknowledger=self.alerts,
            alert_rules=AlertRules(book=self.rule_book, rehearsal=self.rehearsal, clock=self.clock),
            records=self.back_office,
            quarantine=self.quarantine,
            replay=Replay(
                quarantine=self.quarantine,
                store=self.quarantine,
                devices=FakeDeviceRegistry(),
                answers=self.commands,
                clock=self.clock,
            ),
            unbound=self.back_office,
            wearing=WearingDesk(
                book=self.directory, ledger=self.ledger, together=nullcontext, clock=self.clock
            ),
            adoptions=AdoptionDesk(
                book=self.directory,
                unbound=self.back_office,
                standing=Unquestioned(),
                ledger=self.ledger,
                clock=self.clock,
            ),
            gateways=self.back_office,
            presence=self.back_office,
            commands=issuer,
            waveform_requests=WaveformRequests(
                issuer=issuer, book=self.commands, directory=self.directory, gateways=self.back_office
            ),
            running=self.running,
            rollouts=RolloutDesk(
                book=self.rollouts,
                gateways=self.back_office,
                clock=self.clock,
                new_id=lambda: f"rollout-{len(self.rollouts.kept) + 1}",
                release_keys=(public(),),
            ),
            early_warnings=self.early_warnings,
            own_ways=self.own_ways,
            web_push_key="BPublicKey",
            facts=FactDesk(book=self.facts, clock=self.clock),
            notes=NoteDesk(
                book=self.notes, clock=self.clock, new_id=lambda: f"note-{len(self.notes.notes) + 1}"
            ),
            messages=MessageDesk(
                book=self.messages,
                marks=self.messages,
                clock=self.clock,
                new_id=lambda: f"message-{len(self.messages.messages) + 1}",
                notify=MessageNotices(
                    readers=lambda patient_id: self.gatekeeper.people_who_may(
                        patient_id, need_of(Policy.PATIENT_MESSAGED), self.clock.wall_ms()
                    ),
                    marks=self.messages,
                    preferences=self.preferences,
                    local=LocalTime(zone=ZoneInfo("UTC")),
                    tell=self.tell_of_message,
                ),
            ),
            symptoms=SymptomDesk(
                book=self.facts,
                clock=self.clock,
                together=nullcontext,
                tell=lambda *told: self.symptoms_told.append(told),
            ),
            exports=ExportDesk(
                sources=Sources(
                    directory=self.directory,
                    permissions=self.gatekeeper,
                    series=self.series,
                    occurrences=self.occurrences,
                    alerts=self.alerts,
                    facts=self.facts,
                    notes=self.notes,
                    messages=self.messages,
                    looks=lambda _: (),
                    local=LocalTime(zone=ZoneInfo("UTC")),
                ),
                ledger=self.ledger,
                clock=self.clock,
            ),
            reports=self.reports(),
            erasures=ErasureDesk(
                book=self.erasures,
                ledger=self.ledger,
                clock=self.clock,
                may_ask=self.sharing.may_share,
                asker_of=lambda person, patient: asker_of(self.directory.person(person), patient),
                new_reference=lambda: f"reference-{len(self.erasures.asked)}",
                together=nullcontext,
                telling=self.erasures.told,
            ),
            rehearsals=self.rehearsals,
            burdens=Burdens(reader=self.burden, local=LocalTime(zone=ZoneInfo("UTC"))),
            duties=DutyDesk(
                book=self.duties,
                permissions=self.gatekeeper,
                clock=self.clock,
                local=LocalTime(zone=ZoneInfo("UTC")),
                new_id=lambda: f"shift-{len(self.duties.shifts)}",
                live=self.live,
            ),
            silences=SilenceDesk(
                book=self.silences,
                clock=self.clock,
                new_id=lambda: f"silence-{len(self.silences.silences)}",
            ),
            policies=PolicyDesk(book=self.policies, permissions=self.gatekeeper, clock=self.clock),
            preferences=self.preferences,
            live=self.live,
            ledger=desk_over(self.ledger_book),
            looks=Looks(scribe=Scribe(self.ledger), wall_ms=self.clock.wall_ms),
            gateway_access=self.gateway_access,
            enrolment=self.enrolment,
            batches=self.batches,
            metrics=self.metrics,
            troubles=lambda: self.troubles,
            is_alerting=lambda: self.is_alerting,
            lacks=self.lacks,
            underpinnings=lambda: self.underpinnings,
        )


def a_visit(
    cloud: FakeCloud, person: Person = CARER, scopes: frozenset[Scope] = EVERYTHING
) -> VisitedPatient:
    """Return a person's visit of Wei, as a guard that found so much open lets it through."""
    viewer = cloud.sessions.viewer(cloud.token(person))
    assert viewer is not None
    return VisitedPatient(viewer=viewer, patient=WEI, scopes=scopes, bases=frozenset({Basis.GRANT}))
