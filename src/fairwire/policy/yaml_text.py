"""Plain values as YAML text, in the style of the packs: short things in one line, long texts folded, quotes where needed."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

from fairwire.model.errors import FairwireError

_WIDTH = 124
_INDENT = 2
_PLAIN = re.compile(r"[A-Za-z0-9_./+(][^\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]*\Z")
_OTHER_YAML = re.compile(
    r"(?i)(?:y|n|yes|no|on|off|true|false|null|[-+.0-9][-+.0-9_]*(?::[0-9_.]+)+|0[xob][0-9a-f_]+|\.inf|\.nan)\Z"
)
"""What other readers of YAML take for something else than a text."""
_NUMBER = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?\Z")


class CannotRewrite(FairwireError):
    """A value cannot be changed in place: there is no such place, or its layout is one that would be damaged."""

    code = "FW-PACK-025"


def entry_text(key: str, value: Any, column: int, newline: str) -> str:
    """`key: value` on lines of its own, with the end of the last."""
    lead = f"{' ' * column}{scalar_text(key, flow=False)}:"
    written = value_text(value, column, flow=False, after="", lead=len(lead) + 1)
    gap = "" if written.startswith("\n") else " "
    return (lead + gap + written + "\n").replace("\n", newline)


def item_text(value: Any, column: int, newline: str) -> str:
    """`- value` on lines of its own, with the end of the last."""
    return (f"{' ' * column}- {value_text(value, column, flow=True, after='', lead=column + 2)}\n").replace("\n", newline)


def value_text(value: Any, column: int, *, flow: bool, after: str, lead: int) -> str:
    """A value behind its key. Begins with a line end when it stands on lines of its own.

    Parameters
    ----------
    value
        Plain value.
    column
        Where its key begins.
    flow
        It must stand in one line, as inside brackets.
    after
        What follows on the same line.
    lead
        How many characters stand before it on its line.
    """
    line = flow_text(value)
    if flow or (lead + len(line) <= _WIDTH and not _deep(value)):
        return line if flow or isinstance(value, dict | list) else scalar_text(value, flow=False)
    inner = column + _INDENT
    if isinstance(value, str):
        if after or not _can_fold(value):
            return scalar_text(value, flow=False)
        lines = textwrap.wrap(value, _WIDTH - inner, break_long_words=False, break_on_hyphens=False)
        return ">-\n" + "\n".join(" " * inner + each for each in lines)
    if isinstance(value, dict) and value:
        return "\n" + "".join(entry_text(key, each, inner, "\n") for key, each in value.items()).removesuffix("\n")
    if isinstance(value, list) and value:
        return "\n" + "".join(item_text(each, inner, "\n") for each in value).removesuffix("\n")
    return line


def _deep(value: Any) -> bool:
    """What holds mappings reads better on lines of its own."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(each, dict) and each for each in inside)


def _can_fold(value: str) -> bool:
    return value == " ".join(value.split()) and value.isprintable() and "#" not in value


def flow_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_text(str(key), flow=True)}: {flow_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow_text(each) for each in value) + "]"
    return scalar_text(value, flow=True)


def scalar_text(value: Any, *, flow: bool) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str):
        raise CannotRewrite(f"a {type(value).__name__} is no value of a YAML file")
    return value if _may_be_plain(value, flow=flow) else _quoted(value)


def _may_be_plain(value: str, *, flow: bool) -> bool:
    if not _PLAIN.match(value) or value != value.strip() or value.endswith(":"):
        return False
    if _OTHER_YAML.match(value) or _NUMBER.match(value) or value.startswith(("---", "...")) or value in ("~", "=", "<<"):
        return False
    if ": " in value or " #" in value or "\t" in value:
        return False
    return not (flow and re.search(r"[,\[\]{}]|:[,\[\]{}]", value))


def _quoted(value: str) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
