"""A gateway's identity is its topic's, and only legal ids make topics."""

import pytest

from vitals.errors import EnvelopeError
from vitals.wire import topics

MAKERS = (topics.up, topics.status, topics.down_ack, topics.down_command, topics.down_alive)


@pytest.mark.parametrize("make", MAKERS)
def test_a_topic_names_its_gateway(make) -> None:
    assert topics.gateway_of(make("hallway-1")) == "hallway-1"


@pytest.mark.parametrize("gateway", ["", "ab", "a/b", "#", "+", "Hallway", "a" * 41, "gw\n1", "gw 1", "gẃ-1"])
def test_an_illegal_gateway_makes_no_topic(gateway: str) -> None:
    for make in MAKERS:
        with pytest.raises(EnvelopeError, match="3 to 40"):
            make(gateway)


@pytest.mark.parametrize(
    "topic", ["", "v1/gw/abc", "v2/gw/abc/up", "v1/gw//up", "v1/gw/+/up", "x/v1/gw/abc/up"]
)
def test_a_strange_topic_names_nobody(topic: str) -> None:
    with pytest.raises(EnvelopeError):
        topics.gateway_of(topic)
