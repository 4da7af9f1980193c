"""What `carewire edge status` and `outbox` say, of a gateway that runs and of one that does not."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from carewire.commands.edge import app
from edge.config import load_settings
from edge.state_file import GatewayState, StateFile
from tests.fakes.gateway_records import event, open_outbox, run
from tests.fakes.home import alarmed_home
from vitals.wire.envelope import Ack


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    file = tmp_path / "gateway.toml"
    file.write_text(f'gateway_id = "hallway"\ndata_dir = "{tmp_path}"\nadopt = true\n')
    outbox = open_outbox(load_settings(file).outbox_file)
    outbox.append([run(1), run(2), event(3)])
    taken = outbox.next_batch()
    assert taken is not None
    outbox.acknowledge(Ack(epoch=taken.epoch, stored=[(1, 1)]))
    outbox.close()
    return file


def say(command: str, file: Path, *more: str) -> str:
    result = CliRunner().invoke(app, [command, "--config", str(file), *more])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_outbox_tells_a_restore_what_waits_here_no_more(settings_file: Path) -> None:
    rows = {row["epoch"].split("-")[1]: row for row in json.loads(say("outbox", settings_file, "--acked"))}
    assert {row["gateway"] for row in rows.values()} == {"hallway"}
    ranges = {lane: row["ranges"] for lane, row in rows.items()}
    assert ranges == {"events": [[1, 1]], "observations": [], "waveforms": []}


def test_status_says_what_waits_and_that_no_gateway_runs(settings_file: Path) -> None:
    said = say("status", settings_file)
    assert "gateway hallway, does not run" in said
    assert "waiting 2 records, " in said


def test_status_says_how_the_running_gateway_is(settings_file: Path) -> None:
    StateFile(path=load_settings(settings_file).state_file).write(GatewayState.of(alarmed_home()))
    said = say("status", settings_file)
    for words in (
        "gateway hallway, runs for 9 days",
        "cloud not reached",
        "alarm Perhaps a fall of c0-ca-4e-00-00-02 (high priority), for 1 min",
        "wearable Chest strap: connected, last value",
        "wearable Blood pressure cuff: connected, last value",
    ):
        assert words in said
    facts = json.loads(say("status", settings_file, "--json"))
    assert (facts["waiting_records"], facts["running"]["is_link_up"]) == (2, False)


def test_status_in_json_says_that_none_runs(settings_file: Path) -> None:
    assert json.loads(say("status", settings_file, "--json"))["running"] is None


def test_outbox_accounts_for_every_record_by_lane(settings_file: Path) -> None:
    facts = json.loads(say("outbox", settings_file, "--json"))
    assert facts["waiting_records"] == 2
    for epoch in facts["epochs"]:
        parts = epoch["held"] + epoch["stored"] + epoch["quarantined"] + epoch["lost"]
        assert epoch["made"] == parts
    assert sum(epoch["made"] for epoch in facts["epochs"]) == 3
    said = say("outbox", settings_file)
    assert "lane epoch made waiting stored set aside lost" in said
    assert "events" in said
