"""The methods that a control plane can call: params in, the shape of a result out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from relay.adapters.inbound.ws_jsonrpc import replies
from relay.adapters.inbound.ws_jsonrpc.jsonrpc import Call
from relay.adapters.inbound.ws_jsonrpc.params import (
    CancelParams,
    DescribeParams,
    ExecuteParams,
    operation_arguments,
    read,
    read_deadline_ms,
    text_or_empty,
)
from relay.application.use_cases.cancel_request import CancelRequest
from relay.application.use_cases.check_health import CheckHealth
from relay.application.use_cases.describe_resource import DescribeResource
from relay.application.use_cases.handle_request import HandleRequest
from relay.application.use_cases.list_resources import ListResources
from relay.application.use_cases.refuse_request import RefuseRequest
from relay.domain.errors import RelayError
from relay.domain.request import QueryRequest, RequestContext

Method = Callable[[Call, RequestContext], Awaitable[object]]


class Methods:
    """A table of methods. Each returns what orjson can encode, or raises RelayError."""

    def __init__(
        self,
        *,
        handle_request: HandleRequest,
        list_resources: ListResources,
        describe_resource: DescribeResource,
        check_health: CheckHealth,
        cancel_request: CancelRequest,
        refuse_request: RefuseRequest,
    ) -> None:
        self._handle_request = handle_request
        self._list_resources = list_resources
        self._describe_resource = describe_resource
        self._check_health = check_health
        self._cancel_request = cancel_request
        self._refuse_request = refuse_request
        self.by_name: dict[str, Method] = {
            "execute": self._execute,
            "list_resources": self._list,
            "describe_resource": self._describe,
            "health_check": self._health,
            "cancel": self._cancel,
        }

    async def _execute(self, call: Call, context: RequestContext) -> object:
        params = read(ExecuteParams, call)
        arguments = operation_arguments(call)
        request = QueryRequest(
            context=_with_problem(context, params),
            resource_id=text_or_empty(call, "resourceId"),
            operation=text_or_empty(call, "operation"),
            arguments=arguments,
            limit=arguments.get("limit"),
            deadline_ms=read_deadline_ms(call),
        )
        return replies.execute_result(await self._handle_request.execute(request))

    async def _list(self, _: Call, context: RequestContext) -> object:
        await self._refuse_problem(context)
        return replies.resources_result(await self._list_resources.execute(context))

    async def _describe(self, call: Call, context: RequestContext) -> object:
        params = read(DescribeParams, call)
        resource_id = text_or_empty(call, "resourceId")
        described = await self._describe_resource.execute(_with_problem(context, params), resource_id)
        return replies.description_result(described)

    async def _health(self, _: Call, context: RequestContext) -> object:
        await self._refuse_problem(context)
        return replies.health_result(await self._check_health.execute(context))

    async def _cancel(self, call: Call, context: RequestContext) -> object:
        params = read(CancelParams, call)
        target = "" if isinstance(params, RelayError) else params.request_id
        return {"cancelled": await self._cancel_request.execute(_with_problem(context, params), target)}

    async def _refuse_problem(self, context: RequestContext) -> None:
        """Refuse what is wrong with what any request may carry, for use cases that take no params."""
        if context.problem is not None:
            raise await self._refuse_request.execute(context, context.problem)


def _with_problem(context: RequestContext, params: object) -> RequestContext:
    """Add what is wrong with the method's own params; what any request may carry comes after it."""
    return replace(context, problem=params) if isinstance(params, RelayError) else context
