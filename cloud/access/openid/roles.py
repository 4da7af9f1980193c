"""What somebody is to their hospital, read as a role here: never a higher one than the settings allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloud.ports import Person, Role

__all__ = ["RoleMapping"]

_RISING: Final = (Role.CAREGIVER, Role.CLINICIAN, Role.ADMINISTRATOR)
"""The roles a provider may tell of. A patient is one by what they wear, whatever they are to a hospital."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMapping:
    """Which groups, as the claim `claim` names them, stand for which role; `ceiling` is the highest given."""

    claim: str
    groups: Mapping[str, Role]
    ceiling: Role

    def role_of(self, person: Person, claims: Mapping[str, Any]) -> Role:
        """Return somebody's role by what their provider says of them now.

        Who is in no known group is a caregiver. Whoever is above the ceiling here was made so here, and stays
        it; patients stay patients.
        """
        if person.role not in _RISING or _RISING.index(person.role) > _RISING.index(self.ceiling):
            return person.role
        told = claims.get(self.claim)
        names = told if isinstance(told, list) else [told]
        given = [self.groups[name] for name in names if isinstance(name, str) and name in self.groups]
        highest = max((_RISING.index(role) for role in given), default=0)
        return _RISING[min(highest, _RISING.index(self.ceiling))]
