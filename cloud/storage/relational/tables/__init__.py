"""The relational tables: people, what they may see, alerts, what is asked of gateways, and who does what.

`migrations/` brings a database to this; a test compares the two. A patient's id is a pseudonym
that crosses stores, so the tables of alerts refer to it without a foreign key.
"""

from cloud.storage.relational.tables.accounts import (
    account,
    door_counter,
    recovery_code,
    session,
    sign_in_link,
)
from cloud.storage.relational.tables.alerts import alert, evaluated_slice, evaluator_state, hand_off
from cloud.storage.relational.tables.care import clinical_note, fact_note, rule_change
from cloud.storage.relational.tables.enrolment import (
    gateway_certificate,
    gateway_invitation,
    gateway_patient,
    gateway_standing,
)
from cloud.storage.relational.tables.gateways import command, command_answer, gateway_credential
from cloud.storage.relational.tables.ledger import (
    ledger_entry,
    ledger_head,
    ledger_node,
    ledger_origin,
    ledger_pseudonym,
    ledger_waiting,
    ledger_witness,
)
from cloud.storage.relational.tables.messages import message_mark, patient_message
from cloud.storage.relational.tables.people import (
    binding,
    device,
    patient,
    person,
)
from cloud.storage.relational.tables.processes import gateway_presence, partition_lease, process
from cloud.storage.relational.tables.relations import (
    care_team,
    glass_break,
    grant_offer,
    patient_grant,
    proxy,
    relation_epoch,
    team_member,
)
from cloud.storage.relational.tables.rollouts import (
    gateway_running,
    rollout,
    rollout_artefact,
    rollout_gateway,
)
from cloud.storage.relational.tables.schema import metadata
from cloud.storage.relational.tables.seals import data_key, erasure, sealed_column
from cloud.storage.relational.tables.sign_in_ways import (
    api_token,
    linked_identity,
    passkey,
    sign_in_attempt,
)
from cloud.storage.relational.tables.telling import (
    contact_point,
    duty_shift,
    policy_change,
    preference,
    rota,
    silence,
)

__all__ = [
    "account",
    "alert",
    "api_token",
    "binding",
    "care_team",
    "clinical_note",
    "command",
    "command_answer",
    "contact_point",
    "data_key",
    "device",
    "door_counter",
    "duty_shift",
    "erasure",
    "evaluated_slice",
    "evaluator_state",
    "fact_note",
    "gateway_certificate",
    "gateway_credential",
    "gateway_invitation",
    "gateway_patient",
    "gateway_presence",
    "gateway_running",
    "gateway_standing",
    "glass_break",
    "grant_offer",
    "hand_off",
    "ledger_entry",
    "ledger_head",
    "ledger_node",
    "ledger_origin",
    "ledger_pseudonym",
    "ledger_waiting",
    "ledger_witness",
    "linked_identity",
    "message_mark",
    "metadata",
    "partition_lease",
    "passkey",
    "patient",
    "patient_grant",
    "patient_message",
    "person",
    "policy_change",
    "preference",
    "process",
    "proxy",
    "recovery_code",
    "relation_epoch",
    "rollout",
    "rollout_artefact",
    "rollout_gateway",
    "rota",
    "rule_change",
    "sealed_column",
    "session",
    "sign_in_attempt",
    "sign_in_link",
    "silence",
    "team_member",
]
