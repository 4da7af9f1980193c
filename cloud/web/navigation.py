"""Where one can go: one table of the pages that are there, by what somebody is here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.ports import Person, Role
from cloud.web.words import N_

__all__ = ["GROUPS", "Group", "Navigation", "Place", "Shown", "navigation"]

AT_HAND: Final = 5
"""So many fit side by side under the thumb; of more, the last is the way to all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page; `{patient}` in its address stands for whose readings the viewer is.

    `icon` is one of `templates/_icons.html`. `also` are beginnings of further addresses that belong to it.
    """

    path: str
    words: str
    icon: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The pages of one of the things that somebody can be."""

    words: str
    is_for: Callable[[Person], bool]
    places: tuple[Place, ...]


def _has(role: Role) -> Callable[[Person], bool]:
    return lambda person: person.role is role


# A new page is a row here, and stands in every menu of those it is for.
GROUPS: Final = (
    Group(
        words=N_("Your health"),
        is_for=lambda person: person.patient_id is not None,
        places=(
            Place(path="/patients/{patient}", words=N_("Now"), icon="pulse", also=("/alerts/",)),
            Place(path="/patients/{patient}/day", words=N_("My day"), icon="day"),
            Place(path="/patients/{patient}/feel", words=N_("I feel …"), icon="health"),
            Place(path="/patients/{patient}/messages", words=N_("Messages"), icon="message"),
            Place(path="/patients/{patient}/devices", words=N_("Devices"), icon="device"),
            Place(
                path="/patients/{patient}/sharing",
                words=N_("Who may see"),
                icon="share",
                also=("/patients/{patient}/emergencies",),
            ),
            Place(path="/patients/{patient}/looks", words=N_("Who looked"), icon="eye"),
            Place(
                path="/patients/{patient}/data",
                words=N_("Your data"),
                icon="export",
                also=("/patients/{patient}/erasure", "/me/export"),
            ),
            Place(path="/patients/{patient}/report", words=N_("Report"), icon="burden"),
        ),
    ),
    Group(
        words=N_("Whom you care for"),
        is_for=_has(Role.CAREGIVER),
        places=(
            Place(path="/inbox", words=N_("Inbox"), icon="inbox", also=("/alerts/",)),
            Place(path="/", words=N_("People"), icon="people", also=("/patients/", "/shared")),
            Place(path="/duty", words=N_("On duty"), icon="duty"),
        ),
    ),
    Group(
        words=N_("Patients"),
        is_for=_has(Role.CLINICIAN),
        places=(
            Place(path="/patients", words=N_("Patients"), icon="people", also=("/alerts/", "/shared")),
            Place(path="/duty", words=N_("On duty"), icon="duty"),
            Place(path="/burden", words=N_("Alert burden"), icon="burden"),
            Place(path="/emergency", words=N_("Emergency"), icon="key"),
        ),
    ),
    Group(
        words=N_("Running Carewire"),
        is_for=_has(Role.ADMINISTRATOR),
        places=(
            Place(path="/admin", words=N_("Overview"), icon="inbox"),
            Place(path="/admin/gateways", words=N_("Gateways"), icon="gateway"),
            Place(path="/admin/devices", words=N_("Devices"), icon="device"),
            Place(path="/admin/people", words=N_("People"), icon="people"),
            Place(path="/admin/quarantine", words=N_("Quarantine"), icon="quarantine"),
            Place(path="/admin/health", words=N_("Service"), icon="health"),
            Place(path="/admin/rollouts", words=N_("Roll-outs"), icon="rollout"),
            Place(path="/admin/care-teams", words=N_("Care teams"), icon="team"),
            Place(path="/admin/emergencies", words=N_("Emergencies"), icon="key"),
        ),
    ),
    Group(
        words=N_("Yourself"),
        is_for=lambda _: True,
        places=(
            Place(path="/me/notifications", words=N_("Notify me"), icon="bell"),
            Place(
                path="/me/sign-in",
                words=N_("Sign-in"),
                icon="person",
                also=("/me/ways-in", "/me/invite", "/me/preferences", "/sign-in/again"),
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A place as somebody's menu shows it; `is_here`: the page that is shown now is it, or belongs to it."""

    path: str
    words: str
    icon: str
    is_here: bool
    is_exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """Somebody's menus: every group, the places at hand on a phone, and whether there are more."""

    groups: tuple[tuple[str, tuple[Shown, ...]], ...]
    at_hand: tuple[Shown, ...]
    has_more: bool

    @property
    def is_beyond(self) -> bool:
        """The page that is shown is of those not at hand."""
        return not any(each.is_here for each in self.at_hand)


def navigation(person: Person, path: str, groups: Sequence[Group] = GROUPS) -> Navigation:
    """Return the menus of a person who looks at the page at `path`."""
    theirs = [
        (group, [_filled(place, person) for place in group.places])
        for group in groups
        if group.is_for(person)
    ]
    here = _nearest([place for _, places in theirs for place in places], path)
    shown = tuple(
        (group.words, tuple(_shown(each, here, path) for each in places)) for group, places in theirs
    )
    every = [each for _, places in shown for each in places]
    has_more = len(every) > AT_HAND
    return Navigation(
        groups=shown,
        at_hand=tuple(every[: AT_HAND - 1] if has_more else every),
        has_more=has_more,
    )


def _filled(place: Place, person: Person) -> Place:
    return Place(
        path=place.path.replace("{patient}", person.patient_id or ""),
        words=place.words,
        icon=place.icon,
        also=tuple(each.replace("{patient}", person.patient_id or "") for each in place.also),
    )


def _nearest(places: Sequence[Place], path: str) -> Place | None:
    """Return the place a page belongs to: the one of the longest address that it begins with."""
    fits = [(_length_in_common(place, path), -at, place) for at, place in enumerate(places)]
    length, _, place = max(fits, key=lambda fit: fit[:2], default=(0, 0, None))
    return place if length else None


def _length_in_common(place: Place, path: str) -> int:
    below = (
        (place.path,) if place.path == path else (f"{place.path.rstrip('/')}/",) if place.path != "/" else ()
    )
    return max((len(start) for start in (*below, *place.also) if path.startswith(start)), default=0)


def _shown(place: Place, here: Place | None, path: str) -> Shown:
    return Shown(
        path=place.path,
        words=place.words,
        icon=place.icon,
        is_here=place is here,
        is_exact=place.path == path,
    )
