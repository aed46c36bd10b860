"""Keys of enforcement points: what is kept, who is let in for what, and how soon a change is noticed."""

from __future__ import annotations

import json
import stat
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fairwire.model.errors import BadInput, FairwireError
from fairwire.runtime.keys import Declared, Keyring, NoSuchKey, kept_keys, last_used_us, make_key, revoke_key
from fairwire.runtime.secrets import load_secrets
from fairwire.serve.auth import LOOK_S, NOTE_S, POINT, Gate
from fairwire.serve.problems import Forbidden, Unauthorised
from fairwire.serve.settings import read_settings

TOKEN = "a-token-that-is-long-enough-for-us"  # noqa: S105
MADE = "2026-03-04T10:00:00Z"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def asking(key: str) -> dict[str, Any]:
    return {"headers": [(b"host", b"x"), (b"authorization", b"Bearer " + key.encode())]}


def test_a_key_is_kept_as_a_hash_that_only_its_owner_may_read(tmp_path: Path) -> None:
    key = make_key(tmp_path, "sbc-east", rights=["decide"], on_failure="open", made=MADE)
    path = tmp_path / "keys" / "sbc-east.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert key not in path.read_text()
    assert json.loads(path.read_text()) == {
        "name": "sbc-east",
        "sha256": sha256(key.encode()).hexdigest(),
        "rights": ["decide"],
        "made": MADE,
        "on_failure": "open",
        "customer": "",
    }
    assert list(path.parent.iterdir()) == [path]


def test_two_keys_differ_and_a_name_has_one_key(tmp_path: Path) -> None:
    one = make_key(tmp_path, "a", rights=["decide"], on_failure=None, made=MADE)
    other = make_key(tmp_path, "b", rights=["decide"], on_failure=None, made=MADE)
    assert one != other
    assert len(one) > 40
    with pytest.raises(NoSuchKey, match="already"):
        make_key(tmp_path, "a", rights=["decide"], on_failure=None, made=MADE)
    assert len(kept_keys(tmp_path)[0]) == 2


