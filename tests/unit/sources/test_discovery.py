"""Adapters are found by folder name; nothing is imported that nobody named."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from fairwire.runtime import discovery


def test_the_names_are_the_folders() -> None:
    known = [
        "asterisk_csv",
        "asterisk_log",
        "broadworks_csv",
        "freeswitch_json",
        "freeswitch_log",
        "kamailio_acc",
        "suricata_eve",
    ]
    assert discovery.names("formats") == known
    assert {"jsonl", "parquet"} <= set(discovery.names("sources"))


def test_listing_imports_no_adapter() -> None:
    code = (
        "import sys; from fairwire.runtime import discovery; discovery.names('formats'); discovery.names('sources');"
        "print([m for m in sys.modules if m.startswith(('fairwire.formats', 'fairwire.sources', 'pyarrow'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_one_format_imports_no_other() -> None:
    code = (
        "import sys; from fairwire.runtime import discovery; discovery.load('formats', 'asterisk_csv');"
        "print(sorted(m for m in sys.modules if m.startswith('fairwire.formats.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['fairwire.formats.asterisk_csv']"


def test_an_unknown_name_is_refused_with_the_likely_one() -> None:
    with pytest.raises(discovery.UnknownAdapter) as caught:
        discovery.load("formats", "asterix_csv")
    assert caught.value.sentence() == (
        "unknown format `asterix_csv`; did you mean `asterisk_csv`?; there are: asterisk_csv, asterisk_log, "
        "broadworks_csv, freeswitch_json, freeswitch_log, kamailio_acc, suricata_eve"
    )
    assert caught.value.exit_status == 2


def entry_points_are(monkeypatch: pytest.MonkeyPatch, *entries: EntryPoint) -> None:
    monkeypatch.setattr(discovery, "_all_entry_points", lambda places: EntryPoints(entries))


def test_a_package_that_is_installed_while_the_program_runs_is_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "acme_late" not in discovery.names("formats")
    package = tmp_path / "acme-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Name: acme\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[fairwire.formats]\nacme_late = acme:FORMAT\n")
    os.utime(tmp_path, ns=(1, 1))  # a clock of the disk may be coarse
    assert "acme_late" in discovery.names("formats")


def test_a_format_of_somebody_else_goes_through_the_same_door(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "acme_switch_format.py").write_text("FORMAT = 'the format of another package'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    entry_points_are(
        monkeypatch,
        EntryPoint("acme_switch", "acme_switch_format:FORMAT", "fairwire.formats"),
        EntryPoint("acme_module", "acme_switch_format", "fairwire.formats"),
    )
    assert "acme_switch" in discovery.names("formats")
    assert discovery.load("formats", "acme_switch") == "the format of another package"
    assert discovery.load("formats", "acme_module") == "the format of another package"
    assert discovery.folder("formats", "acme_switch") is None


def test_two_of_one_name_stop_everything_and_both_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_points_are(monkeypatch, EntryPoint("asterisk_csv", "acme:FORMAT", "fairwire.formats"))
    with pytest.raises(discovery.ClashingAdapters) as caught:
        discovery.names("formats")
    assert caught.value.sentence() == (
        "two formats are called `asterisk_csv`; one is the folder fairwire/formats/asterisk_csv, "
        "the other the entry point acme:FORMAT; uninstall one of them"
    )


def test_one_that_cannot_be_imported_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_points_are(monkeypatch, EntryPoint("acme", "no_such_package_here:FORMAT", "fairwire.formats"))
    with pytest.raises(discovery.BrokenAdapter) as caught:
        discovery.load("formats", "acme")
    assert caught.value.sentence() == (
        "no_such_package_here:FORMAT: the format `acme` cannot be loaded; "
        "ModuleNotFoundError: No module named 'no_such_package_here'"
    )
