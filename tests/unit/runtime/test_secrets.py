"""The server's secrets: made once, for their owner only, and never weak."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fairwire.runtime.secrets import TOKENS, Secrets, UnusableSecrets, load_secrets


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_use_makes_them_for_the_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = load_secrets(tmp_path / "new" / "data")
    finally:
        os.umask(before)
    folder = tmp_path / "new" / "data"
    assert mode(folder) == 0o700
    assert {path.name: mode(path) for path in folder.iterdir()} == dict.fromkeys(TOKENS, 0o600)
    assert (folder / "token").read_text() == made.token + "\n"
    assert len(made.token) >= 40
    assert len(made.session_key) == 64


def test_they_stay_the_same(tmp_path: Path) -> None:
    assert load_secrets(tmp_path) == load_secrets(tmp_path)


def test_a_token_of_the_operators_own_is_used(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("  a-token-that-was-set-by-hand  \n")
    (tmp_path / "token").chmod(0o600)
    assert load_secrets(tmp_path).token == "a-token-that-was-set-by-hand"  # noqa: S105


@pytest.mark.parametrize("text", ["", "short", "x" * 23, "ü" * 40])
def test_a_weak_token_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "token").write_text(text)
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(UnusableSecrets, match="at least 24 plain characters"):
        load_secrets(tmp_path)


def test_a_token_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(UnusableSecrets, match="chmod 600"):
        load_secrets(tmp_path)


def test_a_place_that_cannot_be_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UnusableSecrets, match="data directory cannot be used"):
        load_secrets(tmp_path / "file")


def test_they_are_not_shown_by_accident() -> None:
    shown = repr(Secrets(token="very secret", session_key=b"also secret"))  # noqa: S106
    assert "secret" not in shown.lower().replace("secrets(", "")


def test_two_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from fairwire.runtime.secrets import load_secrets as load; "
    code += "print(load(Path(sys.argv[1])).token)"
    arguments = [sys.executable, "-c", code, str(tmp_path / "data")]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in both}) == 1
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == sorted(TOKENS)
