"""Detectors from disk: one YAML file each, found by folder."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Collection, Sequence
from contextlib import suppress
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import cast

from fairwire.model.errors import BadUse, FairwireError
from fairwire.plan.compile import customer_words
from fairwire.plan.detector import Detector, load_detector
from fairwire.plan.errors import InvalidDetectors, WrongDetector
from fairwire.policy.errors import listed, nearest
from fairwire.runtime.machine import cache_folder

Loaded = tuple[dict[str, Detector], dict[str, tuple[str, ...]]]


def detector_folder() -> Path:
    """Where the detectors of the package are."""
    return Path(str(files("fairwire") / "detectors"))


def no_detector(name: str, known: Collection[str]) -> BadUse:
    """What is said of a detector that there is none of."""
    return BadUse(f"there is no detector `{name}`", hint=nearest(name, known), help_=listed(known, of="detector"))


def load_detectors(folders: Sequence[Path] = ()) -> Loaded:
    """Every detector by id, and the customer words that they compare with.

    Parameters
    ----------
    folders
        Further folders of the site; a file there with the id of a built-in one is an error, not a silent replacement.

    Raises
    ------
    InvalidDetectors
        With every error found.
    """
    texts: list[tuple[str, str]] = []
    for folder in (detector_folder(), *folders):
        for path in sorted(folder.rglob("*.yaml")):
            shown = f"detectors/{path.relative_to(folder).as_posix()}" if folder == detector_folder() else str(path)
            texts.append((shown, path.read_text(encoding="utf-8")))
    kept = _kept_at(texts)
    found = _taken_from(kept)
    if found is not None:
        return found
    words = customer_words([text for _, text in texts])
    detectors: dict[str, Detector] = {}
    errors: list[FairwireError] = []
    for file, text in texts:
        try:
            detector = load_detector(text, file, customer_words=words)
        except FairwireError as error:
            errors.append(error)
            continue
        expected = detector.id.replace(".", "/") + ".yaml"
        if not file.endswith(expected):
            errors.append(WrongDetector(f"`{detector.id}` stands in `{file}`", at=file, help_=f"move it to `{expected}`"))
        elif detector.id in detectors:
            errors.append(
                WrongDetector(f"`{detector.id}` is there twice", at=file, help_=f"also in `{detectors[detector.id].file}`")
            )
        else:
            detectors[detector.id] = detector
    if errors:
        raise InvalidDetectors(errors)
    _keep(kept, (detectors, words))
    return detectors, words


def _kept_at(texts: Sequence[tuple[str, str]]) -> Path:
    """Where these detectors are kept as checked, beside machine code: reading and checking them takes most of a short command.

    The name holds a hash of the texts and of the code that reads them, so that what is kept is never older than either.
    """
    digest = hashlib.sha256(f"{texts!r} {version('pydantic')} {version('msgspec')}".encode())
    for package in ("expr", "plan"):
        for source in sorted((detector_folder().parent / package).glob("*.py")):
            digest.update(source.read_bytes())
    return cache_folder() / f"detectors_{digest.hexdigest()[:16]}.pickle"


def _taken_from(kept: Path) -> Loaded | None:
    try:
        return cast("Loaded", pickle.loads(kept.read_bytes()))  # noqa: S301  (our own, as the machine code beside it)
    except Exception:
        return None  # not there, or damaged, which shows as any error: it is made anew


def _keep(kept: Path, loaded: Loaded) -> None:
    part = kept.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):
        part.write_bytes(pickle.dumps(loaded))
        part.replace(kept)  # two processes may do this at once; both write the same
