"""A name, and what people typed, is shown to those it is for and to nobody else, wherever one looks.

One service is filled through its own doors, asked for everything by everybody, and then broken: what it
answered, wrote and logged meanwhile, at its most talkative, is looked through.
"""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import structlog
from fastapi import FastAPI

from carewire.logs import configure_logs
from cloud.api.routes import PolicedRoute
from cloud.bootstrap import build
from cloud.config import CloudSettings, HttpSettings, MqttSettings
from cloud.ports import OPERATOR, Guardianship, Person, Proxy, Role
from cloud.services import Services
from cloud.storage.relational import tables
from cloud.storage.relational.opening import open_relational
from tests.contracts.seals import CANARY, PERSON, fill, fill_the_rest
from tests.fakes.every_route import BODIES, FORMS, PLACES, QUERIES
from tests.fakes.gateway import eventually
from tests.fakes.gateway_process import GatewayProcess
from tests.fakes.http_server import free_port
from tests.fakes.outbox_contents import waiting
from tests.integration.test_canary import forms, found_in

URL: Final = "http://127.0.0.1:8080"
ADA: Final = Person(id="u-ada", display_name="Ada", role=Role.ADMINISTRATOR)
ACTING: Final = Proxy(
    id="x",
    patient_id="p-1",
    person_id=PERSON.id,
    kind=Guardianship.GUARDIAN,
    from_ms=0,
    until_ms=None,
    made_by=OPERATOR,
)
STRANGER: Final = Person(id="u-unrelated", display_name="Sam", role=Role.CAREGIVER)
WHO: Final[dict[str, Person | None]] = {
    "whose it is": PERSON,
    "who runs it": ADA,
    "an unrelated person": STRANGER,
    "nobody": None,
}
HERE: Final = PLACES | {
    "patient_id": "p-1",
    "contact_id": "c-1",
    "silence_id": "s-1",
    "team_id": "t-1",
    "break_id": "g-1",
    "token_id": "k-1",
    "passkey": "AGtleQ",
}
TYPED: Final = re.compile(r'"(reason|label|display_name)": "[^"]*"')
MORE_BODIES: Final = {
    "/api/v1/me/tokens": {"label": "clock", "scopes": ["vitals"]},
    "/api/v1/patients/p-wei/silences": {"condition": "tachycardia", "minutes": 60, "reason": "bath"},
    "/patients/p-wei/silences": {"condition": "tachycardia", "minutes": "60", "reason": "bath"},
}
WORDS: Final = json.loads(
    TYPED.sub(
        rf'"\1": "{CANARY} was here"', json.dumps(BODIES | FORMS | MORE_BODIES).replace("p-wei", "p-1")
    ).replace("night", "t-1")
)
"""What is sent to routes, each text that a person would type being the canary."""
FOR_EVERYBODY_SIGNED_IN: Final = {"GET /api/v1/care-teams"}
"""Teams are chosen from by their names, by whoever shares a record: they are to be named after no patient."""
ENDS_IT: Final = re.compile(r"/sign-out|/sessions")


@dataclass(slots=True)
class Seen:
    """What a service said to whom, on which path, and where it wrote."""

    folder: Path
    log: Path
    answers: dict[tuple[str, str, str], bytes] = field(default_factory=dict)

    def told_to(self, who: str) -> list[str]:
        """Return what named the canary to somebody."""
        return sorted(
            f"{method} {path}"
            for (to, method, path), answer in self.answers.items()
            if to == who and any(form in answer for form in forms(CANARY))
        )


@contextmanager
def talkative(file: Path) -> Iterator[None]:
    """Have everything logged that can be, structlog's and the standard library's, into a file."""
    before, root = structlog.get_config(), logging.getLogger()
    level = root.level
    with file.open("a") as log, redirect_stderr(log):
        handler = logging.StreamHandler(log)
        root.addHandler(handler)
        configure_logs(level="debug")
        root.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            structlog.configure(**before)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("canary")
    settings = CloudSettings(
        data_dir=folder / "data", http=HttpSettings(port=8080, public_url=URL), mqtt=MqttSettings(port=9)
    )
    with closing(open_relational(settings.database_url, keys=settings.key_place())) as store:
        fill(store)
        fill_the_rest(store)
        with store.database.write() as connection:  # no page could show what these say
            connection.execute(tables.fact_note.delete())
            connection.execute(tables.policy_change.delete())
        store.proxies.add_proxy(ACTING)
        for person in (ADA, STRANGER):
            store.directory.add_person(person)
    seen = Seen(folder=folder, log=folder / "service.log")
    with talkative(seen.log):
        asyncio.run(everything(build(settings), seen))
    return seen


