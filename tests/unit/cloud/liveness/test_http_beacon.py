"""Where to say that it is not well, as checks have it."""

import pytest

from cloud.liveness.http_beacon import HttpBeacon, failing_address
from tests.fakes.outside_check import outside_check
from vitals.errors import DeliveryError


@pytest.mark.parametrize(
    ("url", "failing"),
    [
        ("https://hc-ping.com/uuid", "https://hc-ping.com/uuid/fail"),
        ("https://hc-ping.com/uuid/", "https://hc-ping.com/uuid/fail"),
        ("https://a.example/push/1?token=2", "https://a.example/push/1/fail?token=2"),
    ],
)
def test_an_address_for_trouble_is_made_of_the_other(url: str, failing: str) -> None:
    assert failing_address(url) == failing


def test_each_address_is_asked_for_with_nothing_else() -> None:
    with outside_check() as check:
        HttpBeacon(check.url).tell(is_well=True)
        HttpBeacon(check.url).tell(is_well=False)
        HttpBeacon(check.url, check.url).tell(is_well=False)
        assert [path for _, path in check.asked] == ["/ping/secret", "/ping/secret/fail", "/ping/secret"]
        assert check.bodies == [b"", b"", b""]


@pytest.mark.parametrize("status", [301, 404, 500])
def test_whatever_is_no_yes_is_not_taken_for_one(status: int) -> None:
    with outside_check() as check:
        check.status = status
        with pytest.raises(DeliveryError, match=str(status)):
            HttpBeacon(check.url).tell(is_well=True)


def test_one_that_is_not_there_is_told_of_without_its_address() -> None:
    with pytest.raises(DeliveryError) as error:
        HttpBeacon("http://127.0.0.1:9/secret", timeout_s=1).tell(is_well=True)
    assert "secret" not in str(error.value)
