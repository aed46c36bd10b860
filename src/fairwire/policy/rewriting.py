"""Values of a YAML file changed where they stand: every comment, blank line and quote elsewhere stays as it was.

A path names keys and places in lists, as in `("detectors", "plan.fair_use", "parameters", "factor")`. Each edit reads its
result again and compares it with what was meant, so a layout that it does not understand is refused and never damaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from fairwire.model.documents import Path, UnreadableYaml, read_document
from fairwire.model.errors import FairwireError
from fairwire.policy.yaml_text import CannotRewrite, entry_text, flow_text, item_text, scalar_text, value_text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING: Any = object()


@dataclass(frozen=True, slots=True)
class _Place:
    """One entry of a mapping or a list, with what it stands in."""

    parent: Any
    index: int
    key: Any
    """None in a list."""
    value: Any

    @property
    def start(self) -> int:
        """Where the entry begins: at its key, or at the item without its dash."""
        return int((self.key or self.value).start_mark.index)


def set_value(text: str, path: Path, value: Any) -> str:
    """Give the entry at `path` another value, or add it where its mapping has no such key.

    Raises
    ------
    CannotRewrite
        There is nothing to hold it, or the file's layout does not allow it.
    UnreadableYaml
        The text is no YAML of ours.
    """
    before = _read(text)
    meant = _replaced(before, path, value)
    if _same(meant, before):
        return text
    return _proved(_set(text, path, value), meant, path)


def add(text: str, path: Path, value: Any) -> str:
    """Add an entry: a new key of a mapping, or `(..., n)` at the end of a list of n.

    Raises
    ------
    CannotRewrite
        It is there already, there is nothing to hold it, or the layout does not allow it.
    UnreadableYaml
        The text is no YAML of ours.
    """
    before = _read(text)
    if _has(before, path):
        raise CannotRewrite(f"`{_shown(path)}` is there already", help_="set it instead")
    return _proved(_set(text, path, value), _replaced(before, path, value), path)


def remove(text: str, path: Path) -> str:
    """Take the entry at `path` out. Comments above it stay; one behind it on the same line goes with it.

    Raises
    ------
    CannotRewrite
        There is no such entry, or the layout does not allow it.
    UnreadableYaml
        The text is no YAML of ours.
    """
    before = _read(text)
    if not path or not _has(before, path):
        raise CannotRewrite(f"there is no `{_shown(path)}` to take out")
    return _proved(_removed(text, path), _without(before, path), path)


def _read(text: str) -> Any:
    document, errors = read_document(text, "the file")
    if errors:
        raise errors[0]
    return document.value


def _proved(text: str, meant: Any, path: Path) -> str:
    """The new text, if reading it gives what was meant."""
    try:
        found = _read(text)
    except FairwireError:
        found = None
    if not _same(found, meant):
        raise CannotRewrite(f"`{_shown(path)}` stands in a layout that cannot be changed in place", help_="change it by hand")
    return text


def _same(one: Any, other: Any) -> bool:
    """Equal, and 1 is neither 1.0 nor true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return type(one) is type(other) and bool(one == other)


def _shown(path: Path) -> str:
    return " > ".join(str(part) for part in path)


def _has(value: Any, path: Path) -> bool:
    for part in path:
        inner = value.get(part, _NOTHING) if isinstance(value, dict) else _item_of(value, part)
        if inner is _NOTHING:
            return False
        value = inner
    return True


def _item_of(value: Any, part: str | int) -> Any:
    fits = isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value)
    return value[part] if fits else _NOTHING


def _replaced(value: Any, path: Path, new: Any) -> Any:
    """The plain value with `new` at `path`."""
    if not path:
        return new
    part, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(part, int) and 0 <= part <= len(value):
        inner = _replaced(value[part] if part < len(value) else None, rest, new)
        return [*value[:part], inner, *value[part + 1 :]]
    if (value is None or isinstance(value, dict)) and isinstance(part, str):
        entries = value or {}
        return {**entries, part: _replaced(entries.get(part), rest, new)}
    raise CannotRewrite(f"nothing can be put at `{part}`", help_="what stands above it is neither a mapping nor a list it fits")


