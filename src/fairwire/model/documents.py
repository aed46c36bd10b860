"""YAML read into plain values, with the place of every key and value.

Packs and detectors are plain YAML 1.2: mappings, lists, texts, numbers, true and false. Anchors, aliases and tags are refused,
because they are read by lawyers and analysts before they are read by a program. `no` and `on` are texts, not truth values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from fairwire.model.errors import FairwireError, Span

Path = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 24
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}$")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]{1,3})?$")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_PLAIN_TAGS = "tag:yaml.org,2002:"


class UnreadableYaml(FairwireError):
    """A file is not one plain YAML document."""

    code = "FW-PACK-002"


class DuplicateKey(FairwireError):
    """A key stands twice in one mapping; only one of the two could count."""

    code = "FW-PACK-003"

    def __init__(self, key: str, at: Span, *, first_line: int) -> None:
        super().__init__(f"`{key}` stands here twice", at=at, hint=f"first on line {first_line}", help_="keep one of the two")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file: its values, and where each of them stands."""

    file: str
    """Name as shown to people."""
    lines: tuple[str, ...]
    value: Any
    """dict, list, str, int, float, bool or None; the keys of a dict are always texts."""
    keys: dict[Path, Span] = field(default_factory=dict)
    """Path of an entry -> place of its key (of the item itself, in a list)."""
    values: dict[Path, Span] = field(default_factory=dict)
    """Path of a scalar -> place of the scalar."""

    def at_key(self, path: Path) -> Span:
        """Place of the key at `path`, or of the nearest key above it that exists."""
        while path and path not in self.keys:
            path = path[:-1]
        return self.keys[path] if path else self.span(1, 1, 1)

    def at(self, path: Path) -> Span:
        """Place of the value at `path` when it is a scalar, else of its key."""
        return self.values.get(path) or self.at_key(path)

    def inside(self, path: Path, text: str, offset: int, length: int) -> Span:
        """Place of `text[offset : offset + length]` in the file, where `text` is the value of the scalar at `path`.

        Folding moves white space only, so the letters are counted. The place of the whole scalar when that does not work out.
        """
        whole = self.at(path)
        if path not in self.values:
            return whole
        wanted = len("".join(text[:offset].split()))
        line, column = whole.line - 1, whole.column - 1
        opener = self.lines[line][column : column + 1] if line < len(self.lines) else ""
        if opener in ("|", ">"):
            line, column = line + 1, 0
        elif opener in ("'", '"'):
            column += 1
        for number in range(line, len(self.lines)):
            row = self.lines[number]
            while column < len(row):
                if opener == '"' and row[column] == "\\":
                    column += 1
                if not row[column : column + 1].isspace():
                    if wanted == 0:
                        close = max(1, min(length, len(row.rstrip()) - column))
                        return self.span(number + 1, column + 1, close)
                    wanted -= 1
                    if opener == "'" and row[column : column + 2] == "''":
                        column += 1
                column += 1
            column = 0
        return whole

    def span(self, line: int, column: int, length: int) -> Span:
        """A place in this file, with the text of its line."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return Span(file=self.file, line=line, column=column, length=max(1, length), text=text)


def read_document(text: str, file: str) -> tuple[Document, list[FairwireError]]:
    """Read `text`. Duplicate keys and foreign YAML are in the errors; the rest of the document is read all the same.

    Raises
    ------
    UnreadableYaml
        It is not YAML at all, or has aliases or is nested deeper than any file of ours.
    """
    document = Document(file=file, lines=tuple(text.splitlines()), value=None)
    _refuse_aliases(text, document)
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise _unreadable(error, document) from None
    errors: list[FairwireError] = []
    value = None if root is None else _plain(root, (), document, errors)
    return Document(file=file, lines=document.lines, value=value, keys=document.keys, values=document.values), errors


def _refuse_aliases(text: str, document: Document) -> None:
    """Raise on aliases and depth before anything is built, so that a hostile file costs nothing."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                at = _point(event.start_mark, document)
                raise UnreadableYaml("aliases are not read", at=at, help_="write the value out where it is used")
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    raise UnreadableYaml(f"nested deeper than {_DEEPEST} levels", at=_point(event.start_mark, document))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise _unreadable(error, document) from None


def _point(mark: Any, document: Document) -> Span:
    return document.span(mark.line + 1, mark.column + 1, 1)


def _unreadable(error: yaml.YAMLError, document: Document) -> UnreadableYaml:
    mark = getattr(error, "problem_mark", None)
    if mark is None:  # a character that no YAML file may hold
        position = getattr(error, "position", 0)
        return UnreadableYaml(
            f"character {position + 1} is a control character", at=document.file, help_="save the file as plain UTF-8 text"
        )
    problem = str(getattr(error, "problem", "") or "it cannot be read")
    return UnreadableYaml(f"not valid YAML: {problem}", at=_point(mark, document))


def _place(node: yaml.Node, document: Document) -> Span:
    start, end = node.start_mark, node.end_mark
    line = document.lines[start.line] if start.line < len(document.lines) else ""
    stop = end.column if end.line == start.line else len(line)
    return document.span(start.line + 1, start.column + 1, stop - start.column)


def _plain(node: yaml.Node, path: Path, document: Document, errors: list[FairwireError]) -> Any:
    """The value of `node`; notes the places of everything under it."""
    if not node.tag.startswith(_PLAIN_TAGS):
        errors.append(UnreadableYaml(f"the tag `{node.tag}` is not read", at=_place(node, document), help_="leave it out"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document, errors)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for index, item in enumerate(node.value):
            document.keys[(*path, index)] = _place(item, document)
            items.append(_plain(item, (*path, index), document, errors))
        return items
    document.values[path] = _place(node, document)
    quoted = bool(getattr(node, "style", None))
    return node.value if quoted else _scalar(str(node.value))


def _mapping(node: yaml.MappingNode, path: Path, document: Document, errors: list[FairwireError]) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for key_node, value_node in node.value:
        place = _place(key_node, document)
        if not isinstance(key_node, yaml.ScalarNode):
            errors.append(UnreadableYaml("a key must be a word", at=place))
            continue
        key = str(key_node.value)
        below = (*path, key)
        if key in entries:
            errors.append(DuplicateKey(key, place, first_line=document.keys[below].line))
            continue
        document.keys[below] = place
        entries[key] = _plain(value_node, below, document, errors)
    return entries


def _scalar(text: str) -> Any:
    """An unquoted scalar by the YAML 1.2 core rules: `no` and `2023-01-13` are texts."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return text
