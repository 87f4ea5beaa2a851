"""Unique personal values in every type and place of two databases, and what finds them in whatever left the agent."""