def _without(value: Any, path: Path) -> Any:
    part, rest = path[0], path[1:]
    if isinstance(value, dict):
        if rest:
            return {key: _without(each, rest) if key == part else each for key, each in value.items()}
        return {key: each for key, each in value.items() if key != part}
    return [_without(each, rest) if rest and index == part else each for index, each in enumerate(value) if rest or index != part]


def _compose(text: str) -> Any:
    return yaml.compose(text, Loader=_LOADER)


def _find(root: Any, path: Path) -> _Place | None:
    """The entry at `path`; None when it is not there."""
    place = None
    node = root
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = next((i for i, (key, _) in enumerate(node.value) if key.value == part), None)
            if found is None:
                return None
            place = _Place(node, found, *node.value[found])
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
            place = _Place(node, part, None, node.value[part])
        else:
            return None
        node = place.value
    return place


def _set(text: str, path: Path, value: Any) -> str:
    root = _compose(text)
    place = _find(root, path)
    if place is None:
        return _added(text, root, path, value)
    old = _plain_value(text, path)
    if isinstance(old, dict) and isinstance(value, dict) and old and value:
        return _merged(text, path, old, value)
    if isinstance(old, list) and isinstance(value, list) and old and value:
        for index in reversed(range(len(value), len(old))):
            text = _removed(text, (*path, index))
        for index, each in enumerate(value):
            if index >= len(old) or not _same(each, old[index]):
                text = _set(text, (*path, index), each)
        return text
    return _overwritten(text, place, value)


def _merged(text: str, path: Path, old: dict[str, Any], new: dict[str, Any]) -> str:
    """Only what differs is changed, so that comments inside stay."""
    for key, each in new.items():
        if key not in old or not _same(each, old[key]):
            text = _set(text, (*path, key), each)
    for key in old:
        if key not in new:
            text = _removed(text, (*path, key))
    return text


def _plain_value(text: str, path: Path) -> Any:
    value = _read(text)
    for part in path:
        value = value[part]
    return value


def _end(node: Any, text: str) -> int:
    """Where what is written of a node ends: without the blank lines and comments that YAML counts to it."""
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        return start + len(text[start:end].rstrip()) if node.style in ("|", ">") else int(end)
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last, text)


def _overwritten(text: str, place: _Place, value: Any) -> str:
    node = place.value
    flow = bool(place.parent.flow_style)
    start, end = int(node.start_mark.index), _end(node, text)
    column = _column(text, place.start)
    if start == end:  # nothing stands there: `key:`
        return _filled(text, place, value, column, flow=flow)
    after = text[end : _line_end(text, end)].strip()
    if _is_block(node):  # begins on a line of its own, below its key
        opener = _own_start(text, place)
        written = value_text(value, column, flow=flow, after="", lead=opener + 1 - _line_start(text, opener))
        gap = "" if written.startswith("\n") else " "
        return text[:opener] + gap + written.replace("\n", _newline(text)) + text[end:]
    written = value_text(value, column, flow=flow, after=after, lead=start - _line_start(text, start))
    if written.startswith(("\n", "\r")):
        start = len(text[:start].rstrip(" "))
    return text[:start] + written.replace("\n", _newline(text)) + text[end:]


def _own_start(text: str, place: _Place) -> int:
    """Right behind the colon or the dash that a block value belongs to."""
    if place.key is not None:
        return text.index(":", int(place.key.end_mark.index)) + 1
    return text.rindex("-", 0, int(place.value.start_mark.index)) + 1


def _filled(text: str, place: _Place, value: Any, column: int, *, flow: bool) -> str:
    at = text.index(":", int(place.key.end_mark.index)) + 1 if place.key is not None else int(place.value.start_mark.index)
    after = text[at : _line_end(text, at)].strip()
    written = value_text(value, column, flow=flow, after=after, lead=at - _line_start(text, at))
    gap = "" if written.startswith("\n") or text[at - 1] == " " else " "
    if written.startswith("\n") and after:
        at = _line_end(text, at)  # behind the comment of the key
        gap = ""
    return text[:at] + gap + written.replace("\n", _newline(text)) + text[at:]


