"""A D-Bus of one's own: no client on it reaches the machine's, and none of the machine's reaches it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from vitals.errors import ConfigurationError

__all__ = ["private_bus"]

_PATIENCE_S: Final = 10.0


@asynccontextmanager
async def private_bus() -> AsyncIterator[str]:
    """Run a dbus-daemon; yields its address, for a client's DBUS_SYSTEM_BUS_ADDRESS.

    Raises
    ------
    ConfigurationError
        There is no dbus-daemon to run, or it does not start.
    """
    with TemporaryDirectory(prefix="carewire-bus-") as folder:  # short: a socket's path has 107 octets
        configuration = Path(folder) / "bus.conf"
        configuration.write_text(_CONFIGURATION.format(socket=Path(folder) / "socket"))
        try:
            daemon = await asyncio.create_subprocess_exec(
                *("dbus-daemon", "--nofork", "--nopidfile", "--print-address=1"),
                f"--config-file={configuration}",
                stdout=asyncio.subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise ConfigurationError(
                "there is no dbus-daemon on this machine: apt-get install dbus-daemon"
            ) from error
        try:
            yield await _address(daemon)
        finally:
            with contextlib.suppress(ProcessLookupError):
                daemon.terminate()
            await daemon.wait()


async def _address(daemon: asyncio.subprocess.Process) -> str:
    assert daemon.stdout is not None  # noqa: S101 - it was asked for
    try:
        async with asyncio.timeout(_PATIENCE_S):
            address = (await daemon.stdout.readline()).decode().strip()
    except TimeoutError:
        address = ""
    if not address:
        raise ConfigurationError("dbus-daemon does not start: its own message says why")
    return address


_CONFIGURATION: Final = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow send_type="signal"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
</busconfig>
"""
