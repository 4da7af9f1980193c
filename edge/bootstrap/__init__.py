"""Where a gateway is put together: the only package that chooses adapters.

`build` wires the parts to a `Gateway`, which runs for one life; `lives` lets one follow another in a process.
"""

from edge.bootstrap.build import build_gateway
from edge.bootstrap.gateway import Gateway
from edge.bootstrap.lives import run_gateway
from edge.bootstrap.model import shipped_model

__all__ = ["Gateway", "build_gateway", "run_gateway", "shipped_model"]
