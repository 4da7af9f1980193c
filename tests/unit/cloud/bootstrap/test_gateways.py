"""The broker is kept to the book where the settings say how; half of what that needs is told at the start."""

from pathlib import Path

import pytest

from cloud.access.site import site
from cloud.bootstrap.stores import open_stores
from cloud.bootstrap.threads import WorkThread
from cloud.bootstrap.wiring import wire
from cloud.config import CloudSettings
from cloud.gateways.authority_files import keep_authority
from tests.fakes.identities import an_authority
from vitals.errors import ConfigurationError


def parts_of(tmp_path: Path, **mqtt: object) -> set[str]:
    """Return the names of the threads of a service whose settings name a folder for the broker."""
    settings = CloudSettings.model_validate(
        {"data_dir": tmp_path, "gateways": {"broker_folder": tmp_path / "broker"}, "mqtt": mqtt}
    )
    stores = open_stores(settings)
    try:
        service = wire(settings, site(settings.http.public_url), stores)
        return {part.name for part in service.parts if isinstance(part, WorkThread)}
    finally:
        stores.close()


def test_with_an_authority_and_a_broker_by_tls_the_broker_is_kept_to_the_book(tmp_path: Path) -> None:
    keep_authority(tmp_path / "authority", an_authority())
    assert "gateways" in parts_of(tmp_path, ca_file=tmp_path / "authority" / "ca.crt")


@pytest.mark.parametrize("has_authority", [True, False])
def test_without_either_it_is_said_what_is_missing(tmp_path: Path, *, has_authority: bool) -> None:
    if has_authority:
        keep_authority(tmp_path / "authority", an_authority())
    ca_file = {} if has_authority else {"ca_file": tmp_path / "ca.crt"}
    if not has_authority:
        (tmp_path / "ca.crt").write_text(an_authority().pem)
    with pytest.raises(ConfigurationError, match=r"gateways\.broker_folder needs an authority"):
        parts_of(tmp_path, **ca_file)
