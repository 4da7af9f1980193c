"""The embedded MQTT broker: one listener, MQTT 5, this machine only.

rumqttd (inside the `iotcore` wheel) keeps everything in memory: of each topic the last 6 MB, more than a
gateway ever has on its way. That is enough: the gateway's outbox lets go of a record on the
cloud's acknowledgement and on nothing a broker says.
"""

import logging
import signal
import socket
import tempfile
from pathlib import Path

from iotcore.iotcore import IotCoreBroker

from vitals.errors import ConfigurationError
from vitals.wire.envelope import MAX_BATCH_BYTES

_CONFIG = """\
id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 1048576
max_segment_count = 6

[v5.1]
name = "loopback"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {max_payload}
max_inflight_count = 200
dynamic_filters = true
"""


def run_broker(port: int) -> None:
    """Serve MQTT 5 on 127.0.0.1:`port` until SIGTERM or SIGINT ends the process.

    Raises
    ------
    ConfigurationError
        If the port is taken.
    """
    refuse_taken_port(port, "the embedded broker", "--port")
    # rumqttd wraps routing in error spans: without this every packet looks like an error.
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)
    # It has no shutdown of its own and nothing to flush.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with tempfile.TemporaryDirectory(prefix="carewire-broker-") as folder:
        config = Path(folder) / "rumqttd.toml"
        config.write_text(_CONFIG.format(port=port, max_payload=MAX_BATCH_BYTES + 16_384))
        broker = IotCoreBroker(config_path=str(config))
    broker.run_forever()


def refuse_taken_port(port: int, who: str, option: str) -> None:
    """Raise unless 127.0.0.1:`port` can be listened on.

    Raises
    ------
    ConfigurationError
        Saying who wanted the port and which option chooses another.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ConfigurationError(
                f"port {port}, wanted by {who}, is in use: stop the program that holds it or choose another "
                f"with {option}"
            ) from error
