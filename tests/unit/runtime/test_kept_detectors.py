"""Detectors are kept as checked: never older than their texts, and made anew when what was kept is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwire.runtime import checked as kept
from fairwire.runtime import detectors
from fairwire.runtime.detectors import detector_folder, load_detectors


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path)
    kept.forget()
    return tmp_path


def own(tmp_path: Path, value: str) -> Path:
    """A detector of the site: one of ours under another name, with its first threshold moved."""
    text = (detector_folder() / "harm" / "harassment.yaml").read_text(encoding="utf-8")
    moved = text.replace("detector: harm.harassment", "detector: site.harassment").replace("value: ", f"value: {value} # ", 1)
    path = tmp_path / "site" / "site" / "harassment.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(moved, encoding="utf-8")
    return tmp_path / "site"


def first_value(site: Path) -> float:
    found, _ = load_detectors([site])
    return next(iter(found["site.harassment"].spec.parameters.values())).value


def test_what_is_kept_is_what_was_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = load_detectors()
    assert len(list(folder.glob("*.pickle"))) == 1
    monkeypatch.setattr(detectors, "load_detector", None)  # nothing is read and checked again
    assert load_detectors() == read
    kept.forget()
    assert load_detectors() == read


def test_a_text_that_changed_is_read_anew(folder: Path) -> None:
    assert first_value(own(folder, "7")) == 7
    assert first_value(own(folder, "9")) == 9
    assert first_value(own(folder, "7")) == 7


@pytest.mark.parametrize("damage", [b"", b"\x80\x05", b"nothing of the kind", b"\x80\x04cnowhere\nNothing\n."])
def test_what_is_damaged_is_made_anew(folder: Path, damage: bytes) -> None:
    read = load_detectors()
    (path,) = folder.glob("*.pickle")
    path.write_bytes(damage)
    kept.forget()
    assert load_detectors() == read
    assert path.read_bytes() != damage


def test_a_folder_that_cannot_be_written_is_no_matter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kept, "cache_folder", lambda: tmp_path / "not there")
    assert load_detectors()[0]
