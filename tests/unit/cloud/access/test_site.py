import pytest

from cloud.access.site import site
from vitals.errors import ConfigurationError


def test_https_gets_a_host_cookie() -> None:
    place = site("https://care.example.org/")
    assert place.cookie_name == "__Host-carewire"
    assert place.is_secure
    assert place.url == "https://care.example.org"


def test_plain_http_is_for_this_machine_alone() -> None:
    assert site("http://127.0.0.1:8080").cookie_name == "carewire"
    assert site("http://[::1]:8080").cookie_name == "carewire"
    with pytest.raises(ConfigurationError, match="TLS"):
        site("http://192.0.2.7:8080")


@pytest.mark.parametrize("url", ["ftp://care.example.org", "care.example.org", "https://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="give one like"):
        site(url)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("care.example.org", True),
        ("CARE.example.org:8443", True),
        ("127.0.0.1:8080", True),
        ("evil.example.org", False),
        ("care.example.org.evil.example", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_only_our_names_are_ours(host: str, *, own: bool) -> None:
    assert site("https://care.example.org").is_own_host(host) is own


@pytest.mark.parametrize(
    ("origin", "own"),
    [
        ("https://care.example.org", True),
        ("http://care.example.org", False),
        ("https://care.example.org:8443", False),
        ("https://evil.example.org", False),
        ("null", False),
        ("", False),
    ],
)
def test_an_origin_is_ours_only_in_full(origin: str, *, own: bool) -> None:
    assert site("https://care.example.org").is_own_origin(origin, "care.example.org") is own


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://]", "http://care\u2100.example.org"])
def test_an_origin_that_cannot_be_read_is_not_ours(origin: str) -> None:
    assert not site("http://127.0.0.1:8080").is_own_origin(origin, "127.0.0.1:8080")
