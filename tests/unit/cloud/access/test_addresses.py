"""Whose address it is: a stranger says what he likes, and only our own proxies are believed."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from cloud.access.addresses import UNKNOWN, client_address, network_of
from cloud.access.device_words import device_words

PROXIES = (ip_network("10.0.0.0/24"), ip_network("::1/128"))


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    client = None if peer is None else (peer, 4711)
    return Request({"type": "http", "client": client, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("1.2.3.4", "198.51.100.1, 10.0.0.2"), "198.51.100.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("' OR 1=1",), UNKNOWN),
        ("::1", ("2001:db8::7",), "2001:db8::7"),
        (None, ("198.51.100.1",), UNKNOWN),
        ("unix", (), UNKNOWN),
    ],
)
def test_a_forwarded_address_counts_only_as_far_as_our_proxies_vouch(
    peer: str | None, forwarded: tuple[str, ...], address: str
) -> None:
    assert client_address(request(peer, *forwarded), PROXIES) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("nonsense", UNKNOWN),
        ("fe80::1%eth0", UNKNOWN),
    ],
)
def test_a_household_or_a_hirer_of_addresses_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15) Chrome/131 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; iPhone OS 18_1 like Mac OS X) Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
        ("python-httpx/0.28", "a program"),
        ("<script>Firefox", "Firefox"),
        ("", "a program"),
    ],
)
def test_a_device_is_named_in_words_of_ours(agent: str, words: str) -> None:
    assert device_words(agent) == words
