"""Roles as the command line names them."""

import pytest

from cloud.ports import ServiceRole
from cloud.roles.chosen import EVERY_ROLE, roles_of
from vitals.errors import ConfigurationError


@pytest.mark.parametrize(
    ("words", "roles"),
    [
        ([], EVERY_ROLE),
        (["ingest"], {ServiceRole.INGEST}),
        (["ingest", "api"], {ServiceRole.INGEST, ServiceRole.API}),
        (["ingest,alerts", "api"], EVERY_ROLE),
        (["alerts, api"], {ServiceRole.ALERTS, ServiceRole.API}),
    ],
)
def test_none_is_all_and_several_are_repeated_or_parted_by_commas(
    words: list[str], roles: frozenset[ServiceRole]
) -> None:
    assert roles_of(words) == roles


@pytest.mark.parametrize("word", ["ingets", "", "api,", "API"])
def test_what_is_no_role_is_named_with_those_there_are(word: str) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no role .*: choose from ingest, alerts, api"):
        roles_of([word])
