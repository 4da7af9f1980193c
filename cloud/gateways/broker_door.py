"""The broker's door from the outside: whether a certificate opens it, and whom that turns out."""

import ssl
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from cloud.gateways.authority_files import private_pem
from cloud.gateways.gatekeeping import Pass
from vitals.errors import DeliveryError

__all__ = ["MqttDoor"]

_ANSWERS_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttDoor:
    """The Door port at an MQTT broker that knows its clients by their certificates."""

    host: str
    port: int
    ca_file: Path

    def lets_in(self, key_to_it: Pass) -> bool:
        """Connect as whom the certificate names, and leave: whoever was connected so is so no more.

        Raises
        ------
        DeliveryError
            If the broker cannot be asked.
        """
        decided = threading.Event()
        answers: list[bool] = []
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=key_to_it.name,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )

        def on_connect(_c: Client, _u: object, _f: ConnectFlags, code: ReasonCode, _p: object) -> None:
            answers.append(not code.is_failure)
            decided.set()

        def on_disconnect(_c: Client, _u: object, _f: DisconnectFlags, _r: ReasonCode, _p: object) -> None:
            decided.set()

        client.on_connect = on_connect
        client.on_disconnect = on_disconnect
        client.tls_set_context(_context(self.ca_file, key_to_it))
        client.connect_timeout = _ANSWERS_WITHIN_S
        try:
            client.connect(self.host, self.port, keepalive=10, clean_start=True)
            client.loop_start()
            if not decided.wait(_ANSWERS_WITHIN_S):
                raise DeliveryError(f"the broker at {self.host}:{self.port} does not answer")
        except ssl.SSLCertVerificationError as error:  # it is we who turn away: nothing is known of its door
            raise DeliveryError(
                f"the broker at {self.host}:{self.port} cannot be known for ours ({error}): "
                "give it a certificate by `carewire cloud authority issue`"
            ) from error
        except ssl.SSLError:
            return False
        except OSError as error:
            raise DeliveryError(f"the broker at {self.host}:{self.port} cannot be asked: {error}") from error
        finally:
            with suppress(OSError, ValueError):
                client.disconnect()
            client.loop_stop()
            client._reset_sockets()  # noqa: SLF001 - what wakes its thread paho leaves open
        return bool(answers and answers[0])


def _context(ca_file: Path, key_to_it: Pass) -> ssl.SSLContext:
    """Return how TLS is spoken with a certificate that was made for this moment, and is kept nowhere."""
    context = ssl.create_default_context(cafile=ca_file)
    with tempfile.NamedTemporaryFile(prefix="carewire-") as file:  # for its owner alone
        file.write(private_pem(key_to_it.key))
        file.write(key_to_it.certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)
    return context