@pytest.mark.parametrize("name", ["", "../token", "a/b", "Sbc", "-x", "operator", "other", "x" * 41, "a b", "ü"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    for act in (
        lambda: make_key(tmp_path, name, rights=["decide"], on_failure=None, made=MADE),
        lambda: revoke_key(tmp_path, name),
    ):
        with pytest.raises(FairwireError, match="cannot be the name"):
            act()


def test_each_key_is_good_for_its_rights_and_the_token_for_everything(tmp_path: Path) -> None:
    decides = make_key(tmp_path, "sbc", rights=["decide"], on_failure=None, made=MADE)
    hands_in = make_key(tmp_path, "shipper", rights=["events"], on_failure=None, made=MADE)
    gate = Gate(TOKEN, Keyring(tmp_path))
    scope = asking(decides)
    assert gate.admit(scope, "decide").name == scope[POINT] == "sbc"
    assert gate.admit(asking(hands_in), "events").name == "shipper"
    for key, right in ((decides, "events"), (decides, ""), (hands_in, "decide"), (hands_in, "")):
        for _ in range(2):  # the second time from memory
            with pytest.raises(Forbidden, match="may not do this"):
                gate.admit(asking(key), right)
    for right in ("decide", "events", ""):
        assert gate.admit(asking(TOKEN), right).everything


def test_a_key_may_stand_as_a_password_under_its_own_name_and_the_token_may_not(tmp_path: Path) -> None:
    key = make_key(tmp_path, "switch", rights=["decide"], on_failure=None, made=MADE)
    gate = Gate(TOKEN, Keyring(tmp_path))

    def basic(text: str) -> dict[str, Any]:
        return {"headers": [(b"authorization", b"Basic " + b64encode(text.encode()))]}

    assert gate.admit(basic(f"switch:{key}"), "decide").name == "switch"
    with pytest.raises(Forbidden):
        gate.admit(basic(f"switch:{key}"), "")
    for wrong in (f"other:{key}", f":{key}", key, f"switch:{key}x", f"operator:{TOKEN}", "switch:", ""):
        with pytest.raises(Unauthorised):
            gate.admit(basic(wrong), "decide")
    for broken in (b"Basic", b"Basic !", b"Basic " + key.encode(), b"Basic \xff"):
        with pytest.raises(Unauthorised):
            gate.admit({"headers": [(b"authorization", broken)]}, "decide")


@pytest.mark.parametrize("key", ["", "x", "fwk_", TOKEN + "x", TOKEN[:-1], "Bearer"])
def test_a_key_that_nobody_made_is_refused(tmp_path: Path, key: str) -> None:
    made = make_key(tmp_path, "sbc", rights=["decide"], on_failure=None, made=MADE)
    gate = Gate(TOKEN, Keyring(tmp_path))
    digest = json.loads((tmp_path / "keys" / "sbc.json").read_text())["sha256"]
    for wrong in (key, made[:-1], made.upper(), digest):
        with pytest.raises(Unauthorised):
            gate.admit(asking(wrong), "decide")


def test_a_running_gate_takes_new_keys_and_drops_revoked_ones_within_a_second(tmp_path: Path) -> None:
    clock = Clock()
    gate = Gate(TOKEN, Keyring(tmp_path), seconds=clock)
    key = make_key(tmp_path, "sbc", rights=["decide"], on_failure=None, made=MADE)
    clock.now += LOOK_S
    assert gate.admit(asking(key), "decide").name == "sbc"
    revoke_key(tmp_path, "sbc")
    clock.now += LOOK_S
    with pytest.raises(Unauthorised):
        gate.admit(asking(key), "decide")
    again = make_key(tmp_path, "sbc", rights=["events"], on_failure=None, made=MADE)
    clock.now += LOOK_S
    assert gate.admit(asking(again), "events").name == "sbc"
    with pytest.raises(Unauthorised):
        gate.admit(asking(key), "decide")
    assert LOOK_S <= 1


def test_between_two_looks_no_file_is_touched(tmp_path: Path) -> None:
    class Counting(Keyring):
        looks = 0

        def mark(self) -> object:
            self.looks += 1
            return super().mark()

    clock = Clock()
    keys = Counting(tmp_path)
    gate = Gate(TOKEN, keys, seconds=clock)
    before = keys.looks
    for _ in range(100):
        gate.admit(asking(TOKEN), "decide")
    assert keys.looks == before


def test_a_damaged_file_keeps_its_point_out_and_no_other(tmp_path: Path) -> None:
    key = make_key(tmp_path, "good", rights=["decide"], on_failure=None, made=MADE)
    for name, text in (("broken", "{"), ("renamed", '{"name": "x", "sha256": "00", "rights": [], "made": ""}'), ("empty", "")):
        (tmp_path / "keys" / f"{name}.json").write_text(text)
    points, wrong = Keyring(tmp_path).read()
    assert [point.name for point in points] == ["good"]
    assert len(wrong) == 3
    assert Gate(TOKEN, Keyring(tmp_path)).admit(asking(key), "decide").name == "good"


def test_what_the_settings_declare_wins_over_what_the_key_was_made_with(tmp_path: Path) -> None:
    make_key(tmp_path, "sbc", rights=["decide"], on_failure="closed", made=MADE)
    declared = Declared(name="sbc", rights=frozenset({"events"}), on_failure="open")
    (point,), wrong = Keyring(tmp_path, [declared]).read()
    assert not wrong
    assert (set(point.rights), point.on_failure, point.made) == ({"events"}, "open", MADE)


def test_a_key_file_of_somebody_else_is_read_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "sbc.key"
    file.write_text("first-key-of-more-than-24-characters\n")
    file.chmod(0o600)
    clock = Clock()
    gate = Gate(TOKEN, Keyring(tmp_path, [Declared(name="sbc", key_file=file)]), seconds=clock)
    assert gate.admit(asking("first-key-of-more-than-24-characters"), "decide").name == "sbc"
    file.write_text("second-key-of-more-than-24-characters--\n")
    clock.now += LOOK_S
    assert gate.admit(asking("second-key-of-more-than-24-characters--"), "decide").name == "sbc"
    with pytest.raises(Unauthorised):
        gate.admit(asking("first-key-of-more-than-24-characters"), "decide")


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        ("short", 0o600, "at least 24"),
        ("two words are no key at all, are they", 0o600, "one word"),
        ("x" * 40, 0o644, "everybody"),
    ],
)
def test_a_key_file_that_is_no_secret_is_not_taken(tmp_path: Path, content: str, mode: int, says: str) -> None:
    file = tmp_path / "sbc.key"
    file.write_text(content)
    file.chmod(mode)
    (point,), (wrong,) = Keyring(tmp_path, [Declared(name="sbc", key_file=file)]).read()
    assert point.digests == ()
    assert says in wrong.sentence()
    assert content not in wrong.sentence()


