"""Relay: read-only, masked, audited database access for AI agents, from inside a private network."""

__version__ = "0.1.0"
