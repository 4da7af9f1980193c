"""MQTT topics, version 1. A gateway's identity comes from its topic, never from a payload."""

import re

from vitals.errors import EnvelopeError

GATEWAY_ID = re.compile(r"[a-z0-9-]{3,40}")
ALL_UP = "v1/gw/+/up"
ALL_STATUS = "v1/gw/+/status"


def up(gateway: str) -> str:
    """Return the topic a gateway publishes its batches to."""
    return f"v1/gw/{checked(gateway)}/up"


def status(gateway: str) -> str:
    """Return the topic of a gateway's retained presence (its Last Will says it is gone)."""
    return f"v1/gw/{checked(gateway)}/status"


def down_ack(gateway: str) -> str:
    """Return the topic on which the cloud acknowledges what it stored."""
    return f"v1/gw/{checked(gateway)}/down/ack"


def down_command(gateway: str) -> str:
    """Return the topic on which the cloud asks something of a gateway."""
    return f"v1/gw/{checked(gateway)}/down/command"


def down_alive(gateway: str) -> str:
    """Return the topic on which the cloud says again and again whether its alerting lives."""
    return f"v1/gw/{checked(gateway)}/down/alive"


def down_ledger(gateway: str) -> str:
    """Return the topic on which the cloud gives a gateway the ledger's heads to witness."""
    return f"v1/gw/{checked(gateway)}/down/ledger"


def gateway_of(topic: str) -> str:
    """Return the gateway a `v1/gw/{id}/...` topic belongs to.

    Raises
    ------
    EnvelopeError
        If the topic is not of that form.
    """
    match topic.split("/", 3):
        case ["v1", "gw", gateway, _]:
            return checked(gateway)
    raise EnvelopeError(
        f"topic {topic!r} is not v1/gw/GATEWAY/...: publish to the topics of vitals.wire.topics"
    )


def checked(gateway: str) -> str:
    """Return `gateway` if it is a legal id.

    Raises
    ------
    EnvelopeError
        If it holds anything but 3 to 40 of a-z, 0-9 and '-'.
    """
    if GATEWAY_ID.fullmatch(gateway) is None:
        raise EnvelopeError(f"gateway id {gateway!r} must be 3 to 40 of a-z, 0-9 and '-'")
    return gateway
