"""A value changed in a YAML file changes its own lines: every other line, comments included, is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.model.documents import Path, read_document
from fairwire.policy.rewriting import CannotRewrite, add, remove, set_value

PACKS = files("fairwire") / "packs"
FILES = {
    f"{folder.name}/{name}": (folder / name).read_text(encoding="utf-8")
    for folder in sorted(PACKS.iterdir(), key=lambda each: each.name)
    if folder.is_dir() and not folder.name.startswith("_")
    for name in ("pack.yaml", "clauses.yaml", "ladder.yaml")
}


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a plain value but the top."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in entries:
        yield (*path, key)
        yield from paths(each, (*path, key))


def read(text: str) -> Any:
    document, errors = read_document(text, "file")
    assert not errors
    return document.value


def at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


PLACES = [(name, path) for name, text in FILES.items() for path in paths(read(text))]
LEAVES = [(name, path) for name, path in PLACES if not isinstance(at(read(FILES[name]), path), dict | list)]

scalars = (
    st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(-1e9, 1e9, allow_nan=False).filter(lambda each: each == each)
    | st.text(max_size=200)
    | st.sampled_from(["no", "08:00", "2026-01-01", "a: b", "- a", "# a", "", " ", "a #b", "[", "1.0", "long " * 40])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=9), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("name", sorted(FILES))
def test_writing_what_is_there_changes_no_byte(name: str) -> None:
    text = FILES[name]
    value = read(text)
    for path in paths(value):
        assert set_value(text, path, at(value, path)) == text


@given(st.sampled_from(LEAVES), scalars)
def test_a_changed_value_changes_only_its_own_lines(place: tuple[str, Path], value: Any) -> None:
    name, path = place
    text = FILES[name]
    document, _ = read_document(text, name)
    after = set_value(text, path, value)
    assert at(read(after), path) == value
    first = document.values[path].line
    assert after.splitlines(keepends=True)[: first - 1] == text.splitlines(keepends=True)[: first - 1]
    entry = 1
    while not text.endswith("".join(after.splitlines(keepends=True)[first - 1 + entry :])):
        entry += 1
    written = max(1, len(str(value)) // 40 + 2)
    assert entry <= written, "lines beyond the value's own have changed"


@given(st.sampled_from(PLACES), values)
def test_what_is_set_is_what_is_read_and_all_else_is_as_before(place: tuple[str, Path], value: Any) -> None:
    name, path = place
    text = FILES[name]
    expected = read(text)
    if len(path) > 1:
        at(expected, path[:-1])[path[-1]] = value
    else:
        expected[path[0]] = value
    assert read(set_value(text, path, value)) == expected


@given(st.sampled_from(PLACES), st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=8), values)
def test_what_is_added_and_taken_out_again_leaves_the_values_as_they_were(place: tuple[str, Path], key: str, value: Any) -> None:
    name, path = place
    text = FILES[name]
    before = read(text)
    holder = at(before, path)
    new = key if isinstance(holder, dict) else len(holder) if isinstance(holder, list) else None
    if new is None or (isinstance(holder, dict) and key in holder):
        return
    longer = add(text, (*path, new), value)
    assert at(read(longer), (*path, new)) == value
    comments = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert [line for line in longer.splitlines() if line.strip().startswith("#")] == comments
    assert read(remove(longer, (*path, new))) == before


@given(st.sampled_from(PLACES))
def test_what_is_taken_out_is_gone_and_nothing_else_is(place: tuple[str, Path]) -> None:
    name, path = place
    text = FILES[name]
    expected = read(text)
    del at(expected, path[:-1])[path[-1]]
    after = remove(text, path)
    assert read(after) == expected
    old, new = text.splitlines(), after.splitlines()
    same = next((n for n, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(new))
    assert old[len(old) - max(0, len(new) - same - 1) :] == new[same + 1 :], "more than one line was written anew"


def test_a_comment_behind_a_value_stays_behind_it() -> None:
    text = "a: 1 # one\nb: 2\n"
    assert set_value(text, ("a",), 3) == "a: 3 # one\nb: 2\n"
    assert set_value(text, ("a",), "x" * 200).splitlines()[0].endswith(" # one")


def test_a_mapping_is_changed_key_by_key_so_that_comments_inside_it_stay() -> None:
    text = "p:\n  # why four\n  factor: 4\n  least: 20 # ours\n"
    assert set_value(text, ("p",), {"factor": 6, "least": 20}) == text.replace("4\n", "6\n")


def test_an_entry_is_added_behind_the_last_one_and_before_the_next_comment() -> None:
    text = "a:\n  b: 1 # x\n\n# about c\nc: 2\n"
    assert add(text, ("a", "d"), 5) == "a:\n  b: 1 # x\n  d: 5\n\n# about c\nc: 2\n"
    assert add(text, ("c2", "deep"), {"e": {"f": 1}}).endswith("c: 2\nc2:\n  deep:\n    e: {f: 1}\n")


def test_lines_keep_the_end_that_the_file_has() -> None:
    text = "a: 1\r\nb:\r\n  c: 2\r\n"
    assert add(text, ("b", "d"), {"e": {"f": 1}}) == "a: 1\r\nb:\r\n  c: 2\r\n  d:\r\n    e: {f: 1}\r\n"
    assert remove(text, ("a",)) == "b:\r\n  c: 2\r\n"


def test_what_is_not_there_cannot_be_taken_out_and_what_is_there_cannot_be_added() -> None:
    with pytest.raises(CannotRewrite, match="there is no `a > b`"):
        remove("a: {c: 1}\n", ("a", "b"))
    with pytest.raises(CannotRewrite, match="is there already"):
        add("a: {c: 1}\n", ("a", "c"), 2)
    with pytest.raises(CannotRewrite, match="nothing can be put at `b`"):
        set_value("a: 1\n", ("a", "b"), 2)
