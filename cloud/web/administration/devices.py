"""The administrator's pages of devices: which there are, who wears each, binding one and taking it off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Path, Query
from starlette.responses import RedirectResponse, Response

from cloud.access.errors import NotVisibleError, UnfitError
from cloud.access.guards import Administrator
from cloud.access.proof import RecentlyProved
from cloud.api.dependencies import ServicesOf
from cloud.api.reader import reader_of_this_answer
from cloud.api.routes import policed_router
from cloud.ports import ERASED, Device, Patient, UnboundDevice
from cloud.services import Services
from cloud.wearing.desk import NotWornError
from cloud.web.administration.findings import LOW_BATTERY_PERCENT
from cloud.web.administration.listing import Find, PageNumber, listing
from cloud.web.forms import Form
from cloud.web.headline import QUIET_AFTER_MS
from cloud.web.refusals import refusal, status_of
from cloud.web.rendering import render
from cloud.web.words import N_, Sentence
from vitals.errors import CarewireError, ConfigurationError, StorageError

router = policed_router("device-pages", documented=False)

PATH: Final = "/admin/devices"
MOST_OFFERED: Final = 200
"""So many patients are offered to choose from; of more, codes are typed."""
_LATEST_MS: Final = 13
_NO_TIME: Final = N_("that is no time: choose a day and an hour, or leave it empty for now")

DeviceId = Annotated[str, Path(pattern="^[a-z0-9-]{3,64}$")]
Show = Annotated[str, Query(pattern="^(|worn|free|low|quiet|nobodys)$")]
_REFUSED: Final = (NotWornError, UnfitError)

LINKS: Final[Mapping[str | None, Sentence]] = MappingProxyType(
    {
        "connected": Sentence(message=N_("connected")),
        "disconnected": Sentence(message=N_("out of reach")),
        "silent": Sentence(message=N_("silent")),
        "away": Sentence(message=N_("away, until its next reading")),
    }
)
_UNKNOWN: Final = Sentence(message=N_("not known"))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A device, who wears it now, and when anything of it was last heard."""

    device: Device
    wearer: Patient | None
    gateway: str
    heard_ms: int | None
    link: Sentence
    is_quiet: bool
    is_nobodys: bool

    @property
    def is_low(self) -> bool:
        """Whether its battery ends soon."""
        battery = self.device.battery_percent
        return battery is not None and battery <= LOW_BATTERY_PERCENT

    @property
    def words(self) -> tuple[str | None, ...]:
        """By what it is searched for."""
        device, wearer = self.device, self.wearer
        who = (wearer.id, wearer.display_name) if wearer else ()
        return (device.id, device.model, device.firmware, self.gateway, *who)


_SHOWS: Final = MappingProxyType(
    {
        "": lambda _: True,
        "worn": lambda row: row.wearer is not None,
        "free": lambda row: row.wearer is None,
        "low": lambda row: row.wearer is not None and row.is_low,
        "quiet": lambda row: row.wearer is not None and row.is_quiet,
        "nobodys": lambda row: row.is_nobodys,
    }
)


