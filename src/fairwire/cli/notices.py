"""Where a running service's notices go: standard error, for standard output has the answers."""

from __future__ import annotations


def to_standard_error() -> None:
    """Send every notice there, from now on."""
    import sys

    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
