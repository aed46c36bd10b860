"""Sessions and form tokens: nothing is stored, and nothing can be made up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairwire.desk.sessions import LIFETIME_S, Sessions

KEY = b"k" * 32
SESSIONS = Sessions("the-token-of-this-server", KEY)
NOW_S = 1_780_000_000.0


def test_a_session_lasts_its_time_and_no_longer() -> None:
    session, cookie = SESSIONS.open(NOW_S)
    assert SESSIONS.check(cookie, NOW_S) == session
    assert SESSIONS.check(cookie, NOW_S + LIFETIME_S - 1) == session
    assert SESSIONS.check(cookie, NOW_S + LIFETIME_S) is None


def test_a_new_token_or_a_new_key_signs_everybody_out() -> None:
    _, cookie = SESSIONS.open(NOW_S)
    assert Sessions("another-token-of-this-server", KEY).check(cookie, NOW_S) is None
    assert Sessions("the-token-of-this-server", b"x" * 32).check(cookie, NOW_S) is None


def test_two_servers_on_one_host_use_different_cookies() -> None:
    assert SESSIONS.cookie != Sessions("the-token-of-this-server", b"x" * 32).cookie


@given(st.text(max_size=200))
def test_no_text_made_up_is_a_session_or_a_token(text: str) -> None:
    assert SESSIONS.check(text, NOW_S) is None
    assert not SESSIONS.admits(text)
    assert not SESSIONS.check_form("owner", text)


@given(st.integers(0, 200), st.sampled_from("0123456789abcdef."))
def test_one_changed_character_ends_a_session(place: int, letter: str) -> None:
    _, cookie = SESSIONS.open(NOW_S)
    place %= len(cookie)
    changed = cookie[:place] + letter + cookie[place + 1 :]
    assert (SESSIONS.check(changed, NOW_S) is not None) == (changed == cookie)


def test_a_form_belongs_to_the_one_it_was_given_to() -> None:
    token = SESSIONS.form_token("one")
    assert SESSIONS.check_form("one", token)
    assert not SESSIONS.check_form("two", token)
    assert not SESSIONS.check_form("", SESSIONS.form_token(""))


def test_a_token_pasted_with_its_line_end_is_the_token() -> None:
    assert SESSIONS.admits("the-token-of-this-server\n")
