"""What the log of the service shows when something breaks, and what it must not."""

from __future__ import annotations

import pytest
import structlog

from fairwire.cli.notices import to_standard_error


def test_a_traceback_shows_where_it_broke_and_no_value_of_a_call(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        to_standard_error()
        caller = "+12125550187"
        try:
            len(caller) / 0
        except ZeroDivisionError as error:
            structlog.get_logger().error("a call could not be decided", error=type(error).__name__, exc_info=error)
    finally:
        structlog.configure(**before)
    shown = capsys.readouterr().err
    assert "a call could not be decided" in shown
    assert "ZeroDivisionError" in shown
    assert "test_notices.py" in shown
    assert caller not in shown
