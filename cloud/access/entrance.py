"""Everything about coming in, joined once: by password, by invitation, and what one changes about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from cloud.access.addresses import Network, client_address, network_of
from cloud.access.arrivals import Arrivals
from cloud.access.device_words import device_words
from cloud.access.door import Door, Visitor
from cloud.access.door_key import DoorKey
from cloud.access.half_way import HalfWays
from cloud.access.hashing_room import HashingRoom
from cloud.access.invitations import Invitations
from cloud.access.known_devices import KnownDevices
from cloud.access.news import Tell, nobody_is_told
from cloud.access.other_ways import OtherWays
from cloud.access.own_account import OwnAccount
from cloud.access.people_desk import PeopleDesk
from cloud.access.second_factor import SecondFactor
from cloud.access.sessions import Sessions
from cloud.access.sign_in import SignIn
from cloud.access.site import Site
from cloud.ports import DoorBook, Hasher, Person

__all__ = ["Entrance", "entrance_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What pages and the API let people in by."""

    sign_in: SignIn
    own_account: OwnAccount
    invitations: Invitations
    people: PeopleDesk
    second: SecondFactor
    arrivals: Arrivals
    proxies: Sequence[Network] = ()

    def visitor(self, request: Request, site: Site) -> Visitor:
        """Return where somebody comes from."""
        return Visitor(
            network=network_of(client_address(request, self.proxies)),
            devices=request.cookies.get(site.device_cookie_name, ""),
            words=device_words(request.headers.get("user-agent", "")),
        )


def entrance_over(  # noqa: PLR0913 - what differs from the service to a test
    sessions: Sessions,
    *,
    key: DoorKey,
    hasher: Hasher,
    book: DoorBook,
    other_ways: OtherWays,
    people: Callable[[], Sequence[Person]],
    proxies: Sequence[Network] = (),
    tell: Tell = nobody_is_told,
) -> Entrance:
    """Join what there is over a sign-in service."""
    store, links, clock = sessions.accounts, sessions.links, sessions.clock
    room = HashingRoom(hasher=hasher)
    second = SecondFactor(store=store, key=key, clock=clock, randomness=sessions.randomness)
    known_devices = KnownDevices(key=key, randomness=sessions.randomness)
    arrivals = Arrivals(sessions=sessions, accounts=store, known_devices=known_devices, tell=tell)
    own_account = OwnAccount(
        store=store,
        links=links,
        room=room,
        second=second,
        sessions=sessions,
        key=key,
        ledger=sessions.ledger,
        together=sessions.together,
        clock=clock,
        tell=tell,
    )
    invitations = Invitations(
        links=links,
        accounts=store,
        directory=sessions.directory,
        people=people,
        sessions=sessions,
        room=room,
        known_devices=known_devices,
        other_ways=other_ways,
        key=key,
        ledger=sessions.ledger,
        together=sessions.together,
        clock=clock,
        randomness=sessions.randomness,
        tell=tell,
    )
    return Entrance(
        second=second,
        arrivals=arrivals,
        proxies=proxies,
        sign_in=SignIn(
            store=store,
            door=Door(book=book, key=key, clock=clock),
            room=room,
            second=second,
            half_ways=HalfWays(key=key, clock=clock),
            known_devices=known_devices,
            sessions=sessions,
            key=key,
            clock=clock,
            arrivals=arrivals,
        ),
        own_account=own_account,
        invitations=invitations,
        people=PeopleDesk(invitations=invitations, accounts=own_account, tell=tell),
    )
