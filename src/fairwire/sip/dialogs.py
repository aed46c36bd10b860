"""Tags of From and To, found where they are and nowhere else."""

from __future__ import annotations

import re

from fairwire.sip.addresses import BadAddress, read_address

_TAG = re.compile(rb";[ \t]*tag[ \t]*=[ \t]*([^\s;,\"<>]+)[ \t]*(?:;|$)", re.IGNORECASE)


def tag_of(value: bytes) -> bytes | None:
    """The tag of a From or To value; None when it has none, or when the value cannot be read.

    A tag is a parameter of the header: behind the `>` when there are brackets, never inside them (`<sip:a@h;tag=no>`), and
    never in a quoted string.
    """
    if b'"' not in value:
        # Brackets cannot be quoted here, so the last one closes the URI.
        found = _TAG.search(value, value.rfind(b">") + 1)
        return None if found is None else found[1]
    head, _, rest = value.rpartition(b'"')
    if head.lstrip(b" \t").startswith(b'"') and head.count(b'"') == 1 and b"\\" not in head:
        found = _TAG.search(rest, rest.rfind(b">") + 1)
        return None if found is None else found[1]
    try:
        tag = read_address(value.decode("utf-8", "surrogateescape")).tag
    except BadAddress:
        return None
    return tag.encode("utf-8", "surrogateescape") if tag else None
