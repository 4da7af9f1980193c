"""The policies a route can declare, and what each lets through. Every route declares exactly one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Policy(StrEnum):
    """Who may call a route."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    PATIENT_VISIBLE = "patient-visible"
    PATIENT_TREATED = "patient-treated"
    ADMINISTRATOR = "administrator"
    GATEWAY = "gateway"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """What a policy answers to those it refuses: the statuses its routes document."""

    meaning: str
    refusals: tuple[int, ...]


POLICIES: Mapping[Policy, PolicyRow] = MappingProxyType(
    {
        Policy.PUBLIC: PolicyRow(meaning="Anybody; tells a stranger nothing about anyone.", refusals=()),
        Policy.SIGNED_IN: PolicyRow(
            meaning="Anybody signed in; the answer holds only what is theirs.", refusals=(401,)
        ),
        Policy.PATIENT_VISIBLE: PolicyRow(
            meaning="Those with a grant for the patient now. To others the patient does not exist.",
            refusals=(401, 404),
        ),
        Policy.PATIENT_TREATED: PolicyRow(
            meaning="Clinicians and administrators with a grant for the patient now.",
            refusals=(401, 403, 404),
        ),
        Policy.ADMINISTRATOR: PolicyRow(meaning="Administrators.", refusals=(401, 403)),
        Policy.GATEWAY: PolicyRow(
            meaning="A gateway, by a token of its own; what it brings is its own, and it is told no more.",
            refusals=(401,),
        ),
        Policy.METRICS: PolicyRow(
            meaning="A program that has the token for metrics, and administrators.", refusals=(401, 403)
        ),
    }
)
