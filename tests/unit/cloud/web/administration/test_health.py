"""The administrator's page of health: what is not well in words, what to do, and what all of it stands on."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cloud.backup.watch import BackupWatch
from cloud.config import BackupSettings
from cloud.ports import Beat, ServiceRole
from cloud.underpinnings import BackupState
from cloud.web.administration.health import troubles_said
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import ADMIN, CARER, ClientFor, FakeCloud


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.AsyncClient:
    return client_for(ADMIN)


async def test_where_every_part_works_it_says_so_and_what_it_stands_on(admin: httpx.AsyncClient) -> None:
    page = (await admin.get("/admin/health")).text
    assert "Every part of the service works." in page
    assert "SQLite, a file of the service" in page
    assert "none is set up" in page
    assert "takes in what gateways send" in page


async def test_a_trouble_stands_with_what_it_means_and_its_own_words(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.troubles = ("backup: the newest is 61 h old in /srv/<b>", "alerts: nothing was evaluated for 90 s")
    page = (await admin.get("/admin/health")).text
    assert "2 parts of the service are not well." in page
    assert "If this machine fails now" in page
    assert "Alerts may come late or not at all." in page
    assert "61 h old in /srv/&lt;b&gt;" in page


async def test_that_nobody_is_watched_is_the_first_thing_said(
    admin: httpx.AsyncClient, cloud: FakeCloud
) -> None:
    cloud.is_alerting = False
    assert "Nobody is watched" in (await admin.get("/admin/health")).text


async def test_processes_and_the_last_backup_are_told(admin: httpx.AsyncClient, cloud: FakeCloud) -> None:
    cloud.underpinnings = replace(
        cloud.underpinnings,
        processes=(
            Beat(process_id="ingesting-one", roles=frozenset({ServiceRole.INGEST}), count=3),
            Beat(process_id="api-one", roles=frozenset({ServiceRole.API}), count=3, troubles=("x: y",)),
        ),
        backups=BackupState(every_h=24, newest_ms=cloud.clock.wall_ms() - 7_200_000),
        has_own_keys=False,
    )
    page = (await admin.get("/admin/health")).text
    assert "ingestin" in page
    assert "not well" in page
    assert "2 h ago" in page
    assert "given by the settings" in page


def test_what_a_part_of_another_program_says_is_shown_all_the_same() -> None:
    (found,) = troubles_said(["something new: it stands still"])
    assert (found.name.message, found.said) == ("A part of the service", "something new: it stands still")


def test_backups_are_told_whether_their_folder_is_there_or_not(tmp_path: Path) -> None:
    def state(folder: Path | None) -> BackupState | None:
        settings = BackupSettings(folder=folder, every_h=24)
        return BackupWatch(settings=settings, clock=FakeClock(), since_ms=0).state()

    assert state(None) is None
    assert state(tmp_path) == BackupState(every_h=24, newest_ms=None)
    assert state(tmp_path / "none") == BackupState(every_h=24, newest_ms=None)


async def test_it_is_for_administrators_alone(client_for: ClientFor, cloud: FakeCloud) -> None:
    cloud.troubles = ("backup: there is none",)
    answer = await client_for(CARER).get("/admin/health")
    assert (answer.status_code, "backup" in answer.text) == (403, False)