def test_a_key_that_two_points_share_is_taken_for_one_of_them_and_told(tmp_path: Path) -> None:
    load_secrets(tmp_path)
    file = tmp_path / "shared.key"
    for text, whose in (("x" * 40, "`east`"), ((tmp_path / "token").read_text(), "the operator")):
        file.write_text(text)
        file.chmod(0o600)
        points, wrong = Keyring(tmp_path, [Declared(name=name, key_file=file) for name in ("east", "west")]).read()
        assert not points[1].digests
        assert f"`west` has the key of {whose}" in wrong[-1].sentence()


def test_the_keys_in_use_are_noted_once_a_minute_and_not_while_a_call_waits(tmp_path: Path) -> None:
    clock = Clock()
    waiting: list[Callable[[], None]] = []
    key = make_key(tmp_path, "sbc", rights=["decide"], on_failure=None, made=MADE)
    gate = Gate(TOKEN, Keyring(tmp_path), seconds=clock, behind=waiting.append)
    gate.admit(asking(key), "decide")
    gate.admit(asking(TOKEN), "decide")
    clock.now += LOOK_S
    gate.admit(asking(key), "decide")
    assert waiting == []
    clock.now += NOTE_S
    gate.admit(asking(key), "decide")
    (note,) = waiting
    assert last_used_us(tmp_path, "sbc") is None
    note()
    assert last_used_us(tmp_path, "sbc") is not None
    assert [path.name for path in (tmp_path / "keys").iterdir() if "operator" in path.name] == []
    revoke_key(tmp_path, "sbc")
    assert list((tmp_path / "keys").iterdir()) == []


def test_points_are_read_from_the_settings_file(tmp_path: Path) -> None:
    file = tmp_path / "fairwire.toml"
    file.write_text(
        '[[points]]\nname = "sbc-east"\nkey_file = "sbc.key"\nrights = ["decide", "events"]\non_failure = "open"\n'
        '[[points]]\nname = "switch"\nrights = "decide"\n'
    )
    assert read_settings(file).points == (
        Declared(name="sbc-east", key_file=tmp_path / "sbc.key", rights=frozenset({"decide", "events"}), on_failure="open"),
        Declared(name="switch", rights=frozenset({"decide"})),
    )


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ('[[points]]\nname = "a"\nkey = "secret"', "`key_file`"),
        ('[[points]]\nname = "a"\non_fail = "open"', "did you mean `on_failure`"),
        ('[[points]]\nname = "a"\non_failure = "ajar"', "`open` or `closed`"),
        ('[[points]]\nname = "a"\nrights = ["rule"]', "list of `decide` and `events`"),
        ('[[points]]\nname = "a"\nrights = []', "one at least"),
        ('[[points]]\nname = "A b"', "cannot be the name"),
        ("[[points]]\nname = 3", "must be a text"),
        ('[[points]]\nrights = "decide"', "no `name`"),
        ('[[points]]\nname = "a"\n[[points]]\nname = "a"', "two points"),
        ('[points]\nname = "a"', "sections `[[points]]`"),
    ],
)
def test_a_bad_section_is_told_in_one_sentence(tmp_path: Path, section: str, says: str) -> None:
    file = tmp_path / "fairwire.toml"
    file.write_text(section + "\n")
    with pytest.raises(BadInput) as told:
        read_settings(file)
    assert says in told.value.sentence()
