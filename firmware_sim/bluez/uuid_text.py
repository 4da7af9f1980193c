"""UUIDs as BlueZ spells them."""

import uuid as full

from bumble.core import UUID

__all__ = ["uuid_text"]


def uuid_text(uuid: UUID) -> str:
    """Return the UUID with 128 bits, in lower case, with hyphens."""
    return str(full.UUID(bytes=uuid.to_bytes(force_128=True)[::-1]))
