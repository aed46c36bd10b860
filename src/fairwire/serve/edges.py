"""The sections `[[edges]]` of the settings file: what carries orders out where Fairwire is not asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fairwire.model.errors import BadInput, BadUse
from fairwire.model.order import STEPS
from fairwire.serve.spelling import refuse_unknown

if TYPE_CHECKING:
    from fairwire.runtime.edges import DeclaredEdge

NAMES: Final = ("name", "kind", "customers", "steps", "timeout")
"""What every section may have; the kind has more of its own."""
_HINTS: Final = {
    "secret": "name a file that only you can read with the setting that ends in `_file`",
    "password": "name a file that only you can read with the setting that ends in `_file`",
    "token": "name a file that only you can read with `token_file`",
    "timeout_s": "did you mean `timeout`?",
}


def read_edges(sections: list[dict[str, Any]], file: Path) -> tuple[DeclaredEdge, ...]:
    """Read the sections. Nobody is connected to, and no file that they name is opened.

    Raises
    ------
    BadInput
        A kind or a setting does not exist, or one is of the wrong kind; the message names it.
    """
    read = tuple(_edge(section, place, file) for place, section in enumerate(sections, start=1))
    called = [edge.name for edge in read]
    twice = next((name for name in called if called.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"there are two edges called `{twice}`", at=str(file), help_="give each a name of its own")
    return read


def _edge(section: dict[str, Any], place: int, file: Path) -> DeclaredEdge:
    from fairwire.runtime.edges import LONGEST_TIMEOUT_S, TIMEOUT_S, DeclaredEdge, options_of, sound_edge_name

    where = f"edges[{place}]"
    for name in ("name", "kind"):
        if name not in section:
            example = 'name = "sbc-east"' if name == "name" else 'kind = "webhook"'
            raise BadInput(f"the section `{where}` has no `{name}`", at=str(file), help_=f"add one such as {example}")
        if not isinstance(section[name], str):
            raise BadInput(f"the setting `{where}.{name}` must be a text", at=str(file))
    try:
        name = sound_edge_name(section["name"])
        own = options_of(section["kind"])
    except BadUse as error:
        raise BadInput(error.message, at=str(file), hint=error.hint, help_=error.help) from None
    refuse_unknown(where, section, (*NAMES, *own), file, hints=_HINTS)
    timeout = section.get("timeout", TIMEOUT_S)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0.1 <= timeout <= LONGEST_TIMEOUT_S:
        raise BadInput(f"the setting `{where}.timeout` must be a number of seconds, 0.1 to {LONGEST_TIMEOUT_S:g}", at=str(file))
    steps = _texts(section, "steps", where, file)
    strange = next((step for step in steps or () if step not in STEPS), None)
    if strange is not None:
        raise BadInput(f"the setting `{where}.steps` names `{strange}`", at=str(file), help_=f"there are {', '.join(STEPS)}")
    return DeclaredEdge(
        name=name,
        kind=section["kind"],
        options={name: value for name, value in section.items() if name not in NAMES},
        customers=_texts(section, "customers", where, file),
        steps=steps,  # type: ignore[arg-type]  # each was looked at
        timeout_s=float(timeout),
        file=file,
    )


def _texts(section: dict[str, Any], name: str, where: str, file: Path) -> frozenset[str] | None:
    if name not in section:
        return None
    value = [section[name]] if isinstance(section[name], str) else section[name]
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        raise BadInput(f"the setting `{where}.{name}` must be a list of texts, one at least", at=str(file))
    return frozenset(value)
