"""The machine that Relay runs on: clocks, break-glass file, health file."""
