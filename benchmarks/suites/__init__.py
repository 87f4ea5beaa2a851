"""Honest SQL that others wrote: where it comes from, and how Relay answers it."""
