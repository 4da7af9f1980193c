"""How gateways and the cloud speak over MQTT and HTTP."""
