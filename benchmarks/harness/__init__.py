"""Drives the agent and the bare driver with the same reads, and compares them."""
