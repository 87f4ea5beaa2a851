from __future__ import annotations

import io
import json

import pytest

from relay.adapters.outbound.masking.masker import build_masker
from relay.bootstrap.cli.mask_command import mask_command, mask_lines
from relay.domain.masking import MaskingRule, MaskingSettings

MASKER = build_masker(MaskingSettings())


def run(*lines: bytes, masker=MASKER):
    output, errors = io.BytesIO(), io.StringIO()
    status = mask_lines(masker, lines, output, errors)
    return status, [json.loads(line) for line in output.getvalue().splitlines()], errors.getvalue()


def test_lines_come_back_in_order_when_all_are_usable():
    status, answers, errors = run(
        b'{"text": "cpf 529.982.247-25", "id": 1}\n',
        b"\n",
        b'{"text": 52998224725}\n',
        b'{"text": 7.5}',
        '{"text": "é"}'.encode(),
    )
    cpf = [{"detector": "cpf", "count": 1}]
    assert (status, errors) == (0, "")
    assert answers == [
        {"text": "cpf ***.***.***-**", "id": 1, "detections": cpf},
        {"text": "***.***.***-**", "detections": cpf},
        {"text": 7.5, "detections": []},
        {"text": "é", "detections": []},
    ]


BAD_LINES = [
    b"529.982.247-25 {",
    b"[1]",
    b"{}",
    b'{"text": null}',
    b'{"text": true}',
    b'{"text": ["529.982.247-25"]}',
    b'{"text": NaN}',
    b"\xff\xfe",
    b'{"text": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
]


@pytest.mark.parametrize("line", BAD_LINES, ids=[repr(line[:20]) for line in BAD_LINES])
def test_line_is_named_and_the_others_go_on_when_one_is_unusable(line):
    status, answers, errors = run(b'{"text": "a"}', line, b'{"text": "b"}')
    assert status == 2
    assert [answer.get("text") for answer in answers] == ["a", None, "b"]
    assert list(answers[1]) == ["error"]
    assert "line 2" in errors
    assert "529" not in errors + json.dumps(answers)


def test_each_line_is_flushed_when_it_is_done():
    class Output(io.BytesIO):
        flushed = 0

        def flush(self):
            Output.flushed += 1

    mask_lines(MASKER, [b'{"text": "a"}', b'{"text": "b"}'], Output(), io.StringIO())
    assert Output.flushed == 2


def test_custom_patterns_apply_when_settings_have_them():
    rule = MaskingRule(name="internal-id", regex=r"EMP-\d{6}", replacement="EMP-******")
    _, answers, _ = run(b'{"text": "EMP-123456"}', masker=build_masker(MaskingSettings(rules=(rule,))))
    assert answers == [{"text": "EMP-******", "detections": [{"detector": "internal-id", "count": 1}]}]


def test_lines_pass_when_masking_is_off():
    masker = build_masker(MaskingSettings(enabled=False))
    assert run(b'{"text": "a@example.com"}', masker=masker)[1] == [{"text": "a@example.com", "detections": []}]


def test_command_says_what_is_wrong_when_the_configuration_is_unusable(tmp_path, capsys):
    path = tmp_path / "relay.yaml"
    path.write_text("masking: {detectors: {cpff: true}}")
    assert mask_command(str(path), {}) == 2
    assert "cpff" in capsys.readouterr().err


def test_command_masks_by_the_defaults_when_nothing_is_configured(monkeypatch):
    class Stream:
        def __init__(self, content=b""):
            self.buffer = io.BytesIO(content)

    output = Stream()
    monkeypatch.setattr("sys.stdin", Stream(b'{"text": "a@example.com"}\n'))
    monkeypatch.setattr("sys.stdout", output)
    assert mask_command(None, {}) == 0
    assert json.loads(output.buffer.getvalue())["text"] == "***@***.***"
