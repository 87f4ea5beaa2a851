"""Unexpected exceptions, as operational lines."""

from __future__ import annotations

import structlog

from relay.bootstrap.exception_report import describe_exception

log = structlog.get_logger()


class LoggedFailures:
    """Implements FailureLog: type and place of an exception, never its text."""

    def unexpected(self, error: BaseException, *, request_id: str | None = None) -> None:
        """See FailureLog."""
        fields = describe_exception(error)
        if request_id is not None:
            fields = {**fields, "requestId": request_id}
        log.error("Unexpected error", **fields)
