from __future__ import annotations

import json

import pytest

from relay.bootstrap.logging import configure_logging
from relay.bootstrap.masking_log import MaskingLog
from relay.domain.results import Detection, Field


class Lines:
    def __init__(self) -> None:
        self.written: list[dict] = []

    def write_line(self, line: bytes) -> None:
        self.written.append(json.loads(line))


@pytest.mark.parametrize(("level", "lines"), [("debug", 2), ("info", 0)])
def test_one_line_a_column_at_debug_level_only(level, lines) -> None:
    target = Lines()
    configure_logging(target, level)
    fields = (Field(name="id", type="int4"), Field(name="email", type="text"))
    MaskingLog(detectors={"email", "cpf"}).masked(
        "req-1", fields, (Detection(detector="email", count=3, column="email"),)
    )
    assert len(target.written) == lines
    if lines:
        assert {key: target.written[1][key] for key in ("requestId", "column", "looked", "detector")} == {
            "requestId": "req-1", "column": "email", "looked": "cpf,email", "detector": "email:3",
        }  # fmt: skip
        assert target.written[0]["detector"] == "none"