@router.get(PATH)
def devices_page(  # noqa: PLR0913, PLR0917 - the parts of the address
    viewer: Administrator,
    services: ServicesOf,
    find: Find = "",
    show: Show = "",
    page: PageNumber = 1,
    device: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show every device; or go to one by its name, heard or not."""
    if device is not None:
        return _to(_named(device))
    rows, is_whole = _rows(services)
    return render(
        "admin_devices.html",
        viewer=viewer,
        list=listing(
            rows,
            lambda row: row.words,
            find=find,
            number=page,
            path=PATH,
            asked={"show": show},
            is_wanted=_SHOWS[show],
        ),
        show=show,
        is_whole=is_whole,
        worn=sum(1 for row in rows if row.wearer),
        quiet=sum(1 for row in rows if row.wearer and row.is_quiet),
        nobodys=sum(1 for row in rows if row.is_nobodys),
        now_ms=services.clock.wall_ms(),
    )


@router.get(f"{PATH}/{{device}}")
def device_page(device: DeviceId, viewer: Administrator, services: ServicesOf) -> Response:
    """Show one device: how it is, who wore it when, what of it is nobody's, and a form to bind it."""
    return _device_page(viewer, services, device)


@router.get(f"{PATH}/{{device}}/wearer")
def wearer_page(
    device: DeviceId,
    viewer: Administrator,
    services: ServicesOf,
    patient: Annotated[str, Query(max_length=400)] = "",
    since: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Say whose a device would be from when on, and ask once more."""
    try:
        since_ms = _moment(since)
        code = patient.split()[-1].strip("()") if patient.split() else ""
        services.wearing.checked(device, code, since_ms)
        seen = services.wearing.wearer(device)
    except _REFUSED as error:
        return _device_page(viewer, services, device, error, {"patient": patient, "since": since})
    return render(
        "admin_device_wearer.html",
        viewer=viewer,
        device=device,
        patient=services.directory.patient(code),
        seen=seen or "",
        before=_patient(services, seen),
        since_ms=since_ms,
    )


@router.post(f"{PATH}/{{device}}/wearer")
def bind(
    device: DeviceId, viewer: Administrator, _: RecentlyProved, services: ServicesOf, form: Form
) -> Response:
    """Say whose a device is from now on, or since a time."""
    since, patient_id = form.get("since_ms", ""), form.get("patient", "")
    try:
        if since and not (since.isascii() and since.isdecimal() and len(since) <= _LATEST_MS):
            raise UnfitError(_NO_TIME)
        services.wearing.bind(
            device,
            patient_id,
            by=viewer.person.id,
            since_ms=int(since) if since else None,
            seen=form.get("seen", ""),
        )
    except _REFUSED as error:
        return _device_page(viewer, services, device, error, {"patient": patient_id})
    return _to(device)


@router.get(f"{PATH}/{{device}}/take-off")
def take_off_page(device: DeviceId, viewer: Administrator, services: ServicesOf) -> Response:
    """Ask once more, and say what it does."""
    wearer = _patient(services, services.wearing.wearer(device))
    if wearer is None:
        raise NotVisibleError("nobody wears this device: go back to the list")
    return render("admin_device_off.html", viewer=viewer, device=device, wearer=wearer)


@router.post(f"{PATH}/{{device}}/take-off")
def take_off(
    device: DeviceId, viewer: Administrator, _: RecentlyProved, services: ServicesOf, form: Form
) -> Response:
    """Say that nobody wears it from now on."""
    try:
        services.wearing.take_off(device, by=viewer.person.id, seen=form.get("seen", ""))
    except _REFUSED as error:
        return _device_page(viewer, services, device, error)
    return _to(device)


@router.post(f"{PATH}/{{device}}/adoption")
def adopt(device: DeviceId, viewer: Administrator, _: RecentlyProved, services: ServicesOf) -> Response:
    """Give what it measured under nobody to who wore it then, and say how much that was."""
    try:
        given = services.adoptions.adopt(device, by=viewer.person.id)
    except (
        ConfigurationError,
        StorageError,
    ) as error:  # of a store that stops some may be given: not "nothing"
        return _device_page(viewer, services, device, error)
    return render(
        "admin_device_given.html",
        viewer=viewer,
        device=device,
        given=given,
        left=sum(each.records for each in services.adoptions.nobodys(device)),
    )


def _rows(services: Services) -> tuple[list[DeviceRow], bool]:
    """Return every device; False: what of them was heard cannot be said now."""
    every = {each.id: each for each in services.directory.every_device()}
    heard: dict[str, tuple[int, str]] = {}
    nobodys: dict[str, UnboundDevice] = {}
    is_whole = True
    try:
        nobodys = {each.device: each for each in services.unbound.unbound_devices()}
        for each in services.gateways.heard_devices():
            heard[each.device] = max((each.received_ms, each.gateway), heard.get(each.device, (0, "")))
    except StorageError:
        is_whole = False
    ids = sorted(every.keys() | heard.keys() | nobodys.keys())
    wearers = {each.patient_id for each in every.values() if each.patient_id is not None}
    patients = {each.id: each for each in services.directory.known_patients(wearers)}
    now_ms = services.clock.wall_ms()
    return [
        _row(every.get(each) or _unreported(each), patients, heard.get(each), each in nobodys, now_ms)
        for each in ids
    ], is_whole


def _row(
    device: Device,
    patients: Mapping[str, Patient],
    heard: tuple[int, str] | None,
    is_nobodys: bool,  # noqa: FBT001 - one of its facts
    now_ms: int,
) -> DeviceRow:
    heard_ms, gateway = heard or (0, "")
    newest_ms = max(device.received_ms or 0, heard_ms) or None
    return DeviceRow(
        device=device,
        wearer=patients.get(device.patient_id or ""),
        gateway=device.gateway or gateway,
        heard_ms=newest_ms,
        link=LINKS.get(device.link, _UNKNOWN),
        is_quiet=newest_ms is None or now_ms - newest_ms > QUIET_AFTER_MS,
        is_nobodys=is_nobodys,
    )


def _unreported(name: str) -> Device:
    return Device(
        id=name,
        gateway="",
        patient_id=None,
        link=None,
        model=None,
        battery_percent=None,
        on_body=None,
        reported_ms=None,
        received_ms=None,
    )


def _device_page(
    viewer: Administrator,
    services: Services,
    device: str,
    error: CarewireError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    rows, is_whole = _rows(services)
    unreported = _row(_unreported(device), {}, None, is_nobodys=False, now_ms=services.clock.wall_ms())
    row = next((each for each in rows if each.device.id == device), unreported)
    offered = services.directory.every_patient()
    return render(
        "admin_device.html",
        status_of(error),
        viewer=viewer,
        row=row,
        is_whole=is_whole,
        wearings=[
            (_patient(services, each.patient_id), each.patient_id == ERASED, each.from_ms)
            for each in reversed(services.wearing.wearings(device))
        ],
        nobodys=services.adoptions.nobodys(device) if is_whole else (),
        offered=offered[:MOST_OFFERED],
        typed=typed or {},
        error=None if error is None else refusal(error),
        now_ms=services.clock.wall_ms(),
    )


def _patient(services: Services, patient_id: str | None) -> Patient | None:
    return None if patient_id is None else services.directory.patient(patient_id)


def _named(device: str) -> str:
    name = device.strip().lower().replace(":", "-")
    if not name.replace("-", "").isalnum() or not name.isascii() or not 3 <= len(name) <= 64:  # noqa: PLR2004 - as DEVICE_ID
        raise UnfitError("a device's name is 3 to 64 small letters, digits or '-', such as a0-9e-1a-00-00-01")
    return name


def _moment(since: str) -> int | None:
    """Return a time that was typed, by the reader's clock; None: now."""
    if not since:
        return None
    try:
        at = datetime.fromisoformat(since)
        moment_ms = reader_of_this_answer().local.minute_ms(at.date(), 60 * at.hour + at.minute)
    except (ValueError, OverflowError):
        raise UnfitError(_NO_TIME) from None
    if moment_ms < 0:
        raise UnfitError(_NO_TIME)
    return moment_ms


def _to(device: str) -> Response:
    return RedirectResponse(f"{PATH}/{device}", status_code=303)
