"""What a pack says of detectors, compared with those that are installed.

Reads plain values, so that it can speak of a pack with other mistakes in it, and everything is reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairwire.model.documents import Document, Path, UnreadableYaml, read_document
from fairwire.model.errors import FairwireError, Span
from fairwire.model.policy import JUDGING, DetectorInfo, Pack
from fairwire.policy.errors import (
    IdleSetting,
    InvalidPack,
    ParameterOutside,
    UnknownDetector,
    UnknownEntitlement,
    listed,
    nearest,
)
from fairwire.policy.files import CLAUSES_FILE, PACK_FILE

_QUESTION = "inline."


def check_against(
    pack: Pack, detectors: Sequence[DetectorInfo], *, text: str | None = None, clauses: str | None = None, root: str = ""
) -> None:
    """Check what the pack says of detectors against those that are installed.

    Parameters
    ----------
    pack, detectors
        What is compared.
    text
        The text of `pack.yaml`, so that errors show their place; None when it is not at hand.
    clauses
        The same of `clauses.yaml`.
    root
        The pack's folder as shown in errors.

    Raises
    ------
    InvalidPack
        A detector, a parameter or an entitlement is unknown, or a detector that is set serves no clause of the pack.
    """
    above = f"{root}/" if root else ""
    stages = pack.modes | pack.resting
    settings = {
        each: {"parameters": pack.parameters.get(each, {}), "mode": stages.get(each)}
        for each in sorted({*stages, *pack.parameters})
    }
    errors = binding_errors(
        {
            "detectors": settings,
            "limits": {name: {"counted_by": each.counted_by} for name, each in pack.limits.items() if each.counted_by},
            "entitlements": {
                name: {"silences": list(each.silences), "from": each.feature} for name, each in pack.entitlements.items()
            },
        },
        {each.id: {"topics": list(each.topics), "detectors": list(each.detectors)} for each in pack.clauses.values()},
        detectors,
        places=Places(_read(text, above + PACK_FILE), above + PACK_FILE),
        clause_places=Places(_read(clauses, above + CLAUSES_FILE), above + CLAUSES_FILE),
    )
    if errors:
        raise InvalidPack(errors, root=root or "pack")


class Places:
    """Where things stand in a file, or the file alone when its text is not at hand."""

    def __init__(self, document: Document | None, file: str) -> None:
        self._document, self._file = document, file

    def at(self, path: Path, *, key: bool = False) -> Span | str:
        """Place of a value, or of its key."""
        if self._document is None:
            return self._file
        return self._document.at_key(path) if key else self._document.at(path)


def _read(text: str | None, shown: str) -> Document | None:
    if text is None:
        return None
    try:
        return read_document(text, shown)[0]
    except UnreadableYaml:
        return None  # the pack was made from another text; its errors are the loader's to report


def binding_errors(
    pack: Mapping[str, Any],
    clauses: Mapping[str, Any],
    detectors: Sequence[DetectorInfo],
    *,
    places: Places,
    clause_places: Places,
    settled: bool = True,
) -> list[FairwireError]:
    """Everything that a pack says of detectors and that does not hold.

    Parameters
    ----------
    pack, clauses
        Plain values of `pack.yaml` and of the clauses, of any shape.
    detectors
        Those that are installed, and the questions asked of every call.
    places, clause_places
        Where the two stand.
    settled
        Every topic of the clauses is known. Else nothing is called idle: a misspelt topic may be the one that it serves.
    """
    known = {each.id: each for each in detectors}
    errors: list[FairwireError] = []
    named: set[str] = set()
    topics: set[str] = set()
    for clause, value in clauses.items():
        topics.update(_words(value, "topics"))
        for index, detector in enumerate(_words(value, "detectors")):
            named.add(detector)
            if detector not in known:
                errors.append(_unknown(detector, known, clause_places.at(("clauses", clause, "detectors", index))))
    for detector, value in _mapping(pack, "detectors").items():
        serves = not settled or detector in named or (detector in known and not topics.isdisjoint(known[detector].topics))
        errors.extend(_setting(detector, value, known, places, serves=serves))
    for name, value in _mapping(pack, "limits").items():
        counter = value.get("counted_by") if isinstance(value, dict) else None
        if isinstance(counter, str) and counter not in known:
            errors.append(_unknown(counter, known, places.at(("limits", name, "counted_by"))))
    for name, value in _mapping(pack, "entitlements").items():
        errors.extend(_entitlement(value, ("entitlements", name), known, places))
    return errors


def _mapping(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, dict) else {}


def _words(value: Any, key: str) -> list[str]:
    found = value.get(key) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _unknown(detector: str, known: Mapping[str, DetectorInfo], at: Span | str) -> UnknownDetector:
    return UnknownDetector(
        f"unknown detector `{detector}`", at=at, hint=nearest(detector, known), help_=listed(known, of="detector")
    )


def _setting(
    detector: str, value: Any, known: Mapping[str, DetectorInfo], places: Places, *, serves: bool
) -> list[FairwireError]:
    path: Path = ("detectors", detector)
    info = known.get(detector)
    if info is None:
        return [_unknown(detector, known, places.at(path))]
    errors: list[FairwireError] = []
    if not serves:
        of = ", ".join(f"`{topic}`" for topic in info.topics)
        errors.append(
            IdleSetting(
                f"`{detector}` serves no clause of this pack, so setting it changes nothing",
                at=places.at(path),
                help_=f"name one of its topics ({of}) in a clause, or leave it out",
            )
        )
    mode = value.get("mode") if isinstance(value, dict) else None
    if info.stage == "retired" and mode in JUDGING:
        errors.append(
            IdleSetting(
                f"`{detector}` is retired and judges nothing, so `{mode}` changes nothing",
                at=places.at((*path, "mode")),
                help_="leave `mode` out, or name the detector that took its place",
            )
        )
    if mode in ("draft", "retired") and detector.startswith(_QUESTION):
        errors.append(
            IdleSetting(
                f"`{detector}` is asked of every call and cannot be `{mode}`",
                at=places.at((*path, "mode")),
                help_="`shadow` is the weakest that it can be",
            )
        )
    for name, number in _mapping(value, "parameters").items():
        at = (*path, "parameters", name)
        limits = info.limits.get(name)
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        wrong = limits.wrong(number) if limits is not None and is_number else None
        if limits is not None and wrong is not None:
            said = f"`{detector}`: `{name}` {wrong[0]}"
            errors.append(ParameterOutside(said, at=places.at(at), hint=wrong[1], help_=f"it is {limits.phrase}"))
        if name not in info.parameters:
            errors.append(
                UnknownDetector(
                    f"`{detector}` has no parameter `{name}`",
                    at=places.at(at, key=True),
                    hint=nearest(name, info.parameters),
                    help_=listed(info.parameters, of="parameter"),
                )
            )
    return errors


def _entitlement(value: Any, path: Path, known: Mapping[str, DetectorInfo], places: Places) -> list[FairwireError]:
    errors: list[FairwireError] = []
    silences = _words(value, "silences")
    for index, word in enumerate(silences):
        if "." in word and word not in known:
            errors.append(_unknown(word, known, places.at((*path, "silences", index))))
        if word in known and word.startswith(_QUESTION):
            errors.append(
                UnknownEntitlement(
                    f"`{word}` is a question asked of every call, which nothing silences",
                    at=places.at((*path, "silences", index)),
                    help_=f"set its mode under `detectors: {{{word}: ...}}` for everybody, or leave it out here",
                )
            )
    served = [
        each
        for each in known.values()
        if not each.id.startswith(_QUESTION) and (each.id in silences or not set(each.topics).isdisjoint(silences))
    ]
    grants = {name for each in served for name in each.entitlements}
    feature = value.get("from") if isinstance(value, dict) else None
    # Where nothing runs yet that it could silence, there is nothing to compare it with.
    if served and isinstance(feature, str) and feature not in grants:
        names = ", ".join(f"`{each.id}`" for each in served)
        errors.append(
            UnknownEntitlement(
                f"no detector that it would silence knows `{feature}`",
                at=places.at((*path, "from")),
                hint=nearest(feature, grants),
                help_=f"it would silence {names}; {listed(grants, of='entitlement')}",
            )
        )
    return errors
