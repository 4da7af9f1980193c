"""Everything kept in the relational database, opened together."""

import secrets
from dataclasses import dataclass

from cloud.sealing.key_place import KeyPlace
from cloud.storage.forgetting import RelationalForgetting
from cloud.storage.relational.accounts import RelationalAccounts
from cloud.storage.relational.alert_state import RelationalAlerts
from cloud.storage.relational.api_tokens import RelationalApiTokens
from cloud.storage.relational.attempts import RelationalAttempts
from cloud.storage.relational.burden import RelationalBurden
from cloud.storage.relational.commands import RelationalCommands
from cloud.storage.relational.contacts import RelationalContacts
from cloud.storage.relational.database import Database
from cloud.storage.relational.directory import RelationalDirectory
from cloud.storage.relational.door_book import RelationalDoorBook
from cloud.storage.relational.duty import RelationalDuties
from cloud.storage.relational.erasures import RelationalErasures
from cloud.storage.relational.facts import RelationalFacts
from cloud.storage.relational.gateway_book import RelationalGatewayBook
from cloud.storage.relational.gateway_credentials import RelationalGatewayCredentials
from cloud.storage.relational.glass import RelationalGlass
from cloud.storage.relational.leases import RelationalLeases
from cloud.storage.relational.ledger import RelationalLedger
from cloud.storage.relational.ledger_book import RelationalLedgerBook
from cloud.storage.relational.linked_identities import RelationalLinkedIdentities
from cloud.storage.relational.links import RelationalLinks
from cloud.storage.relational.messages import RelationalMessages
from cloud.storage.relational.notes import RelationalNotes
from cloud.storage.relational.offers import RelationalOffers
from cloud.storage.relational.passkeys import RelationalPasskeys
from cloud.storage.relational.policies import RelationalPolicies
from cloud.storage.relational.preferences import RelationalPreferences
from cloud.storage.relational.processes import RelationalPresence, RelationalProcesses
from cloud.storage.relational.proxies import RelationalProxies
from cloud.storage.relational.relations import RelationalRelations
from cloud.storage.relational.rollouts import RelationalRollouts
from cloud.storage.relational.rule_book import RelationalRules
from cloud.storage.relational.running import RelationalRunning
from cloud.storage.relational.sealer import RelationalSealer
from cloud.storage.relational.sealing_in_place import seal_in_place
from cloud.storage.relational.sessions import RelationalSessions
from cloud.storage.relational.silences import RelationalSilences
from cloud.storage.relational.teams import RelationalTeams
from vitals.clock import ScaledClock
from vitals.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Relational:
    """The adapters of one database, a port or two each: people, gateways, alerts, commands, processes."""

    database: Database
    sealer: RelationalSealer
    directory: RelationalDirectory
    relations: RelationalRelations
    teams: RelationalTeams
    proxies: RelationalProxies
    offers: RelationalOffers
    glass: RelationalGlass
    accounts: RelationalAccounts
    links: RelationalLinks
    door_book: RelationalDoorBook
    sessions: RelationalSessions
    attempts: RelationalAttempts
    passkeys: RelationalPasskeys
    linked_identities: RelationalLinkedIdentities
    api_tokens: RelationalApiTokens
    alerts: RelationalAlerts
    burden: RelationalBurden
    commands: RelationalCommands
    contacts: RelationalContacts
    rules: RelationalRules
    credentials: RelationalGatewayCredentials
    gateway_book: RelationalGatewayBook
    processes: RelationalProcesses
    leases: RelationalLeases
    ledger: RelationalLedger
    ledger_book: RelationalLedgerBook
    presence: RelationalPresence
    rollouts: RelationalRollouts
    running: RelationalRunning
    facts: RelationalFacts
    notes: RelationalNotes
    messages: RelationalMessages
    policies: RelationalPolicies
    duties: RelationalDuties
    silences: RelationalSilences
    preferences: RelationalPreferences
    forgetting: RelationalForgetting
    erasures: RelationalErasures

    def troubles(self) -> tuple[str, ...]:
        """Return what is not well: the database is away, or what it keeps sealed does not open."""
        trouble = self.database.trouble
        away = () if trouble is None else (f"database: {trouble}",)
        return (*away, *self.sealer.troubles())

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()


def open_relational(url: str, *, busy_timeout_s: float = 5.0, keys: KeyPlace | None = None) -> Relational:
    """Open the database a `database_url` names, bring its tables up to date, and seal what is readable.

    `keys` says where the master key is; unset, in the folder `keys` beside an SQLite file.

    Raises
    ------
    ConfigurationError
        If the URL names no database this program speaks, or the master key it was sealed under is not there.
    StorageError
        If it cannot be reached or migrated.
    """
    database = Database(url, busy_timeout_s=busy_timeout_s)
    try:
        database.migrate()
        place = keys or _beside(database)
        sealer = RelationalSealer(database, place, secrets.token_bytes, ScaledClock().wall_ms)
        seal_in_place(database, sealer)
    except BaseException:
        database.close()
        raise
    ledger = RelationalLedger(database, secrets.token_bytes)
    return Relational(
        database=database,
        sealer=sealer,
        directory=RelationalDirectory(database, sealer),
        relations=RelationalRelations(database, sealer),
        teams=RelationalTeams(database, sealer),
        proxies=RelationalProxies(database),
        offers=RelationalOffers(database),
        glass=RelationalGlass(database, sealer),
        accounts=RelationalAccounts(database),
        links=RelationalLinks(database),
        door_book=RelationalDoorBook(database),
        sessions=RelationalSessions(database),
        attempts=RelationalAttempts(database),
        passkeys=RelationalPasskeys(database, sealer),
        linked_identities=RelationalLinkedIdentities(database),
        api_tokens=RelationalApiTokens(database, sealer),
        alerts=RelationalAlerts(database),
        burden=RelationalBurden(database),
        commands=RelationalCommands(database),
        contacts=RelationalContacts(database, sealer),
        rules=RelationalRules(database, sealer),
        credentials=RelationalGatewayCredentials(database),
        gateway_book=RelationalGatewayBook(database),
        processes=RelationalProcesses(database),
        leases=RelationalLeases(database),
        ledger=ledger,
        ledger_book=RelationalLedgerBook(database, secrets.token_bytes),
        presence=RelationalPresence(database),
        rollouts=RelationalRollouts(database, ledger),
        running=RelationalRunning(database, ledger),
        facts=RelationalFacts(database, sealer),
        notes=RelationalNotes(database, sealer),
        messages=RelationalMessages(database, sealer),
        policies=RelationalPolicies(database, sealer),
        duties=RelationalDuties(database),
        silences=RelationalSilences(database, sealer),
        preferences=RelationalPreferences(database),
        forgetting=RelationalForgetting(database, sealer),
        erasures=RelationalErasures(database),
    )


def _beside(database: Database) -> KeyPlace:
    if database.file is None:
        raise ConfigurationError(f"{database.name}: say where the master key is: keys.folder, or keys.master")
    return KeyPlace(folder=database.file.parent / "keys")
