"""What lives on is not looked through meanwhile; afterwards all is as before."""

from __future__ import annotations

import gc

import pytest

from fairwire.runtime.collecting import seldom, settle


@pytest.fixture(autouse=True)
def as_before() -> None:
    gc.unfreeze()


def test_what_was_there_before_is_left_alone_and_looked_at_again_afterwards() -> None:
    own = gc.get_threshold()
    before = (701, 9, 11)
    gc.set_threshold(*before)
    try:
        _looks_seldom(before)
    finally:
        gc.set_threshold(*own)


def _looks_seldom(before: tuple[int, int, int]) -> None:
    with seldom():
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold() != before
        known = gc.get_freeze_count()
        made: list[list[int]] = [[] for _ in range(500)]
        settle()
        assert gc.get_freeze_count() >= known + len(made)
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_it_ends_where_something_fails() -> None:
    with pytest.raises(ZeroDivisionError), seldom():
        1 / 0  # noqa: B018
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_froze_stays_so() -> None:
    gc.freeze()
    with seldom():
        settle()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()
