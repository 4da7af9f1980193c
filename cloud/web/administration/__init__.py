"""The administrator's pages: what is broken, and gateways, devices and people behind it; no vital sign."""
