"""Whatever name or number is given, what only this machine can reach is not spoken to, unless it is named."""

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from cloud.notifiers.reach import Reach
from vitals.errors import DeliveryError, MessageRefusedError

NEAR = (
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104 - not bound to
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.10",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "::127.0.0.1",
    "fec0::1",
    "64:ff9b:1::a00:1",
    "4000::1",
)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def found(*_: Any, **__: Any) -> Sequence[Any]:
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize("address", NEAR)
def test_what_is_near_is_refused_by_whatever_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolving(monkeypatch, address)
    with pytest.raises(MessageRefusedError, match="private_hosts"):
        Reach().places("innocent.example.org", 443)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_what_is_open_is_allowed(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolving(monkeypatch, address)
    (place,) = Reach().places("example.org", 443)
    assert place.address == (address, 443)


def test_a_name_with_one_address_near_by_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.216.34", "192.168.1.10")
    with pytest.raises(MessageRefusedError):
        Reach().places("example.org", 443)


def test_a_host_that_the_settings_name_is_allowed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "192.168.1.10")
    reach = Reach(private_hosts=frozenset({"assistant.home"}))
    assert reach.places("Assistant.Home", 443)[0].address == ("192.168.1.10", 443)
    with pytest.raises(MessageRefusedError):
        reach.places("192.168.1.10", 443)


def test_a_name_that_is_none_may_be_one_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "secret.example.org is not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    with pytest.raises(DeliveryError, match="has no address") as caught:
        Reach().places("secret.example.org", 443)
    assert "secret" not in str(caught.value)
    assert not isinstance(caught.value, MessageRefusedError)
