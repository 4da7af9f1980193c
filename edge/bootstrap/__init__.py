"""Where a gateway is put together: the only package that chooses adapters.

`build` wires the parts to a `Gateway`, which runs for one life; `lives` lets one follow another in a process.
"""

from edge.bootstrap.build import build_gateway
from edge.bootstrap.gateway import Gateway
from edge.bootstrap.lives import run_gateway
from edge.bootstrap.models import load_model, load_models, shipped_models

__all__ = ["Gateway", "build_gateway", "load_model", "load_models", "run_gateway", "shipped_models"]
