"""What an operator far away may set takes no record from a home that waits to be delivered."""

import pytest

from edge.remote.settable import refuse_less_room
from vitals.errors import ConfigurationError


def test_an_outbox_is_not_made_smaller_than_what_waits_in_it() -> None:
    with pytest.raises(ConfigurationError, match=r"outbox.max_bytes = 1048576: 1048577 bytes wait here"):
        refuse_less_room(1 << 20, waiting_bytes=(1 << 20) + 1)
    refuse_less_room(1 << 20, waiting_bytes=1 << 20)
