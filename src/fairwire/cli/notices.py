"""Where a running service's notices go: standard error, for standard output has the answers."""

from __future__ import annotations


def to_standard_error() -> None:
    """Send every notice there, from now on."""
    import sys

    import structlog

    # Where something breaks, the values at hand are of a call: numbers and names of people, which no log may have.
    shown = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    # The file is asked for with each notice: standard error may be another by then.
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            shown,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr),
    )
