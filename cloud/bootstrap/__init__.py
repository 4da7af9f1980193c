"""Where the service is put together: the only package that chooses adapters.

`stores` opens what is durable, `wiring` joins the parts over it to a `Service`, whose `threads` run
while the application of `server` does.
"""

from cloud.bootstrap.invitation import invite
from cloud.bootstrap.server import build, run

__all__ = ["build", "invite", "run"]
