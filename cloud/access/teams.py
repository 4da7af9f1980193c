"""Care teams: administrators say who is in them, patients what they may see. Nobody lets themselves in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloud.access.gatekeeper import Gatekeeper
from cloud.access.names import refuse_alike, shown_name
from cloud.ports import Deed, Ledger, LedgerNote, Membership, Team, TeamBook, Together
from vitals.clock import Clock
from vitals.errors import ValidationError

__all__ = ["Teams"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Teams:
    """Care teams, in whichever process."""

    book: TeamBook
    ledger: Ledger
    gatekeeper: Gatekeeper
    clock: Clock
    new_id: Callable[[], str]
    together: Together

    def make(self, name: str, by: str) -> Team:
        """Make a team that nobody is in.

        Raises
        ------
        UnfitError
            If the name is none, or could be taken for another team's: patients choose by it.
        """
        shown = shown_name(name)
        refuse_alike(shown, (one.name for one in self.all()))
        team = Team(id=self.new_id(), name=shown, made_by=by, made_ms=self.clock.wall_ms())
        with self.together():
            self.book.add_team(team)
            self._note(team.id, by, {"did": "made"})
        return team

    def add(self, team: Team, person_id: str, by: str) -> Membership:
        """Put somebody in a team: what is granted to it is open to them at once.

        Raises
        ------
        ValidationError
            If they add themselves, are in it, or the team was ended.
        """
        if person_id == by:
            raise ValidationError("nobody puts themselves in a team: ask another administrator")
        if any(one.person_id == person_id for one in self.current(team.id)):
            raise ValidationError("this person is in the team already")
        member = Membership(
            id=self.new_id(),
            team_id=team.id,
            person_id=person_id,
            from_ms=self.clock.wall_ms(),
            added_by=by,
        )
        with self.together():
            self.book.add_member(member)
            self._refuse_ended(team.id)
            self._note(team.id, by, {"did": "added", "person": person_id})
        self.gatekeeper.refresh()
        return member

    def remove(self, member: Membership, by: str) -> bool:
        """Take somebody out of a team at once; False: they were out of it before."""
        with self.together():
            was_in = self.book.end_membership(member, self.clock.wall_ms(), by)
            if was_in:
                self._note(member.team_id, by, {"did": "removed", "person": member.person_id})
        self.gatekeeper.refresh()
        return was_in

    def end(self, team: Team, by: str) -> bool:
        """Take everybody out of a team and have nobody join it any more, at once; False: it was ended before.

        Patients' grants to it stay listed, and open nothing to anybody.
        """
        with self.together():
            was_going_on = self.book.end_team(team, self.clock.wall_ms(), by)
            if was_going_on:
                self._note(team.id, by, {"did": "ended"})
            for member in self.current(team.id):
                self.remove(member, by)
        self.gatekeeper.refresh()
        return was_going_on

    def patients(self, team_id: str) -> Sequence[str]:
        """Return who lets a team see something of theirs now or later, by id."""
        return self.book.patients_of(team_id, self.clock.wall_ms())

    def all(self) -> Sequence[Team]:
        """Return every team that was not ended, by name."""
        return self.book.teams()

    def team(self, team_id: str) -> Team | None:
        """Return a team, or None."""
        return self.book.team(team_id)

    def members(self, team_id: str) -> Sequence[Membership]:
        """Return who is in a team or ever was, the newest first."""
        return self.book.members_of(team_id)

    def current(self, team_id: str) -> Sequence[Membership]:
        """Return who is in a team now."""
        now_ms = self.clock.wall_ms()
        return [one for one in self.members(team_id) if one.until_ms is None or one.until_ms > now_ms]

    def _refuse_ended(self, team_id: str) -> None:
        """Look once somebody is written down: who ends the team later waits for it, and takes them out."""
        team = self.team(team_id)
        if team is None or team.ended_ms is not None:
            raise ValidationError("this team was ended: make another")

    def _note(self, team_id: str, by: str, about: dict[str, str]) -> None:
        """Write it down for everybody who let the team see something of theirs, and once for the team."""
        now_ms = self.clock.wall_ms()
        for patient_id in (None, *self.book.patients_of(team_id, now_ms)):
            self.ledger.append(
                LedgerNote(
                    t_ms=now_ms,
                    deed=Deed.TEAM_CHANGED,
                    actor=by,
                    patient_id=patient_id,
                    about={"team": team_id, **about},
                )
            )
