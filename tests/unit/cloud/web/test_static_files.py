"""What is served by name: our files, packed for who takes that, and parts that are what they should be."""

import gzip
import json
import re
from pathlib import Path

import pytest

from cloud.access.sessions import Viewer
from cloud.api.health import health
from cloud.api.reader import PageReader, written_for
from cloud.web.addresses import imports_of, static_address
from cloud.web.parts import PARTS, installed_parts, wanting_parts
from cloud.web.rendering import render
from cloud.web.static_files import STYLES, static_files, static_version
from cloud.web.worker import KEPT
from tests.fakes.cloud_services import ADMIN, ClientFor, FakeCloud


async def test_the_stylesheet_is_one_file_of_all_its_parts(client_for: ClientFor) -> None:
    sheet = (await client_for(None).get("/static/carewire.css")).text
    assert len(STYLES) == len(set(STYLES))
    assert sheet.index("--surface: #ffffff") < sheet.index(".bar {") < sheet.index("@media print")


async def test_what_the_stylesheet_says_to_those_who_write_it_is_not_sent(client_for: ClientFor) -> None:
    sheet = (await client_for(None).get("/static/carewire.css")).text
    assert "/*" not in sheet
    assert "*/" not in sheet


async def test_a_file_is_packed_for_who_takes_that_and_plain_for_others(client_for: ClientFor) -> None:
    client = client_for(None)
    packed = await client.get("/static/carewire.css", headers={"accept-encoding": "gzip"})
    plain = await client.get("/static/carewire.css", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    assert len(gzip.compress(plain.content)) < 9_000


def test_a_part_that_is_missing_or_not_what_was_looked_at_is_not_served_and_said(tmp_path: Path) -> None:
    assert installed_parts(tmp_path) == {}
    assert len(wanting_parts(tmp_path)) == len(PARTS)
    (tmp_path / "uplot.js").write_text("alert('planted')")
    assert installed_parts(tmp_path) == {}
    said = wanting_parts(tmp_path)
    assert said[0] == (
        "pages: uplot.js is not what was looked at, and is not served: pages show no charts "
        "until `make web-parts` was run"
    )
    assert "uplot.css is not installed" in said[1]


def test_what_is_not_installed_is_a_note_to_administrators_and_no_trouble() -> None:
    cloud = FakeCloud(lacks=("pages: uplot.js is not installed",))
    viewer = Viewer(person=ADMIN, session=b"")
    told = health(viewer, cloud.services)
    assert told.notes == ["pages: uplot.js is not installed"]
    assert told.troubles == []


@pytest.mark.parametrize("name", KEPT)
async def test_what_a_browser_keeps_is_there(client_for: ClientFor, name: str) -> None:
    assert (await client_for(None).get(f"/static/{name}")).status_code == 200


async def test_the_worker_keeps_shell_and_no_page_about_anybody(client_for: ClientFor) -> None:
    answer = await client_for(None).get("/sw.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    told = json.loads(answer.text.partition("const KEPT = ")[2].partition(";\n")[0])
    assert told["files"] == [static_address(name) for name in KEPT]
    assert len(told["version"]) == 16
    for address in told["files"]:
        assert (await client_for(None).get(address)).status_code == 200


async def test_what_pages_name_is_kept_for_good_and_has_another_address_once_it_changed(
    client_for: ClientFor,
) -> None:
    client = client_for(None)
    page = (await client.get("/sign-in")).text
    address = static_address("passkeys.js")
    assert address == f"/static/{static_version()}/passkeys.js"
    assert f'<script type="module" src="{address}"></script>' in page
    assert (await client.get(address)).headers["cache-control"] == "public, max-age=31536000, immutable"
    before = await client.get("/static/0123456789abcdef/passkeys.js")
    assert (before.status_code, before.headers["cache-control"]) == (200, "no-cache")
    assert (await client.get(f"/static/{static_version()}/nothing.js")).status_code == 404


async def test_what_is_named_outside_of_pages_stays_where_it_is(client_for: ClientFor) -> None:
    assert static_address("icon-192.png") == "/static/icon-192.png"
    page = (await client_for(None).get("/sign-in")).text
    assert '<link rel="manifest" href="/static/manifest.webmanifest">' in page


def test_all_that_a_script_will_import_is_named_in_the_page() -> None:
    assert imports_of("patient.js", static_files())[:2] == ["acknowledge.js", "ages.js"]
    assert {"stream.js", "regions.js"} < set(imports_of("patient.js", static_files()))
    assert imports_of("offline.js", static_files()) == ["ages.js"]
    assert imports_of("nothing.js", static_files()) == []
    with written_for(PageReader()):
        page = bytes(render("offline.html", viewer=None).body).decode()
    assert f'<link rel="modulepreload" href="{static_address("ages.js")}">' in page


def test_every_import_of_a_script_is_of_one_that_is_there() -> None:
    known = static_files()
    for name in (each for each in known if each.endswith(".js")):
        named = re.findall(rb'(?:from|import\() ?"\./([^"]+)"', known[name].content)
        assert {each.decode() for each in named} <= set(imports_of(name, known)) <= set(known)


async def test_the_manifest_names_pictures_that_are_there(client_for: ClientFor) -> None:
    client = client_for(None)
    manifest = await client.get("/static/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"
    for icon in manifest.json()["icons"]:
        found = await client.get(icon["src"])
        assert found.headers["content-type"] == icon["type"]


async def test_the_page_without_a_network_names_nobody_and_says_what_goes_on(client_for: ClientFor) -> None:
    page = (await client_for(ADMIN).get("/offline")).text
    assert "Ada" not in page
    assert "The gateway goes on measuring" in page
    assert 'href=""' in page
