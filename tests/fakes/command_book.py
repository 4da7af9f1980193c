"""A `cloud.ports.CommandBook` and `AnswerBook` in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloud.ports import CommandAnswer, CommandState, IssuedCommand


@dataclass(slots=True)
class FakeCommandBook:
    commands: dict[str, IssuedCommand] = field(default_factory=dict)
    answers: dict[tuple[str, str], CommandAnswer] = field(default_factory=dict)

    def new_id(self) -> str:
        return f"command-{len(self.commands) + 1:04}"

    def add(self, issued: IssuedCommand) -> bool:
        return self.commands.setdefault(issued.id, issued) is issued

    def note_answer(self, answer: CommandAnswer) -> None:
        self.answers.setdefault((answer.gateway, answer.command_id), answer)

    def unanswered(self, now_ms: int, most_each: int) -> Sequence[IssuedCommand]:
        waiting = [
            each
            for each in self.commands.values()
            if (each.gateway, each.id) not in self.answers and each.expires_ms > now_ms
        ]
        found, taken = list[IssuedCommand](), Counter[str]()
        for each in sorted(waiting, key=lambda each: (each.issued_ms, each.id)):
            taken[each.gateway] += 1
            if taken[each.gateway] <= most_each:
                found.append(each)
        return found

    def unanswered_of(self, gateway: str, now_ms: int, most: int) -> Sequence[IssuedCommand]:
        waiting = self.unanswered(now_ms, len(self.commands))
        return [each for each in waiting if each.gateway == gateway][:most]

    def commands_of(self, gateway: str, limit: int, *, about_patients: bool = True) -> Sequence[CommandState]:
        asked = [each for each in self.commands.values() if each.gateway == gateway]
        return self._newest([each for each in asked if about_patients or each.patient_id is None], limit)

    def requests_of(self, patient_id: str, limit: int) -> Sequence[CommandState]:
        return self._newest([each for each in self.commands.values() if each.patient_id == patient_id], limit)

    def _newest(self, found: list[IssuedCommand], limit: int) -> Sequence[CommandState]:
        ordered = sorted(found, key=lambda each: (-each.issued_ms, each.id))[:limit]
        return [
            CommandState(command=each, answer=self.answers.get((each.gateway, each.id))) for each in ordered
        ]
