"""Audit trail: JSON lines on standard output and in a file, chained by hash."""
