"""The JSON Schema of the wire, for whoever writes a gateway of their own.

`python -m vitals.wire.schema > docs/wire.schema.json` publishes it; a test holds the two together.
"""

import json
import sys
from typing import Any

import msgspec

from vitals.records import AnyRecord
from vitals.wire.command import BODIES, Command
from vitals.wire.envelope import Ack, Batch
from vitals.wire.ledger import HeadNews, Witnessed
from vitals.wire.liveness import Liveness

_REFS = "#/$defs/{name}"


def wire_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) of a batch in JSON; `$defs` holds what comes down, too."""
    (batch, _, record, *_), components = msgspec.json.schema_components(
        [Batch, Ack, AnyRecord, Command, *BODIES.values(), Liveness, HeadNews, Witnessed], ref_template=_REFS
    )
    components["Batch"]["properties"]["records"]["items"] = record
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Carewire wire format, version 1",
        "description": (
            "A batch as published to v1/gw/GATEWAY/up; an Ack comes on v1/gw/GATEWAY/down/ack,"
            " a Command on v1/gw/GATEWAY/down/command, Liveness on v1/gw/GATEWAY/down/alive,"
            " HeadNews on v1/gw/GATEWAY/down/ledger; Witnessed stands in a gateway's status as `ledger`."
        ),
        **batch,
        "$defs": components,
    }


if __name__ == "__main__":
    json.dump(wire_schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")
