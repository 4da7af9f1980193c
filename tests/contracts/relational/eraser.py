"""A patient who is forgotten is forgotten whole."""

from cloud.storage.relational.opening import Relational
from tests.contracts.relational.rows import WEI_HERSELF, a_link, alert, answered, asked, commit, handed
from tests.fakes.relations import a_grant
from tests.fakes.session_store import a_session


class EraserContract:
    """Who is forgotten is named nowhere, and everybody else as before."""

    def test_everything_of_a_patient_goes_and_nothing_of_another(self, people: Relational) -> None:
        for number, who in enumerate(("wei", "ana")):
            people.directory.bind(f"strap-{who}", who, 0)
            people.relations.give(a_grant("carer", who))
            commit(people, who, b"state", [alert(who, patient_id=who)], [f"slice-{who}"])
            people.alerts.handed_off([handed(who)])
            people.commands.add(asked(f"command-{who}", patient_id=who))
            people.commands.note_answer(answered(f"command-{who}"))
            people.sessions.add_session(a_session(bytes([number]) * 32, WEI_HERSELF.id))
            people.links.add_link(a_link(token_hash=bytes([number]) * 32, person_id=WEI_HERSELF.id))
        assert people.forgetting.forget("wei").rows == {
            "data_key": 2,
            "ledger_entry": 2,
            "hand_off": 1,
            "command_answer": 1,
            "alert": 1,
            "command": 1,
            "evaluated_slice": 1,
            "evaluator_state": 1,
            "binding": 1,
            "patient_grant": 1,
            "sign_in_link": 2,
            "session": 2,
            "person": 1,
            "patient": 1,
        }
        assert people.directory.patient("wei") is None
        assert people.sessions.session(bytes(32)) is None
        assert [one.patient_id for one in people.relations.related(1).grants] == ["ana"]
        assert [one.id for one in people.alerts.alerts_of("ana", open_only=False, limit=9)] == ["ana"]
        assert people.directory.patient_wearing("strap-ana", 1) == "ana"
        assert people.forgetting.forget("wei").rows == {}
