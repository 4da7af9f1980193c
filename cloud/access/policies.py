"""The policies a route can declare, and what each lets through. Every route declares exactly one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cloud.access.relations import Need
from cloud.ports import Basis, Role, Scope

SHARING: Final = Need(bases=frozenset({Basis.SELF, Basis.PROXY}), in_person=True)
"""What opening a record to others asks for: to be the patient, or to act in their place."""


class Policy(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    ONESELF = "oneself"
    PATIENT_RELATED = "patient-related"
    PATIENT_VITALS = "patient-vitals"
    PATIENT_WAVEFORMS = "patient-waveforms"
    PATIENT_ALERTS = "patient-alerts"
    PATIENT_ALERTS_SET = "patient-alerts-set"
    PATIENT_NOTED = "patient-noted"
    PATIENT_MESSAGED = "patient-messaged"
    PATIENT_REHEARSED = "patient-rehearsed"
    PATIENT_TREATED = "patient-treated"
    CLINICIAN = "clinician"
    PATIENT_OWN = "patient-own"
    ADMINISTRATOR = "administrator"
    GATEWAY = "gateway"
    INVITED = "invited"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """What a policy needs of the relation to a patient, if it is about one; and what it answers to others.

    `looks_at` is what somebody looks at by its routes, as the ledger names it; None: at nothing measured.
    """

    meaning: str
    refusals: tuple[int, ...]
    need: Need | None = None
    looks_at: str | None = None


_OF_A_PATIENT: Final = (401, 403, 404)
_TREATING: Final = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})
_LASTING: Final = frozenset({Basis.SELF, Basis.PROXY, Basis.GRANT, Basis.TEAM})
"""Relations by which may be changed what outlives a look: broken glass opens, and changes nothing."""
_WATCHED: Final = frozenset({Scope.VITALS, Scope.ALERTS})


def _needs(*scopes: Scope) -> Need:
    return Need(scopes=frozenset(scopes))


POLICIES: Final[Mapping[Policy, PolicyRow]] = MappingProxyType(
    {
        Policy.PUBLIC: PolicyRow(meaning="Anybody; tells a stranger nothing about anyone.", refusals=()),
        Policy.SIGNED_IN: PolicyRow(
            meaning="Anybody signed in, and programs of theirs within their limits: it only reads, "
            "and the answer holds only what is theirs.",
            refusals=(401, 403),
        ),
        Policy.ONESELF: PolicyRow(
            meaning="Anybody signed in themselves, for what is theirs; no program of theirs.",
            refusals=(401, 403),
        ),
        Policy.PATIENT_RELATED: PolicyRow(
            meaning="Those to whom anything of the patient is open now; the answer holds only that. "
            "To others the patient does not exist.",
            refusals=_OF_A_PATIENT,
            need=Need(),
            looks_at="record",
        ),
        Policy.PATIENT_VITALS: PolicyRow(
            meaning="Those to whom the patient's vital signs are open now.",
            refusals=_OF_A_PATIENT,
            need=_needs(Scope.VITALS),
            looks_at="vitals",
        ),
        Policy.PATIENT_WAVEFORMS: PolicyRow(
            meaning="Those to whom the patient's waveforms are open now.",
            refusals=_OF_A_PATIENT,
            need=_needs(Scope.WAVEFORMS),
            looks_at="waveforms",
        ),
        Policy.PATIENT_ALERTS: PolicyRow(
            meaning="Those to whom the patient's alerts are open now.",
            refusals=_OF_A_PATIENT,
            need=_needs(Scope.ALERTS),
            looks_at="alerts",
        ),
        Policy.PATIENT_ALERTS_SET: PolicyRow(
            meaning="Those to whom the patient's alerts are open by more than broken glass.",
            refusals=_OF_A_PATIENT,
            need=Need(scopes=frozenset({Scope.ALERTS}), bases=_LASTING),
            looks_at="alerts",
        ),
        Policy.PATIENT_NOTED: PolicyRow(
            meaning="Those to whom both the patient's vital signs and alerts are open by more than broken "
            "glass: they say what they see of the patient, who does so too.",
            refusals=_OF_A_PATIENT,
            need=Need(scopes=_WATCHED, bases=_LASTING),
            looks_at="record",
        ),
        Policy.PATIENT_MESSAGED: PolicyRow(
            meaning="The patient, and those to whom both the patient's vital signs and alerts are open by "
            "more than broken glass: they write to each other.",
            refusals=_OF_A_PATIENT,
            need=Need(scopes=_WATCHED, bases=_LASTING),
            looks_at="messages",
        ),
        Policy.PATIENT_REHEARSED: PolicyRow(
            meaning="Those to whom both the patient's vital signs and alerts are open now.",
            refusals=_OF_A_PATIENT,
            need=Need(scopes=_WATCHED),
            looks_at="history",
        ),
        Policy.PATIENT_TREATED: PolicyRow(
            meaning="Clinicians and administrators to whom both the patient's vital signs and alerts are "
            "open by more than broken glass.",
            refusals=_OF_A_PATIENT,
            need=Need(scopes=_WATCHED, bases=_LASTING, roles=_TREATING),
            looks_at="record",
        ),
        Policy.CLINICIAN: PolicyRow(
            meaning="Clinicians; no token of a program.",
            refusals=(401, 403),
        ),
        Policy.PATIENT_OWN: PolicyRow(
            meaning="The patient, and who acts in the patient's place, over the record itself: who may see "
            "it, who looked, taking it along. That is no look at what is measured.",
            refusals=_OF_A_PATIENT,
            need=SHARING,
        ),
        Policy.ADMINISTRATOR: PolicyRow(meaning="Administrators.", refusals=(401, 403)),
        Policy.GATEWAY: PolicyRow(
            meaning="A gateway, by a token of its own; what it brings is its own, and it is told no more.",
            refusals=(401,),
        ),
        Policy.INVITED: PolicyRow(
            meaning="Whoever holds a code for letting a gateway in, once; it opens nothing else.",
            refusals=(401,),
        ),
        Policy.METRICS: PolicyRow(
            meaning="A program that has the token for metrics, and administrators.", refusals=(401, 403)
        ),
    }
)