def _is_block(node: Any) -> bool:
    return not isinstance(node, yaml.ScalarNode) and not node.flow_style


def _added(text: str, root: Any, path: Path, value: Any) -> str:
    """The text with an entry that was not there, and with the mappings above it where they are missing as well."""
    depth = len(path) - 1
    while depth and _find(root, path[:depth]) is None:
        depth -= 1
    for part in reversed(path[depth + 1 :]):
        value = [value] if isinstance(part, int) else {part: value}
    part = path[depth]
    if depth == 0:
        holder, place = root, None
    else:
        place = _find(root, path[:depth])
        assert place is not None
        holder = place.value
    if holder is None or isinstance(holder, yaml.ScalarNode) or not holder.value:
        inner = [value] if isinstance(part, int) else {part: value}
        if place is None:
            return text + ("" if not text or text.endswith("\n") else "\n") + entry_text(str(part), value, 0, _newline(text))
        return _overwritten(text, place, inner)
    end = _end(holder, text)
    if holder.flow_style:
        return _into_flow(text, holder, end, part, value)
    first = holder.value[0]
    column = _column(text, int((first[0] if isinstance(first, tuple) else first).start_mark.index))
    newline = _newline(text)
    at = _line_end(text, end)
    if isinstance(part, int):
        dash = text.rindex("-", 0, int(first.start_mark.index))
        entry = item_text(value, _column(text, dash), newline)
    else:
        entry = entry_text(part, value, column, newline)
    lead = newline if at == len(text) and not text.endswith("\n") else ""
    return text[:at] + (lead or newline) + entry.removesuffix(newline) + text[at:]


def _into_flow(text: str, holder: Any, end: int, part: str | int, value: Any) -> str:
    """A further entry before the closing bracket, behind the last one."""
    last = holder.value[-1]
    at = _end(last[1] if isinstance(last, tuple) else last, text)
    if isinstance(last, tuple) and last[1].start_mark.index == last[1].end_mark.index:
        at = max(at, int(last[0].end_mark.index))
    written = flow_text(value) if isinstance(part, int) else f"{scalar_text(part, flow=True)}: {flow_text(value)}"
    return text[:at] + ", " + written + text[at:]


def _removed(text: str, path: Path) -> str:
    root = _compose(text)
    place = _find(root, path)
    assert place is not None
    parent, index = place.parent, place.index
    if len(parent.value) == 1:
        empty = "{}" if place.key is not None else "[]"
        if len(path) == 1:
            return text[: place.start] + empty + text[_end(place.value, text) :]
        holder = _find(root, path[:-1])
        assert holder is not None
        return _overwritten(text, holder, {} if place.key is not None else [])
    if parent.flow_style:
        return _out_of_flow(text, place)
    start = place.start if place.key is not None else text.rindex("-", 0, place.start)
    end = _end(place.value, text)
    if place.key is not None:
        end = max(end, int(place.key.end_mark.index) + 1)
    line = _line_start(text, start)
    if text[line:start].strip():  # stands behind the dash of a list: the next entry moves up
        following = parent.value[index + 1][0] if index + 1 < len(parent.value) else None
        if following is None:
            raise CannotRewrite(f"`{_shown(path)}` stands in a layout that cannot be changed in place")
        return text[:start] + text[int(following.start_mark.index) :]
    stop = _line_end(text, end)
    return text[:line] + text[min(len(text), stop + len(_newline(text))) :]


def _out_of_flow(text: str, place: _Place) -> str:
    """Without the entry and the comma that parts it from its neighbour."""
    entries = place.parent.value
    if place.index + 1 < len(entries):
        following = entries[place.index + 1]
        first = following[0] if isinstance(following, tuple) else following
        return text[: place.start] + text[int(first.start_mark.index) :]
    before = entries[place.index - 1]
    return text[: _end(before[1] if isinstance(before, tuple) else before, text)] + text[_end(place.value, text) :]


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Before the end of the line, a carriage return included."""
    end = text.find("\n", at)
    if end == -1:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def _column(text: str, at: int) -> int:
    return at - _line_start(text, at)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


__all__ = ["CannotRewrite", "UnreadableYaml", "add", "remove", "set_value"]
