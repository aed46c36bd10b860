"""The templates of pages, and the files that they name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fairwire.desk import wording

HERE = Path(__file__).parent


def templates() -> Environment:
    """An environment in which every value is escaped and every name must be known."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        words=wording,
        asset={path.name: f"/static/{path.name}?v={mark(path.read_bytes())}" for path in (HERE / "static").iterdir()},
    )
    return made


def mark(data: bytes) -> str:
    """A few digits that change with the content."""
    return hashlib.sha256(data).hexdigest()[:12]
