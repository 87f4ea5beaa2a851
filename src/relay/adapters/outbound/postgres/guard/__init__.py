"""The PostgreSQL guard: text in, facts and a plan out; nothing that it did not understand gets through."""

from relay.adapters.outbound.postgres.guard.catalogue import Catalogue, CatalogueSnapshot
from relay.adapters.outbound.postgres.guard.guard import PostgresStatementGuard
from relay.adapters.outbound.postgres.guard.plans import DescribePlan, ListPlan, QueryPlan

__all__ = ["Catalogue", "CatalogueSnapshot", "DescribePlan", "ListPlan", "PostgresStatementGuard", "QueryPlan"]
