"""Is the broker there, is it the right one, and does it let this gateway in."""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from paho.mqtt.client import Client, ConnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.adapters.mqtt_connection import release
from edge.adapters.tls import tls_context
from edge.doctor.finding import Case, Finding, Verdict
from edge.page.words import ago
from edge.sending.way import Way
from vitals.errors import ConfigurationError

__all__ = ["check_broker"]

_SESSION_S: Final = 7 * 24 * 3600
"""As the gateway asks for: a shorter one would end its session, and what waits in it."""


def check_broker(case: Case) -> list[Finding]:
    """Ask the running gateway; where none runs, connect as it would, and hang up.

    It never connects beside a running gateway: with the same name it would take its session over.
    """
    state = case.running
    goes_around = state is not None and state.way == Way.HTTP
    if state is not None and state.is_link_up and not goes_around:
        heard = "nothing yet" if state.heard_s_ago is None else ago(state.heard_s_ago)
        return [_row(Verdict.OK, f"the running gateway is connected; last acknowledged: {heard}")]
    mqtt = case.settings.mqtt
    where = f"{mqtt.host}:{mqtt.port}"
    try:
        context = tls_context(mqtt.ca_file, mqtt.cert_file, mqtt.key_file)
        password = mqtt.secret()
    except ConfigurationError as error:
        return [_row(Verdict.FAIL, str(error), "correct these settings")]
    trouble = _reach(where, mqtt.host, mqtt.port, context, case.limit_s)
    if trouble is not None:
        return [replace(trouble, verdict=Verdict.WARN) if goes_around else trouble]
    if goes_around:
        says = f"{where} answers, but the running gateway goes by HTTP: it brings no acknowledgements"
        return [_row(Verdict.WARN, says, "its log says why: uplink.way, delivery.reconnecting")]
    if state is not None:
        says = f"{where} answers, but the running gateway is not connected"
        return [_row(Verdict.FAIL, says, "its log says why: mqtt.no_link")]
    return [_let_in(case, where, context, password)]


def _reach(
    where: str, host: str, port: int, context: ssl.SSLContext | None, limit_s: float
) -> Finding | None:
    """Return what is in the way of a connection, of TLS where it is used, or `None`."""
    try:
        with socket.create_connection((host, port), timeout=limit_s) as plain:
            if context is not None:
                context.wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return _row(Verdict.FAIL, f"{where} is not whom it should be: {error.verify_message}", _CA)
    except ssl.SSLError as error:
        return _row(Verdict.FAIL, f"{where} does not agree on TLS: {error.reason}", _TLS)
    except socket.gaierror as error:
        return _row(
            Verdict.FAIL,
            f"nobody knows the name {host} ({error.strerror})",
            "check mqtt.host and the network",
        )
    except OSError as error:
        return _row(Verdict.FAIL, f"{where} cannot be reached: {error.strerror or error}", _WAY)
    return None


def _let_in(case: Case, where: str, context: ssl.SSLContext | None, password: str | None) -> Finding:
    answered, codes = threading.Event(), list[ReasonCode]()
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=case.settings.gateway_id,
        protocol=MQTTv5,
        reconnect_on_failure=False,
        manual_ack=True,  # what waits in the gateway's session is the gateway's to take
    )
    client.on_connect = _noting(codes, answered)
    if context is not None:
        client.tls_set_context(context)
    if case.settings.mqtt.username is not None:
        client.username_pw_set(case.settings.mqtt.username, password)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho's
    properties.SessionExpiryInterval = _SESSION_S
    try:
        client.connect(
            case.settings.mqtt.host, case.settings.mqtt.port, clean_start=False, properties=properties
        )
        client.loop_start()
        answered.wait(case.limit_s)
    except OSError as error:
        return _row(Verdict.FAIL, f"{where} broke off: {error}", _TLS)
    finally:
        client.disconnect()
        release(client)
    if not codes:
        return _row(Verdict.FAIL, f"{where} does not answer as a broker does", _WAY)
    if codes[0].is_failure:
        return _row(Verdict.FAIL, f"{where} refuses this gateway: {codes[0]}", _ADMIT)
    if case.settings.mqtt.is_readable_on_the_way:
        return _row(
            Verdict.WARN, f"{where} lets this gateway in, but others on the way can read along", _SECURE
        )
    return _row(Verdict.OK, f"{where} lets this gateway in{'' if context is None else ', over TLS'}")


def _noting(codes: list[ReasonCode], answered: threading.Event) -> Callable[..., None]:
    def note(
        _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _properties: object
    ) -> None:
        codes.append(code)
        answered.set()

    return note


_WAY: Final = "check mqtt.host and mqtt.port, the network, and that the broker runs"
_CA: Final = "give the authority that signed the broker's certificate as mqtt.ca_file, and check the clock"
_TLS: Final = "check the certificate and its key, whether they are still valid, and the clock"
_SECURE: Final = "give the authority that signed the broker's certificate as mqtt.ca_file, without insecure"
_ADMIT: Final = "check the gateway's name, password and certificate, and the broker's list of who may"


def _row(verdict: Verdict, says: str, remedy: str = "") -> Finding:
    return Finding(check="broker", verdict=verdict, says=says, remedy=remedy)
