"""The way up that the settings name: by the broker, and by HTTP where that is given as well."""

from collections.abc import Callable

from edge.adapters.http_uplink import HttpOptions, HttpUplink
from edge.adapters.mqtt import MqttUplink
from edge.adapters.mqtt_connection import MqttOptions
from edge.config import EdgeSettings
from edge.sending.delivery import Delivery
from edge.sending.fallback import FallbackUplink
from edge.sending.way import Way
from vitals.clock import Clock
from vitals.wire.ledger import Witnessed

__all__ = ["build_uplink", "way_of"]


def build_uplink(
    settings: EdgeSettings,
    clock: Clock,
    *,
    mark: Callable[[], None],
    witnessed: Callable[[], Witnessed | None] = lambda: None,
) -> MqttUplink | FallbackUplink:
    """Return the uplink; `mark` is called every few seconds while it moves; `witnessed` is of the ledger.

    Raises
    ------
    ConfigurationError
        A file it needs cannot be used.
    """
    by_mqtt = MqttUplink(settings.gateway_id, _mqtt_options(settings), clock, mark=mark, witnessed=witnessed)
    if settings.http.url is None:
        return by_mqtt
    settings.http.secret()  # one that cannot be read now is no way at all
    options = HttpOptions(url=settings.http.url, token=settings.http.secret, ca_file=settings.http.ca_file)
    return FallbackUplink(by_mqtt, HttpUplink(options, mark=mark, witnessed=witnessed))


def way_of(uplink: MqttUplink | FallbackUplink, delivery: Delivery) -> Way | None:
    """Return by what batches go now; None: they wait."""
    if isinstance(uplink, FallbackUplink):
        return uplink.way
    return Way.MQTT if delivery.is_link_up else None


def _mqtt_options(settings: EdgeSettings) -> MqttOptions:
    mqtt = settings.mqtt
    return MqttOptions(
        host=mqtt.host,
        port=mqtt.port,
        username=mqtt.username,
        password=mqtt.secret(),
        ca_file=mqtt.ca_file,
        cert_file=mqtt.cert_file,
        key_file=mqtt.key_file,
    )
