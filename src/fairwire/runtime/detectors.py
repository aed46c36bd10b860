"""Detectors from disk: one YAML file each, found by folder."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.resources import files
from pathlib import Path

from fairwire.model.errors import BadUse, FairwireError
from fairwire.plan.compile import customer_words
from fairwire.plan.detector import Detector, load_detector
from fairwire.plan.errors import InvalidDetectors, WrongDetector
from fairwire.policy.errors import listed, nearest
from fairwire.runtime.checked import checked

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
    found, words = checked("detectors", texts, ("expr", "plan", "model"), lambda: _read(texts))
    return dict(found), dict(words)


def _read(texts: Sequence[tuple[str, str]]) -> Loaded:
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
    return detectors, words
