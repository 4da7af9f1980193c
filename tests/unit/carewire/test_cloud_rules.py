"""What `carewire cloud rules` says, and what it writes down."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.ports import Patient, Person, Role, RuleChange
from cloud.storage.relational.opening import Relational, open_relational
from vitals.errors import CarewireError

REASON = ("--reason", "athlete, as agreed")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "cloud.toml"
    file.write_text(f'data_dir = "{tmp_path}"\n')
    return file


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Relational]:
    with closing(open_relational(f"sqlite:///{tmp_path / 'carewire.db'}")) as opened:
        opened.directory.add_patient(Patient(id="p-wei", display_name="Wei"))
        yield opened


def say(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["rules", *words, "--config", str(config)])


def kept(store: Relational) -> list[RuleChange]:
    return list(store.rules.of(["p-wei"]).get("p-wei", ()))


def test_a_rule_is_set_with_a_reason_an_author_and_a_time(config: Path, store: Relational) -> None:
    told = say(
        config,
        *("set", "p-wei", "tachycardia", "limit=150", "priority=low", *REASON),
        *("--until", "2099-01-01T00:00Z", "--by", "u-doctor"),
    )
    assert told.exit_code == 0, told.output
    assert 'change 1: tachycardia limit=150 priority="low"' in told.stdout
    assert "how it would behave is not known" in told.stderr
    (change,) = kept(store)
    assert (change.changes, change.author_id, change.reason) == (
        {"limit": 150, "priority": "low"},
        "u-doctor",
        "athlete, as agreed",
    )
    assert change.until_ms == 4_070_908_800_000


def test_what_was_changed_is_shown_with_who_and_why_and_all_of_it_in_order(
    config: Path, store: Relational
) -> None:
    assert "every rule is as it ships" in say(config, "show", "p-wei").stdout
    store.directory.add_person(Person(id="u-doctor", display_name="Mei", role=Role.CLINICIAN))
    say(config, "set", "p-wei", "tachycardia", "limit=150", *REASON, "--by", "u-gone")
    say(config, "set", "p-wei", "pause", "is_off=true", *REASON, "--by", "u-doctor")
    shown = say(config, "show", "p-wei").stdout
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [
        ["tachycardia", "limit=150"],
        ["pause", "is_off=true"],
    ]
    newest, oldest = shown.splitlines()[-2:]
    assert newest.split()[0] == "2"
    assert newest.endswith("pause is_off=true by Mei: athlete, as agreed")
    assert oldest.endswith("tachycardia limit=150 by u-gone: athlete, as agreed")
    assert "asystole" not in shown
    assert "asystole" in say(config, "show", "p-wei", "--all").stdout
    assert len(kept(store)) == 2


def test_a_rule_is_reset_and_the_change_before_it_stays_written_down(config: Path, store: Relational) -> None:
    say(config, "set", "p-wei", "tachycardia", "limit=150", *REASON)
    assert "change 2: tachycardia as it ships" in say(config, "reset", "p-wei", "tachycardia", *REASON).stdout
    assert [change.changes for change in kept(store)] == [{"limit": 150}, {}]


def test_what_is_only_rehearsed_changes_nothing(config: Path, store: Relational) -> None:
    told = say(config, "set", "p-wei", "tachycardia", "limit=150", *REASON, "--rehearse")
    assert "only tried: tachycardia limit=150" in told.stdout
    assert kept(store) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("set", "p-wei", "asystole", "is_off=true", *REASON), "may not be switched off"),
        (("set", "p-wei", "tachycardia", "limit=fast", *REASON), "limit: give a number in /min"),
        (("set", "p-wei", "tachycardia", "limit", *REASON), "write FIELD=VALUE, such as limit=150"),
        (("set", "p-wei", "tachycardia", "limit=140", "--reason", " "), "reason: say why"),
        (
            ("set", "p-wei", "tachycardia", "limit=140", *REASON, "--until", "soon"),
            "--until 'soon' is no time",
        ),
        (("set", "p-nobody", "tachycardia", "limit=140", *REASON), "there is no patient 'p-nobody'"),
        (("reset", "p-wei", "no-such-rule", *REASON), "there is no rule 'no-such-rule'"),
        (("show", "p-nobody"), "there is no patient 'p-nobody'"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_changed(
    config: Path, store: Relational, words: tuple[str, ...], says: str
) -> None:
    error = say(config, *words).exception
    assert isinstance(error, CarewireError)
    assert says in str(error)
    assert kept(store) == []
