"""Describe one resource: its tables, as the policy shows them."""

from __future__ import annotations

from dataclasses import dataclass

from relay.application.registry import ResourceRegistry
from relay.application.use_cases.handle_request import HandleRequest
from relay.domain.request import Operation, QueryRequest, RequestContext
from relay.domain.results import QueryResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDescription:
    """A resource with the rows of `list_tables`."""

    type: str
    database: str
    tables: QueryResult


class DescribeResource:
    """Serves `describe_resource`, which needs `list_tables` among the allowed operations."""

    def __init__(self, *, handle_request: HandleRequest, registry: ResourceRegistry) -> None:
        self._handle_request = handle_request
        self._registry = registry

    async def execute(self, context: RequestContext, resource_id: str) -> ResourceDescription:
        """List the tables under the same checks, limits and records as `execute`."""
        request = QueryRequest(context=context, resource_id=resource_id, operation=Operation.LIST_TABLES)
        tables = await self._handle_request.execute(request)
        resource = self._registry.get(resource_id).resource
        return ResourceDescription(type=resource.type, database=resource.database, tables=tables)
