"""Objects on a D-Bus connection: their properties, their methods, and the signals that tell of both.

dbus-fast's own service classes hide who calls; BlueZ ties discoveries, subscriptions and agents to the
calling connection, so calls are answered here from the messages themselves.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from dbus_fast import DBusError, Variant
from dbus_fast.constants import ErrorType

__all__ = ["BusObject", "Call", "Emit", "Reply", "method"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method call: from which connection, with which arguments."""

    sender: str
    arguments: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a method returns; file descriptors among the values are given by their index in `unix_fds`."""

    signature: str = ""
    values: list[Any] = field(default_factory=list)
    unix_fds: list[int] = field(default_factory=list)


Handler = Callable[[Any, Call], Awaitable[Reply | None]]


class Emit(Protocol):
    """Sends a signal from the object at `path`."""

    def __call__(self, path: str, interface: str, member: str, signature: str, values: list[Any]) -> None:
        """Send it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Method:
    name: str
    takes: str
    handler: Handler


def method(name: str, *, takes: str = "") -> Callable[[Handler], Handler]:
    """Answer calls of `name` whose arguments have the signature `takes` with the decorated coroutine."""

    def mark(handler: Handler) -> Handler:
        handler.__dict__[_MARK] = _Method(name=name, takes=takes, handler=handler)
        return handler

    return mark


_MARK: Final = "bus_method"


class BusObject:
    """One object with one interface of BlueZ's.

    A subclass names its interface and the signature of each property; a property without a value is not
    there. A change is told on the bus as soon as the object is exported.
    """

    INTERFACE: ClassVar[str]
    PROPERTIES: ClassVar[Mapping[str, str]] = {}
    WRITABLE: ClassVar[frozenset[str]] = frozenset()
    _methods: ClassVar[Mapping[str, _Method]] = {}

    def __init_subclass__(cls) -> None:
        """Gather the methods marked in the class's body."""
        marked = (getattr(member, _MARK, None) for member in vars(cls).values())
        cls._methods = {row.name: row for row in marked if row is not None}

    def __init__(self, path: str, **properties: object) -> None:
        self.path = path
        self._emit: Emit | None = None
        self._values: dict[str, Any] = dict(properties)

    def attach(self, emit: Emit | None) -> None:
        """Tell of changes from now on; with `None`, no longer."""
        self._emit = emit

    def properties(self) -> dict[str, Variant]:
        """Return every property that has a value."""
        return {name: Variant(self.PROPERTIES[name], value) for name, value in self._values.items()}

    def get(self, name: str) -> Any:  # noqa: ANN401 - a property of any type
        """Return a property's value, or `None` where it has none."""
        return self._values.get(name)

    def set(self, **values: object) -> None:
        """Give properties new values, and tell of those that changed."""
        self.tell(**{name: value for name, value in values.items() if self._values.get(name) != value})

    def tell(self, **values: object) -> None:
        """Give properties values, and tell of them even where they are what they were."""
        self._values.update(values)
        if values:
            self._tell({name: Variant(self.PROPERTIES[name], value) for name, value in values.items()}, [])

    def drop(self, *names: str) -> None:
        """Take properties away."""
        gone = [name for name in names if self._values.pop(name, None) is not None]
        if gone:
            self._tell({}, gone)

    def client_gone(self, client: str) -> None:
        """Let go of what was held for a connection to the bus that has ended."""

    async def call(self, member: str, signature: str, call: Call) -> Reply:
        """Answer a method call.

        Raises
        ------
        DBusError
            There is no such method, or it answers with an error.
        """
        row = self._methods.get(member)
        if row is None or row.takes != signature:
            raise DBusError(ErrorType.UNKNOWN_METHOD, f"{self.INTERFACE} has no {member}({signature})")
        return await row.handler(self, call) or Reply()

    async def write(self, name: str, value: object) -> None:
        """Set a property as a client asks; a subclass acts upon it first.

        Raises
        ------
        DBusError
            It cannot be set.
        """
        if name not in self.WRITABLE:
            raise DBusError(ErrorType.PROPERTY_READ_ONLY, f"{self.INTERFACE}.{name} cannot be set")
        self.set(**{name: value})

    def _tell(self, changed: dict[str, Variant], gone: list[str]) -> None:
        if self._emit is not None:
            self._emit(
                self.path, _PROPERTIES, "PropertiesChanged", "sa{sv}as", [self.INTERFACE, changed, gone]
            )


_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
