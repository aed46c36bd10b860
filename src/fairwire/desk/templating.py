"""The templates of pages, and the files that they name."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from fairwire.desk import wording
from fairwire.runtime.resting import paced

HERE = Path(__file__).parent


class _Paced(Template):
    """A page is made in pieces: a call that comes meanwhile is not kept waiting for the whole of it."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        return "".join(paced(self.generate(*args, **kwargs)))


def templates() -> Environment:
    """An environment in which every value is escaped and every name must be known."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.template_class = _Paced
    made.globals.update(
        words=wording,
        asset={path.name: f"/static/{path.name}?v={mark(path.read_bytes())}" for path in (HERE / "static").iterdir()},
    )
    return made


def mark(data: bytes) -> str:
    """A few digits that change with the content."""
    return hashlib.sha256(data).hexdigest()[:12]
