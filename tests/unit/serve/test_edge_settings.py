"""The sections `[[edges]]`: what is wrong is said in one sentence that names it, and no secret is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_bench import ACME, SECRET, order, secret_file
from fairwire.model.errors import BadInput
from fairwire.ports.enforcers import BadEdge
from fairwire.runtime.discovery import UnknownAdapter
from fairwire.runtime.edges import DeclaredEdge, open_edges
from fairwire.serve.settings import Settings, read_settings

HOOK = 'name = "hook"\nkind = "webhook"\nurl = "https://hooks.example/fairwire"\nsecret_files = "secret"\n'


def read(folder: Path, *sections: str) -> Settings:
    (folder / "fairwire.toml").write_text("".join(f"[[edges]]\n{section}\n" for section in sections))
    return read_settings(folder / "fairwire.toml")


def refused(folder: Path, *sections: str) -> str:
    """The sentence with which they are refused, when they are read or when they are opened."""
    with pytest.raises(BadInput) as caught:
        open_edges(read(folder, *sections).edges)
    sentence = caught.value.sentence()
    assert "\n" not in sentence
    assert SECRET not in sentence
    return sentence


def test_edges_are_read_and_opened_and_ask_nobody(tmp_path: Path) -> None:
    secret_file(tmp_path)
    (tmp_path / "out").mkdir()
    settings = read(
        tmp_path,
        HOOK + 'timeout = 2\ncustomers = ["acme"]\nsteps = ["suspend", "terminate"]',
        'name = "table"\nkind = "kamailio_htable"\nurl = "udp:127.0.0.1:9"',
        'name = "out"\nkind = "file"\npath = "out/wanted.csv"',
    )
    hook, table, out = open_edges(settings.edges)
    assert [(edge.name, edge.kind) for edge in (hook, table, out)] == [
        ("hook", "webhook"), ("table", "kamailio_htable"), ("out", "file"),
    ]  # fmt: skip
    assert hook.items(order("suspend"), ACME)
    assert not hook.items(order("throttle"), ACME)
    assert not hook.items(order("suspend", customer="umbra"), None)
    assert table.items(order("throttle"), ACME)
    assert read_settings(None).edges == ()
    for edge in (hook, table, out):
        edge.close()


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ('kind = "webhook"', 'the section `edges[1]` has no `name`; add one such as name = "sbc-east"'),
        ('name = "x"', 'the section `edges[1]` has no `kind`; add one such as kind = "webhook"'),
        ('name = "x"\nkind = 7', "the setting `edges[1].kind` must be a text"),
        (
            'name = "x"\nkind = "webhok"',
            "unknown enforcer `webhok`; did you mean `webhook`?; there are: asterisk, file, freeswitch, ",
        ),
        (
            'name = "../x"\nkind = "file"',
            "`../x` cannot be the name of an edge; use up to 40 small letters, digits, dots and dashes",
        ),
        (HOOK + 'urll = "x"', "the setting `edges[1].urll` does not exist; did you mean `url`?"),
        (HOOK + 'secret = "x"', "the setting `edges[1].secret` does not exist; name a file that only you can read with"),
        (HOOK + "timeout = 0", "the setting `edges[1].timeout` must be a number of seconds, 0.1 to 60"),
        (HOOK + "timeout = true", "the setting `edges[1].timeout` must be a number of seconds, 0.1 to 60"),
        (HOOK + "timeout_s = 5", "the setting `edges[1].timeout_s` does not exist; did you mean `timeout`?"),
        (HOOK + "customers = []", "the setting `edges[1].customers` must be a list of texts, one at least"),
        (HOOK + 'steps = ["suspended"]', "the setting `edges[1].steps` names `suspended`; there are log, notify, "),
        ('name = "x"\nkind = "webhook"\nsecret_files = "secret"', "the edge `x` has no `url`, which webhook needs"),
        (
            HOOK.replace('"https://hooks.example/fairwire"', "7"),
            "`url` of the edge `hook` cannot be used: expected `str`, got `int`",
        ),
        (
            'name = "t"\nkind = "kamailio_htable"\nurl = "tcp:127.0.0.1:1"',
            "`url` of the edge `t` cannot be used: it does not begin",
        ),
        (
            'name = "t"\nkind = "kamailio_htable"\nurl = "udp:nowhere"',
            "`url` of the edge `t` cannot be used: it names no HOST:PORT",
        ),
        ('name = "t"\nkind = "kamailio_htable"\nurl = "unix:run/x"', "it names no absolute path of at most 100 characters"),
        (
            'name = "t"\nkind = "kamailio_htable"\nurl = "http://h/RPC"\ntable = "a b"',
            "`table` of the edge `t` cannot be used: expected `str` matching regex",
        ),
        ('name = "t"\nkind = "kamailio_htable"\nurl = "udp:h:1"\nsecret_file = "secret"', "and datagrams carry neither"),
        (
            'name = "f"\nkind = "freeswitch"\naddress = "pbx"\npassword_file = "secret"',
            "`address` of the edge `f` is no HOST:PORT",
        ),
        (
            'name = "a"\nkind = "asterisk"\naddress = "h:5038"\nuser = "fairwire"\nsecret_file = "secret"\nca_file = "x"',
            "the edge `a` has a `ca_file` and no TLS; set `tls = true`, or leave it out",
        ),
        (
            'name = "s"\nkind = "scim"\nurl = "https://d.example/scim"\ntoken_file = "secret"\nca_file = "secret"',
            "the file that `ca_file` of the edge `s` names cannot be used: it holds no certificate",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(tmp_path: Path, section: str, says: str) -> None:
    secret_file(tmp_path)
    assert says in refused(tmp_path, section)


def test_two_edges_cannot_have_one_name(tmp_path: Path) -> None:
    assert "there are two edges called `hook`; give each a name of its own" in refused(tmp_path, HOOK, HOOK)


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        (None, 0o600, "the file that `secret_files` of the edge `hook` names cannot be read: no such file or directory"),
        (
            SECRET,
            0o644,
            "everybody on this machine may read the file that `secret_files` of the edge `hook` names; run `chmod 600 ",
        ),
        ("", 0o600, "the file that `secret_files` of the edge `hook` names must hold one line"),
        (f"{SECRET}\n{SECRET}", 0o600, "the file that `secret_files` of the edge `hook` names must hold one line"),
        (
            "whsec_c2hvcnQ=",
            0o600,
            "a secret of the edge `hook` must be `whsec_` and 24 to 64 bytes in base64; fill the file with",
        ),
        (
            "not base64 at all, but long enough",
            0o600,
            "a secret of the edge `hook` must be `whsec_` and 24 to 64 bytes in base64",
        ),
    ],
)
def test_a_secret_that_cannot_be_used_is_told_without_being_shown(tmp_path: Path, text: str | None, mode: int, says: str) -> None:
    if text is not None:
        (tmp_path / "secret").write_text(text + "\n")
        (tmp_path / "secret").chmod(mode)
    told = refused(tmp_path, HOOK)
    assert says in told
    assert not text or text not in told


def test_what_was_opened_before_one_that_is_wrong_is_closed(tmp_path: Path) -> None:
    secret_file(tmp_path)
    good = DeclaredEdge(name="out", kind="file", options={"path": "out.csv"}, file=tmp_path / "fairwire.toml")
    with pytest.raises(BadEdge):
        open_edges([good, DeclaredEdge(name="bad", kind="file", options={}, file=tmp_path / "fairwire.toml")])
    with pytest.raises(UnknownAdapter):
        open_edges([good, DeclaredEdge(name="bad", kind="nothing")])


def test_what_shows_an_edge_shows_no_secret(tmp_path: Path) -> None:
    secret_file(tmp_path)
    settings = read(tmp_path, HOOK.replace("/fairwire", "/fairwire?token=in-the-path"))
    (edge,) = open_edges(settings.edges)
    shown = f"{settings!r} {edge!r} {edge.enforcer!r}"
    assert SECRET not in shown
    assert "in-the-path" not in shown
