"""Where a running service's notices go: standard error, for standard output has the answers."""

from __future__ import annotations


def to_standard_error() -> None:
    """Send every notice there, from now on."""
    import sys

    import structlog

    # Asked for with each notice: standard error may be another by then.
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr))
