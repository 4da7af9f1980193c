"""Killed with -9 before any step that touches the disk, a gateway holds the old version whole, or the new."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_DRIVER = """
import json, os, signal, sys
from pathlib import Path

from edge.remote.releases import Releases
from edge.remote.shelf import Trial
from tests.fakes.releases import public, settings, signed
from vitals.release import TrustedKeys, open_release

TOUCHES = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")
root = Path(sys.argv[1])
left = None

def before_each(event, arguments):
    global left
    if left is None or event not in TOUCHES or not str(arguments[0]).startswith(str(root)):
        return
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

sys.addaudithook(before_each)

def opened(folder):
    return Releases.open(folder, pinned=(public(),), models=("beats",))

def taken(version):
    return open_release(settings(version, f"# {version}"), trusted=[public()])

def propose(releases, version):
    shelf = releases.configuration.shelf
    shelf.propose(Trial(command_id="0123456789abcdef", version=version), {"settings.toml": b"%d" % version})
    releases.trust.take(taken(version))

def before(folder, what):
    releases = opened(folder)
    propose(releases, 1)
    releases.begin()
    releases.configuration.shelf.confirm()
    releases.configuration.shelf.told()
    if what != "propose":
        propose(releases, 2)
        releases.begin()

def rotate(releases):
    releases.trust.take(open_release(signed(1, TrustedKeys(keys=(public("next"),))), trusted=[public()]))

STEPS = {
    "propose": lambda releases: propose(releases, 2),
    "begin": lambda releases: releases.begin(),
    "confirm": lambda releases: releases.configuration.shelf.confirm(),
    "roll-back": lambda releases: releases.roll_back("the cloud was not reached"),
    "rotate": rotate,
}

def look(folder):
    releases = opened(folder)
    releases.begin()
    shelf = releases.configuration.shelf
    return {
        "version": shelf.version,
        "text": (shelf.folder / "settings.toml").read_text() if shelf.folder else None,
        "seen": releases.trust.seen("configuration").version,
        "highest": shelf.highest,
        "keys": len([key for key in releases.trust.keys if key in (public(), public("next"))]),
        "on_trial": shelf.trial is not None,
    }

def outcomes(what):
    for kill_at in range(200):
        folder = root / what / str(kill_at)
        before(folder, what)
        child = os.fork()
        if not child:
            global left
            releases = opened(folder)
            left = kill_at
            STEPS[what](releases)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        yield look(folder) | {"killed": os.WIFSIGNALED(status)}
        if not os.WIFSIGNALED(status):
            return

print(json.dumps({what: list(outcomes(what)) for what in STEPS}))
"""


Found = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return by what was done what a start finds after a kill before each step, and last without one."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    command = [sys.executable, "-c", _DRIVER, str(tmp_path_factory.mktemp("kills"))]
    told = subprocess.run(command, capture_output=True, check=True, env=environment, timeout=300)
    outcomes: Found = json.loads(told.stdout.splitlines()[-1])
    return outcomes


@pytest.mark.parametrize("what", ["propose", "begin", "confirm", "roll-back", "rotate"])
def test_killed_before_any_step_a_gateway_holds_the_old_version_whole_or_the_new(
    what: str, found: Found
) -> None:
    each_kill = found[what]
    assert len(each_kill) >= 3, "every write is several steps"
    assert [each["killed"] for each in each_kill] == [True] * (len(each_kill) - 1) + [False]
    for each in each_kill:
        assert each["text"] == str(each["version"]), "the version in use is whole, and is what it says"
        assert each["version"] in {1, 2}
        assert each["seen"] == each["highest"] >= each["version"], "nothing is tried that was not remembered"
        assert each["keys"] == 1, "one key is trusted, before a rotation and after"


def test_a_kill_while_settings_come_costs_the_old_ones_nothing_and_the_new_are_on_trial_or_nowhere(
    found: Found,
) -> None:
    each_kill = found["propose"]
    assert each_kill[0]["version"] == 1
    assert each_kill[-1]["version"] == 2
    assert all(each["on_trial"] is (each["version"] == 2) for each in each_kill)
