"""What an operator far away may set takes no record from a home that waits to be delivered."""

import pytest

from edge.remote.settable import SETTABLE, refuse_less_room, unsettable
from vitals.errors import ConfigurationError


def test_an_outbox_is_not_made_smaller_than_what_waits_in_it() -> None:
    with pytest.raises(ConfigurationError, match=r"outbox.max_bytes = 1048576: 1048577 bytes wait here"):
        refuse_less_room(1 << 20, waiting_bytes=(1 << 20) + 1)
    refuse_less_room(1 << 20, waiting_bytes=1 << 20)


@pytest.mark.parametrize(
    "content",
    [
        {"ledger_key": "ab" * 32},
        {"gateway_id": "other"},
        {"data_dir": "elsewhere"},
        {"model_keys": ["ab" * 32]},
        {"trust": {"release_keys": ["ab" * 32]}},
        {"trust": {"alarms_from_afar": True}},
        {"mqtt": {"host": "elsewhere"}},
        {"http": {"url": "https://elsewhere"}},
        {"page": {"enabled": True}},
        {"alarms": {"command": ["sh"]}},
    ],
)
def test_a_stolen_release_key_blinds_no_witness_and_turns_no_gateway_elsewhere(
    content: dict[str, object],
) -> None:
    assert "is set at the gateway alone" in (unsettable(content, has_consent=True) or "")


def test_nothing_that_says_whom_to_trust_is_on_the_list() -> None:
    assert [name for name in SETTABLE if "key" in name or name.startswith(("trust", "mqtt", "http"))] == []
