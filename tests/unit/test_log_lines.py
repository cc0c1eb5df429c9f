"""A log line tells when and where, and never what a secret is."""

import logging
import re

import pytest

from bot.__main__ import Scrubbed

FORMAT = Scrubbed("%(asctime)s %(levelname)s %(name)s: %(message)s")
SECRET = "postgresql://scout:hunter2@db/scout"


def _line(message: str, *args: object, error: BaseException | None = None) -> str:
    trace = (type(error), error, error.__traceback__) if error else None
    return FORMAT.format(logging.LogRecord("bot.flow", logging.ERROR, __file__, 1, message, args, trace))


def _fail() -> None:
    raise ValueError(f"cannot reach {SECRET}")


def _caught() -> BaseException:
    with pytest.raises(ValueError, match="cannot reach") as caught:
        _fail()
    return caught.value


def test_a_line_tells_the_day_and_the_hour() -> None:
    assert re.match(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ERROR bot.flow: Scout is connected$", _line("Scout is connected")
    )


def test_a_secret_in_a_message_is_not_written() -> None:
    assert "hunter2" not in _line("not connected: %s", SECRET)


def test_a_trace_tells_files_and_lines_and_no_secret() -> None:
    line = _line("answering failed, reference %s", "9536509b2e03", error=_caught())
    assert re.search(r'File ".*test_log_lines.py", line \d+, in _fail', line)
    assert "9536509b2e03" in line
    assert "ValueError" in line
    assert "hunter2" not in line


def test_a_message_that_looks_like_a_trace_is_scrubbed() -> None:
    assert "hunter2" not in _line("failed", error=ValueError(f'\n  File "x", line 1\n    {SECRET}'))
