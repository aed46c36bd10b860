"""A provider's own pack changed on disk: one setting at a time, comments and all, and never to something invalid."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fairwire.model.documents import read_document
from fairwire.model.errors import BadInput, BadUse
from fairwire.policy import load_pack
from fairwire.policy.files import PACK_FILE
from fairwire.policy.rewriting import set_value
from fairwire.runtime.packs import pack_texts, settable, topics

_CALIBRATED = "Calibrated on "


def own_pack_file(folder: Path) -> Path:
    """The `pack.yaml` in a folder; ask before long work that ends in writing it.

    Raises
    ------
    BadUse
        The folder holds no pack.
    """
    path = folder / PACK_FILE
    if not path.is_file():
        raise BadUse(f"`{folder}` holds no {PACK_FILE}", help_="name the folder of a pack of your own")
    return path


def _reasons(before: str, why: str) -> str:
    """What was said before, without an earlier calibration, and what is said now."""
    kept = before.partition(_CALIBRATED)[0].strip() if why.startswith(_CALIBRATED) else before.strip()
    return f"{kept} {why}".strip()


def write_parameters(folder: Path, detector: str, why: str, parameters: Mapping[str, float]) -> Path:
    """Set parameters of a detector in `pack.yaml`; returns the file's path. All others keep their values, and why they have them.

    Raises
    ------
    BadUse
        The folder holds no pack.
    BadInput
        The file cannot be read, changed or written.
    fairwire.policy.InvalidPack
        The pack is wrong, or would be; nothing was written.
    """
    path = own_pack_file(folder)
    read = pack_texts(f"./{folder}" if not folder.is_absolute() else str(folder))
    text = read.texts[PACK_FILE]
    document, errors = read_document(text, str(path))
    if errors:
        raise errors[0]
    written = document.value.get("detectors") if isinstance(document.value, dict) else None
    numbers = {name: int(value) if float(value).is_integer() else value for name, value in parameters.items()}
    if not isinstance(written, dict):
        changed = set_value(text, ("detectors",), {detector: {"why": why, "parameters": numbers}})
    elif not isinstance(written.get(detector), dict):
        changed = set_value(text, ("detectors", detector), {"why": why, "parameters": numbers})
    else:
        changed = set_value(text, ("detectors", detector, "why"), _reasons(str(written[detector].get("why") or ""), why))
        if isinstance(written[detector].get("parameters"), dict):
            for name, value in numbers.items():
                changed = set_value(changed, ("detectors", detector, "parameters", name), value)
        else:
            changed = set_value(changed, ("detectors", detector, "parameters"), numbers)
    load_pack({**read.texts, PACK_FILE: changed}, topics(), root=str(folder), detectors=settable)
    try:
        path.write_text(changed, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"this file cannot be written: {error.strerror}", at=str(path)) from None
    return path
