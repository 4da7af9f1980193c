"""The service as a process of its own, which can be killed and started again."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx

from cloud.access.gateways import GatewayAccess
from cloud.config import CloudSettings
from cloud.storage.relational.opening import open_relational
from cloud.storage.series import open_series_stores
from tests.fakes.http_server import free_port
from vitals.clock import ScaledClock

_START = """
import json, sys
from cloud.bootstrap import run
from cloud.config import CloudSettings
run(CloudSettings(**json.loads(sys.argv[1])))
"""
_UP_WITHIN_S = 60.0


class CloudProcess:
    """A service on 127.0.0.1:`port`, at the broker on `mqtt_port`."""

    def __init__(
        self,
        folder: Path,
        mqtt_port: int = 9,
        *,
        sections: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
        **http: str,
    ) -> None:
        self.port = free_port()
        scheme = "https" if "cert_file" in http else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._content = {
            "data_dir": str(folder),
            "http": {"port": self.port, "public_url": self.url, **http},
            "mqtt": {"port": mqtt_port},
            **sections,
        }
        self.settings = CloudSettings(**self._content)  # type: ignore[arg-type] # as a file would say it
        self._child: subprocess.Popen[bytes] | None = None

    def token(self, gateway: str) -> str:
        """Give a gateway a new token."""
        with self._access() as access:
            return access.issue(gateway)

    def revoke(self, gateway: str) -> int:
        """Make a gateway's tokens worthless."""
        with self._access() as access:
            return access.revoke(gateway)

    def start(self) -> None:
        self._child = subprocess.Popen([sys.executable, "-c", _START, json.dumps(self._content)])
        deadline = time.monotonic() + _UP_WITHIN_S
        while True:
            try:
                httpx.get(f"{self.url}/healthz", trust_env=False, timeout=1, verify=False)  # noqa: S501 - is it up
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the service did not come up"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait(10)
            self._child = None

    def stored(self, gateway: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """Return the ranges stored of each epoch of a gateway; none of any may be missing or set aside."""
        stores = open_series_stores(self.settings)
        try:
            accounts = stores.records.accounts()
        finally:
            stores.close()
        assert not any(account.missing or account.quarantined for account in accounts)
        return {account.epoch: account.stored for account in accounts if account.gateway == gateway}

    @contextmanager
    def _access(self) -> Iterator[GatewayAccess]:
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        relational = open_relational(self.settings.database_url)
        try:
            yield GatewayAccess(
                store=relational.credentials, clock=ScaledClock(), randomness=secrets.token_bytes
            )
        finally:
            relational.close()
