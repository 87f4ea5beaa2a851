"""Ports and use cases: what Relay does, without knowing with what."""
