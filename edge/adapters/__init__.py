"""Where the gateway touches the outside: Bluetooth, the model runtime, MQTT."""
