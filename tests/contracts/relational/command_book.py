"""What was asked of gateways, and what they answered."""

from cloud.ports import CommandState
from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import answered, asked
from vitals.records import CommandOutcome


class CommandBookContract:
    """What was asked of gateways waits until it is answered by them, or expired."""

    def test_a_command_waits_until_its_gateway_answers(self, store: Relational) -> None:
        assert store.commands.add(asked())
        assert store.commands.unanswered(20, 10) == (asked(),)
        store.commands.note_answer(answered(gateway="home-2"))
        assert store.commands.unanswered(20, 10) == (asked(),), "only who was asked can answer"
        store.commands.note_answer(answered())
        assert store.commands.unanswered(20, 10) == ()
        assert store.commands.commands_of("home-1", 10) == (CommandState(command=asked(), answer=answered()),)

    def test_a_command_waits_until_just_before_it_expires(self, store: Relational) -> None:
        store.commands.add(asked(expires_ms=100))
        assert [len(store.commands.unanswered(now_ms, 10)) for now_ms in (99, 100)] == [1, 0]
        (state,) = store.commands.commands_of("home-1", 10)
        assert state.answer is None

    def test_a_gateway_that_answers_nothing_keeps_no_other_waiting(self, store: Relational) -> None:
        for number in range(3):
            store.commands.add(asked(f"command-{number}", issued_ms=10 + number))
        store.commands.add(asked("command-9", gateway="home-2", issued_ms=90))
        waiting = store.commands.unanswered(95, 2)
        assert [one.id for one in waiting] == ["command-0", "command-1", "command-9"]
        store.commands.note_answer(answered("command-0"))
        assert [one.id for one in store.commands.unanswered(95, 2)] == ["command-1", "command-2", "command-9"]

    def test_a_known_id_changes_nothing(self, store: Relational) -> None:
        store.commands.add(asked())
        assert not store.commands.add(asked(name="silence-alarm"))
        assert store.commands.unanswered(20, 10) == (asked(),)

    def test_the_first_answer_holds(self, store: Relational) -> None:
        store.commands.add(asked())
        store.commands.note_answer(answered())
        store.commands.note_answer(answered(outcome=CommandOutcome.FAILED, detail="no"))
        (state,) = store.commands.commands_of("home-1", 10)
        assert state.answer == answered()

    def test_an_answer_to_what_was_never_asked_here_does_no_harm(self, store: Relational) -> None:
        store.commands.note_answer(answered())
        assert store.commands.commands_of("home-1", 10) == ()

    def test_what_waits_for_one_gateway_is_its_own_oldest_first(self, store: Relational) -> None:
        for number, changes in enumerate(
            (
                {"issued_ms": 30},
                {"issued_ms": 20},
                {"gateway": "home-2"},
                {"expires_ms": 40},
                {"issued_ms": 10},
            )
        ):
            store.commands.add(asked(f"command-{number}", **changes))
        store.commands.note_answer(answered("command-4"))
        waiting = [each.id for each in store.commands.unanswered_of("home-1", 40, 9)]
        assert waiting == ["command-1", "command-0"]
        assert [each.id for each in store.commands.unanswered_of("home-1", 40, 1)] == ["command-1"]

    def test_commands_are_listed_newest_first_by_gateway_and_by_patient(self, store: Relational) -> None:
        for number, patient_id in ((1, "wei"), (2, None), (3, "ana"), (4, "wei")):
            store.commands.add(asked(f"command-{number}", issued_ms=number, patient_id=patient_id))
        listed = [one.command.id for one in store.commands.commands_of("home-1", 3)]
        assert listed == ["command-4", "command-3", "command-2"]
        about_nobody = store.commands.commands_of("home-1", 3, about_patients=False)
        assert [one.command.id for one in about_nobody] == ["command-2"]
        theirs = [one.command.id for one in store.commands.requests_of("wei", 10)]
        assert theirs == ["command-4", "command-1"]
        assert [one.id for one in store.commands.unanswered(20, 2)] == ["command-1", "command-2"]
        assert store.commands.commands_of("home-9", 10) == store.commands.requests_of("nobody", 10) == ()
