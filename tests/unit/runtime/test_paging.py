"""A person is called when automatic action pauses itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fairwire.model.errors import BadInput
from fairwire.runtime.mailing import mail_server as server_named
from fairwire.runtime.paging import pager
from fairwire.serve.settings import read_settings
from limit_office import body
from policy_office import mail_server


def test_those_who_are_named_are_written_to_and_nobody_waits_for_it() -> None:
    with mail_server() as box:
        call = pager(server_named(box.address, "fairwire@provider.example"), ["noc@provider.example"], lambda: 0)
        call("Automatic suspensions are paused: hobnail waits for a person.")
        for thread in threading.enumerate():
            if thread.name == "fairwire-page":
                thread.join()
        ((sender, recipients, letter),) = box.taken
    assert (sender, recipients) == ("fairwire@provider.example", ["noc@provider.example"])
    assert letter["Subject"] == "Fairwire needs a person: automatic action is paused"
    assert "hobnail waits for a person" in body(letter)


def test_where_nobody_is_named_the_call_is_not_lost_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    pager(None, [], lambda: 0)("Automatic suspensions are paused.")
    said = capsys.readouterr()  # where the log goes is for whoever starts the process to say
    assert "nobody can be called; name `page_to` and `[smtp]` in the settings" in said.out + said.err


def test_what_is_no_address_is_refused_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "fairwire.toml"
    file.write_text('page_to = ["the night shift"]\n')
    with pytest.raises(BadInput, match="the setting `page_to` must be a list of e-mail addresses"):
        read_settings(file)
