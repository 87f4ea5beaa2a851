"""The corpus of statements, and a guard to put them to."""

from __future__ import annotations

import pytest

from relay.adapters.outbound.mongodb.guard import MongoStatementGuard


@pytest.fixture
def guard() -> MongoStatementGuard:
    return MongoStatementGuard()