async def everything(app: FastAPI, seen: Seen) -> None:
    routes = [route for route in app.routes if isinstance(route, PolicedRoute)]
    shown = [route for route in routes if "GET" in (route.methods or ())]
    async with app.router.lifespan_context(app):
        for who in ("whose it is", "who runs it"):
            await ask(app, seen, who, [route for route in routes if route not in shown])
        for who in WHO:
            await ask(app, seen, who, shown)
        for path in ("/metrics", "/healthz", "/api/v1/health"):
            assert ("who runs it", "GET", path) in seen.answers
        break_it(seen.folder / "data" / "carewire.db")
        broken = Seen(seen.folder, seen.log)
        await ask(app, broken, "whose it is", shown)
    errors = {key: said for key, said in broken.answers.items() if said.startswith((b"500", b"503"))}
    seen.answers |= {("an error", method, path): said for (_, method, path), said in errors.items()}


def break_it(database: Path) -> None:
    """Take away what many questions are about, and damage who is asked for: what is answered is an error."""
    with closing(sqlite3.connect(database)) as connection:
        for table in ("contact_point", "silence", "care_team", "patient_grant", "alert"):
            connection.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")


async def ask(app: FastAPI, seen: Seen, who: str, routes: list[PolicedRoute]) -> None:
    """Have somebody call routes."""
    services: Services = app.state.services
    person, headers = WHO[who], {"origin": URL, "last-event-id": "x" * 81}  # a stream only says if it may
    if person is not None:
        headers["authorization"] = f"Bearer {services.sessions.issue(person.id, 600_000)}"
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        for route in routes:
            path = route.path.format(**HERE)
            for method in sorted(route.methods or ()):
                if method == "GET" or not ENDS_IT.search(path):
                    answer = await client.request(method, path, **sent_to(method, path))
                    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
                    seen.answers[who, method, path] = (
                        f"{answer.status_code}\n{head}\n".encode() + answer.content
                    )


def sent_to(method: str, path: str) -> dict[str, Any]:
    if method in {"GET", "DELETE"}:
        return {"params": QUERIES.get((method, path))}
    words = WORDS.get(path, {"reason": CANARY})
    return {"json": words} if path.startswith("/api/") else {"data": words}


def names_it(content: bytes) -> bool:
    return any(form in content for form in forms(CANARY))


def test_it_would_be_seen_and_whose_it_is_sees_it(seen: Seen) -> None:
    assert len(seen.told_to("whose it is")) > 10
    assert len([key for key in seen.answers if key[0] == "nobody"]) > 60
    changed = [
        key for key, said in seen.answers.items() if key[1] != "GET" and said.startswith((b"20", b"303"))
    ]
    assert len(changed) > 20
    assert [
        key for key, said in seen.answers.items() if said.startswith(b"500") and key[0] != "an error"
    ] == []


@pytest.mark.parametrize("who", ["nobody", "an unrelated person"])
def test_no_answer_to_whom_it_does_not_concern_names_it(seen: Seen, who: str) -> None:
    assert set(seen.told_to(who)) <= FOR_EVERYBODY_SIGNED_IN


def test_no_error_names_it(seen: Seen) -> None:
    assert len([key for key in seen.answers if key[0] == "an error"]) > 5
    assert seen.told_to("an error") == []


@pytest.mark.parametrize("part", ["/metrics", "/healthz", "/api/v1/health", "ledger", "quarantine"])
def test_nothing_that_is_for_machines_or_for_good_names_it_to_anybody(seen: Seen, part: str) -> None:
    said = {
        key: answer for key, answer in seen.answers.items() if part in key[2] and "/patients/" not in key[2]
    }
    assert any(answer.startswith((b"200", b"503")) for answer in said.values())
    assert [key for key, answer in said.items() if names_it(answer)] == []


def test_the_log_at_its_most_talkative_tells_of_all_this_and_does_not_name_it(seen: Seen) -> None:
    log = seen.log.read_bytes()
    for told in (b"access.refused", b"access.changed", b"no such table"):
        assert told in log
    assert [line for line in log.splitlines() if names_it(line)] == []


def test_no_file_that_the_service_leaves_names_it(seen: Seen) -> None:
    assert {path.name for path in (seen.folder / "data").iterdir()} >= {"carewire.db", "series.db"}
    assert found_in(seen.folder) == []


def test_a_gateway_keeps_what_its_wearables_are_called_to_itself(tmp_path: Path) -> None:
    strap = f'[[devices]]\naddress = "C0:00:00:00:00:01"\nname = "strap of {CANARY}"\n'
    gateway = GatewayProcess(
        folder=tmp_path / "gateway", broker_port=free_port(), settings=f'log = {{ level = "debug" }}\n{strap}'
    )
    log, data = gateway.folder / "gateway.log", gateway.folder / "data"
    with gateway.running():
        eventually(lambda: waiting(data / "outbox.db") > 0, 60)
        gateway.stop()
    assert log.stat().st_size > 0
    named = {Path(path).name for path in found_in(gateway.folder)}
    assert named == {"gateway.toml", "state.json"}, "its settings, and what its own page shows of them"
