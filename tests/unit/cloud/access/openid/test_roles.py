"""What groups make of somebody."""

import pytest

from cloud.access.openid.roles import RoleMapping
from cloud.ports import Person, Role
from tests.fakes.cloud_services import ADMIN, CARER, DOCTOR, OWNER
from tests.fakes.openid_desk import Desk

MAPPING = RoleMapping(
    claim="groups",
    groups={"doctors": Role.CLINICIAN, "root": Role.ADMINISTRATOR, "visitors": Role.CAREGIVER},
    ceiling=Role.CLINICIAN,
)


@pytest.mark.parametrize(
    ("person", "groups", "role"),
    [
        (CARER, ["doctors"], Role.CLINICIAN),
        (CARER, "doctors", Role.CLINICIAN),
        (CARER, ["visitors", "doctors"], Role.CLINICIAN),
        (CARER, ["root"], Role.CLINICIAN),
        (DOCTOR, ["visitors"], Role.CAREGIVER),
        (DOCTOR, [], Role.CAREGIVER),
        (DOCTOR, None, Role.CAREGIVER),
        (DOCTOR, {"doctors": True}, Role.CAREGIVER),
        (DOCTOR, [["doctors"], 7], Role.CAREGIVER),
        (OWNER, ["doctors"], Role.PATIENT),
        (ADMIN, ["visitors"], Role.ADMINISTRATOR),
    ],
)
def test_groups_make_roles_up_to_the_ceiling(desk: Desk, person: Person, groups: object, role: Role) -> None:
    desk.link(person)
    desk.roles, desk.hospital.claims = MAPPING, {"groups": groups}
    came = desk.came_back(desk.open())
    assert came is not None
    assert desk.directory.people[person.id].role is came.role is role
    changed = [{"person": person.id, "what": "role-by-openid", "role": role.value}]
    assert desk.told() == (changed if role is not person.role else [])


def test_an_administrator_is_made_by_groups_only_where_the_ceiling_says_so() -> None:
    highest = RoleMapping(claim="groups", groups=MAPPING.groups, ceiling=Role.ADMINISTRATOR)
    assert highest.role_of(CARER, {"groups": ["root"]}) is Role.ADMINISTRATOR
    assert highest.role_of(ADMIN, {"groups": ["doctors"]}) is Role.CLINICIAN
