"""A certificate that was renewed is shown at the next connection, without a restart."""

from pathlib import Path

from edge.adapters.mqtt import MqttUplink
from edge.adapters.mqtt_connection import MqttOptions
from edge.identity.folder import IdentityFolder
from edge.identity.requests import new_key
from tests.fakes.clock import FakeClock
from tests.fakes.given_identity import given


def test_the_files_are_read_anew_and_one_that_is_torn_changes_nothing(tmp_path: Path) -> None:
    folder = IdentityFolder(path=tmp_path / "identity")
    key = new_key()
    folder.keep(given(key).message, key)
    file = folder.identity_file
    options = MqttOptions(
        host="127.0.0.1", port=9, ca_file=folder.authority_file, cert_file=file, key_file=file
    )
    uplink = MqttUplink("hallway", options, FakeClock())
    first = uplink._renewed_tls()
    assert first is not None
    assert first is not uplink._tls
    file.write_bytes(file.read_bytes()[:40])
    assert uplink._renewed_tls() is uplink._tls
    assert uplink.counters["mqtt.certificate_unreadable"] == 1
