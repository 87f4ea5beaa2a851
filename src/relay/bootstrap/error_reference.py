"""`docs/errors.md`, made from the tables of reasons and of the databases' errors.

`python -m relay.bootstrap.error_reference > docs/errors.md`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from relay.adapters.inbound.ws_jsonrpc.replies import failure
from relay.adapters.outbound.mongodb.error_codes import CODE_NAMES, CODE_REASONS
from relay.adapters.outbound.postgres.errors import BY_SQLSTATE
from relay.domain.errors import MAX_MESSAGE_LENGTH, TRAITS, Outcome, Position, Reason, RelayError

MEANINGS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.PARSE_ERROR: ("the frame is not JSON", "send one JSON document a frame"),
        Reason.INVALID_REQUEST: (
            "JSON, but not a JSON-RPC 2.0 request; or a method that makes sense only with an answer came without an id",
            "send `jsonrpc`, `id`, `method`, `params`",
        ),
        Reason.METHOD_NOT_FOUND: ("there is no such method", "the hint lists the methods"),
        Reason.INVALID_PARAMS: (
            "a parameter is missing, of the wrong type, or does not fit the statement",
            "the detail names it",
        ),
        Reason.RESOURCE_NOT_FOUND: ("no resource of this id is configured", "the hint lists the ids"),
        Reason.OPERATION_NOT_ALLOWED: (
            "the resource does not allow this operation, or no aggregation pipelines",
            "the hint lists what it allows; else the operator changes `allowedOperations` or `allowAggregation`",
        ),
        Reason.TABLE_NOT_ALLOWED: (
            "policy does not show this table or collection, or it is one of the system's",
            "`list_tables` shows what may be read",
        ),
        Reason.FUNCTION_NOT_ALLOWED: (
            "a function or operator that is not on the safe list",
            "use one that only computes on its arguments; else the operator adds it to `allowedFunctions`",
        ),
        Reason.COLUMN_NOT_ALLOWED: (
            (
                "a column rule denies this column, a view or function may show protected columns, or an expression or "
                "predicate would tell of personal data"
            ),
            "name other columns; the sentence says how to ask instead",
        ),
        Reason.REPLAY_REFUSED: (
            "a nonce that was seen before, or an `issuedAt` more than 60 s off",
            "send each request with a nonce of its own, and look at both clocks",
        ),
        Reason.DUPLICATE_ID: ("a request with this id is still running", "use a new id for each request"),
        Reason.QUERY_BLOCKED: (
            "not one read-only statement, or one that the guard does not understand",
            "the detail says what was found and where; write one SELECT in plain forms",
        ),
        Reason.QUERY_FAILED: (
            "the database could not run the statement",
            "the detail has the SQLSTATE or the error's code, never the server's text",
        ),
        Reason.QUERY_TIMEOUT: ("the time limit was over; the statement was ended on the server", "ask for less"),
        Reason.RESOURCE_UNAVAILABLE: (
            "the database can't be reached, refuses the login, or is shutting down",
            "try again later; the operator looks at `Health check failed` in the log",
        ),
        Reason.AUDIT_UNAVAILABLE: (
            "a record could not be written, so nothing was run or nothing was sent",
            "the operator looks at `Audit output failed` in the log",
        ),
        Reason.INTERNAL_ERROR: ("a defect in the agent", "the operator looks at `Unexpected error` in the log"),
        Reason.SESSION_DENIED: ("an operator has stopped the session (break-glass)", "ask the operator to resume it"),
        Reason.REQUEST_CANCELLED: ("the control plane cancelled it, or the agent was stopping", "nothing"),
        Reason.RATE_LIMITED: ("too many requests for this resource", "wait for `data.retryAfterMs`"),
        Reason.OVERLOADED: ("too much is waiting or in flight, or the agent is stopping", "wait, then try again"),
        Reason.APPROVAL_REQUIRED: ("reserved: this version never answers so", "nothing"),
        Reason.CONNECTION_LOST: (
            "the connection to the control plane was lost while the request ran: in audit records only",
            "send it again on the next connection; nothing is ever replayed",
        ),
    }
)
"""When it is answered, and what helps."""

EXAMPLE = RelayError(
    Reason.FUNCTION_NOT_ALLOWED,
    "pg_read_file is not an allowed function;",
    hint="use a built-in function that only computes on its arguments",
    position=Position(line=1, column=8),
)

INTRODUCTION = f"""# Errors

<!-- Made by `python -m relay.bootstrap.error_reference`. Change the tables, not this page. -->

Every request that is not a notification gets an answer. One that is refused or fails gets this:

```json
{{example}}
```

- `message` is `REASON: detail hint`, at most {MAX_MESSAGE_LENGTH} characters. `data` repeats it in parts: `detail` and
  `hint` are written for an AI agent that will read them and try again, so branch on `reason`, not on words.
- `position` counts lines and columns from 1, in code points of the statement as it was sent; it is there where the
  guard knows the place. `retryAfterMs` comes with `RATE_LIMITED` and `OVERLOADED`.
- `retryable` is true where the same request may succeed later, unchanged.
- No message holds a value, a parameter, a credential or a text of a driver or a server. The names in it are the
  statement's own, and they go through the detectors.
- The first refusal that applies is answered, in this order: session, replay, rate, resource, operation, limits,
  statement. Before all of them have passed no database connection is used. Only one thing is found out later: a
  parameter that does not fit the type that PostgreSQL wants for it (`INVALID_PARAMS`).
"""


def reference_page() -> str:
    """Return the page as Markdown."""
    return "\n".join([INTRODUCTION.replace("{example}", _example()), *_reasons(), *_postgres(), *_mongodb()])


def _example() -> str:
    answer = json.loads(failure(b'"req-1"', EXAMPLE, request_id="req-1"))
    return json.dumps(answer, indent=1, ensure_ascii=False)


def _reasons() -> Iterator[str]:
    yield "## Reasons\n"
    yield "| Reason | Code | Record | Retryable | When | What helps |\n|---|---|---|---|---|---|"
    for reason, traits in TRAITS.items():
        when, helps = MEANINGS[reason]
        record = "request.rejected" if traits.outcome is Outcome.DENIED else "request.failed"
        retryable = "yes" if traits.retryable else "no"
        yield f"| `{reason}` | {traits.code} | `{record}` | {retryable} | {when} | {helps} |"
    yield ""


def _postgres() -> Iterator[str]:
    yield "## What PostgreSQL's errors become\n"
    yield "The longest beginning of the SQLSTATE decides; every other one is `QUERY_FAILED`.\n"
    yield "| SQLSTATE | Reason |\n|---|---|"
    yield from (
        f"| `{state}`{'' if len(state) > len('08') else '…'} | `{BY_SQLSTATE[state]}` |" for state in BY_SQLSTATE
    )
    yield ""


def _mongodb() -> Iterator[str]:
    yield "## What MongoDB's errors become\n"
    yield "Every other code is `QUERY_FAILED`, with the code's name where it is known.\n"
    yield "| Code | Name | Reason |\n|---|---|---|"
    for code, reason in sorted(CODE_REASONS.items()):
        name = CODE_NAMES.get(code)
        yield f"| {code} | {'' if name is None else f'`{name}`'} | `{reason}` |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(reference_page())
