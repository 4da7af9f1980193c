"""What paho's clients need of tests."""

from paho.mqtt.client import Client


def let_go(client: Client) -> None:
    """Say goodbye, wait for its thread, and close its sockets; what wakes the thread paho leaves open."""
    client.disconnect()
    client.loop_stop()
    client._reset_sockets()
