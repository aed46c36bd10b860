"""Clause by clause: what enforces it, in which mode, what shows that it does, and if not, why not.

A pack *claims* a status for each clause. The claim is compared with what is really there, and can only lose by it:
`working` needs a control for each of the clause's topics, one that acts, and a test that names the clause; `partial`
needs one control.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairwire.model.documents import Document, Path, UnreadableYaml, read_document
from fairwire.model.errors import FairwireError, Span
from fairwire.model.finding import Mode
from fairwire.model.policy import Clause, Coverage, CoverageStatus, DetectorInfo, Pack
from fairwire.policy.errors import IdleSetting, InvalidPack, ParameterOutside, UnknownDetector, listed, nearest
from fairwire.policy.files import PACK_FILE

_STRENGTH: tuple[Mode, ...] = ("shadow", "alert", "enforce")


def coverage(
    pack: Pack,
    detectors: Sequence[DetectorInfo],
    inline: Mapping[str, str],
    tests: Mapping[str, Sequence[str]],
) -> list[Coverage]:
    """One row for each clause, in the order of the document.

    Parameters
    ----------
    pack
        The policy.
    detectors
        Those that are installed.
    inline
        Topic -> name of the control that decides it before a call connects.
    tests
        Clause -> tests that name it.
    """
    return [_row(pack, clause, detectors, inline, tests.get(clause.id, ())) for clause in pack.clauses.values()]


def _row(
    pack: Pack, clause: Clause, detectors: Sequence[DetectorInfo], inline: Mapping[str, str], tests: Sequence[str]
) -> Coverage:
    controls = [inline[topic] for topic in clause.topics if topic in inline]
    serving = [each for each in detectors if not set(each.topics).isdisjoint(clause.topics)]
    modes = [pack.modes.get(each.id, each.mode) for each in serving]
    mode: Mode | None = "enforce" if controls else max(modes, key=_STRENGTH.index, default=None)
    served = set(inline).union(*(each.topics for each in serving))
    unserved = tuple(topic for topic in clause.topics if topic not in served)
    status, reason = _truth(clause, unserved, mode, tests)
    return Coverage(
        policy=pack.id,
        clause=clause.id,
        gist=clause.gist,
        controls=clause.controls,
        enforced_by=tuple(dict.fromkeys([*controls, *(each.id for each in serving)])),
        mode=mode,
        tests=tuple(tests),
        status=status,
        reason=reason or None,
        shows=clause.shows or None if status != "not_yet" else None,
    )


def _truth(clause: Clause, unserved: Sequence[str], mode: Mode | None, tests: Sequence[str]) -> tuple[CoverageStatus, str]:
    """The status that holds, and why it is not better."""
    if clause.status == "not_yet":
        return "not_yet", clause.reason
    if mode is None:
        names = ", ".join(f"`{topic}`" for topic in clause.topics)
        return "not_yet", f"nothing that is installed serves {names}; the pack expects it to be {clause.status}"
    if clause.status == "partial":
        return "partial", clause.reason
    short = []
    if unserved:
        short.append("nothing that is installed serves " + ", ".join(f"`{topic}`" for topic in unserved))
    if mode == "shadow":
        short.append("it runs in shadow only: it is recorded, and nobody is told")
    if not tests:
        short.append("no test names the clause")
    return ("partial", "; ".join(short)) if short else ("working", "")


def check_against(pack: Pack, detectors: Sequence[DetectorInfo], *, text: str | None = None, root: str = "") -> None:
    """Check what the pack sets for detectors against those that are installed.

    Parameters
    ----------
    pack, detectors
        What is compared.
    text
        The text of `pack.yaml`, so that errors show their place; None when it is not at hand.
    root
        The pack's folder as shown in errors.

    Raises
    ------
    InvalidPack
        A detector or a parameter of one is unknown, or the detector serves no clause of the pack.
    """
    shown = f"{root}/{PACK_FILE}" if root else PACK_FILE
    document = _read(text, shown)
    known = {each.id: each for each in detectors}
    bound = {topic for clause in pack.clauses.values() for topic in clause.topics}
    errors: list[FairwireError] = []
    for detector in sorted({*pack.modes, *pack.parameters}):
        path: Path = ("detectors", detector)
        info = known.get(detector)
        if info is None:
            errors.append(
                UnknownDetector(
                    f"unknown detector `{detector}`",
                    at=_at(document, path, shown),
                    hint=nearest(detector, known),
                    help_=listed(known, of="detector"),
                )
            )
            continue
        if bound.isdisjoint(info.topics):
            topics = ", ".join(f"`{topic}`" for topic in info.topics)
            errors.append(
                IdleSetting(
                    f"`{detector}` serves no clause of this pack, so setting it changes nothing",
                    at=_at(document, path, shown),
                    help_=f"name one of its topics ({topics}) in a clause, or leave it out",
                )
            )
        for name, value in pack.parameters.get(detector, {}).items():
            limits = info.limits.get(name)
            wrong = limits.wrong(value) if limits is not None else None
            if limits is not None and wrong is not None:
                at = _at(document, (*path, "parameters", name), shown)
                said = f"`{detector}`: `{name}` {wrong[0]}"
                errors.append(ParameterOutside(said, at=at, hint=wrong[1], help_=f"it is {limits.phrase}"))
            if name not in info.parameters:
                errors.append(
                    UnknownDetector(
                        f"`{detector}` has no parameter `{name}`",
                        at=_at(document, (*path, "parameters", name), shown, key=True),
                        hint=nearest(name, info.parameters),
                        help_=listed(info.parameters, of="parameter"),
                    )
                )
    if errors:
        raise InvalidPack(errors, root=root or "pack")


def _read(text: str | None, shown: str) -> Document | None:
    if text is None:
        return None
    try:
        return read_document(text, shown)[0]
    except UnreadableYaml:
        return None  # the pack was made from another text; its errors are the loader's to report


def _at(document: Document | None, path: Path, shown: str, *, key: bool = False) -> Span | str:
    if document is None:
        return shown
    return document.at_key(path) if key else document.at(path)
