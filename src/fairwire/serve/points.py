"""The sections `[[points]]` of the settings file: the enforcement points that ask over HTTP, and what is expected of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fairwire.model.errors import BadInput, BadUse
from fairwire.runtime.keys import RIGHTS, Declared, sound_name
from fairwire.serve.spelling import refuse_unknown

NAMES = ("name", "key_file", "rights", "on_failure")


def read_points(sections: list[dict[str, Any]], file: Path) -> tuple[Declared, ...]:
    """Read the sections. Key files are not opened here: they may change while the server runs.

    Raises
    ------
    BadInput
        A setting does not exist, or is of the wrong kind; the message names it.
    """
    read = tuple(_point(section, place, file) for place, section in enumerate(sections, start=1))
    names = [point.name for point in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"there are two points called `{twice}`", at=str(file), help_="give each a name of its own")
    return read


def _point(section: dict[str, Any], place: int, file: Path) -> Declared:
    where = f"points[{place}]"
    refuse_unknown(where, section, NAMES, file, hints={"key": "name a file that only you can read with `key_file`"})
    for name, value in section.items():
        if name != "rights" and not isinstance(value, str):
            raise BadInput(f"the setting `{where}.{name}` must be a text", at=str(file))
    if "name" not in section:
        raise BadInput(f"the section `{where}` has no `name`", at=str(file), help_='add one such as name = "sbc-east"')
    try:
        name = sound_name(section["name"])
    except BadUse as error:
        raise BadInput(error.message, at=str(file), help_=error.help) from None
    on_failure = section.get("on_failure")
    if on_failure not in (None, "open", "closed"):
        raise BadInput(f"the setting `{where}.on_failure` must be `open` or `closed`", at=str(file))
    rights = section.get("rights")
    rights = [rights] if isinstance(rights, str) else rights
    if rights is not None and (not isinstance(rights, list) or not rights or not all(one in RIGHTS for one in rights)):
        told = " and ".join(f"`{one}`" for one in RIGHTS)
        raise BadInput(f"the setting `{where}.rights` must be a list of {told}, one at least", at=str(file))
    return Declared(
        name=name,
        key_file=file.parent / Path(section["key_file"]).expanduser() if "key_file" in section else None,
        rights=None if rights is None else frozenset(rights),
        on_failure=on_failure,
    )
