"""What every relational store keeps. An adapter's test module derives a class and gives it a `store`."""

from tests.contracts.relational.alert_reader import AlertReaderContract
from tests.contracts.relational.alert_state_store import AlertStateStoreContract
from tests.contracts.relational.command_book import CommandBookContract
from tests.contracts.relational.credential_store import CredentialStoreContract
from tests.contracts.relational.directory import DirectoryContract
from tests.contracts.relational.due_alerts import DueAlertsContract
from tests.contracts.relational.eraser import EraserContract
from tests.contracts.relational.link_store import LinkStoreContract
from tests.contracts.relational.session_store import SessionStoreContract
from tests.contracts.relations import RelationsContract


class RelationalContract(
    RelationsContract,
    EraserContract,
    DirectoryContract,
    LinkStoreContract,
    SessionStoreContract,
    AlertStateStoreContract,
    DueAlertsContract,
    CredentialStoreContract,
    AlertReaderContract,
    CommandBookContract,
):
    """All of it."""
