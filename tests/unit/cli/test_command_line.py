"""The command line with one command says of it what the whole one says."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from fairwire.cli.main import build, only


def names(app: typer.Typer) -> list[str]:
    groups = [each.name if isinstance(each.name, str) else None for each in app.registered_groups]
    return sorted(name for name in (*(each.name for each in app.registered_commands), *groups) if name is not None)


def said(words: list[str], *, whole: bool) -> tuple[int, str]:
    result = CliRunner().invoke(build() if whole else only(build(), words), words)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "words", [[], ["--help"], ["--version"], ["nobody"], ["decide", "--help"], ["case"], ["case", "nobody"], ["order", "--help"]]
)
def test_it_says_the_same(words: list[str]) -> None:
    assert said(words, whole=False) == said(words, whole=True)


def test_every_command_is_found_under_its_name() -> None:
    known = names(build())
    assert len(known) > 30
    for name in known:
        assert names(only(build(), [name, "--help"])) == [name]
