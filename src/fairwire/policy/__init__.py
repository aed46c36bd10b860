"""Policy packs: read, checked, versioned, and compared with what really enforces them. Texts in, structures out."""

from __future__ import annotations

from fairwire.policy.bindings import check_against
from fairwire.policy.cases import read_cases
from fairwire.policy.coverage import coverage
from fairwire.policy.diff import diff_packs
from fairwire.policy.errors import InvalidPack
from fairwire.policy.loading import PACK_FILES, is_pack_file, load_pack, load_topics, version_of
from fairwire.policy.notices import (
    ChangeFacts,
    NoticeFacts,
    Unwritable,
    Written,
    kinds_for,
    languages_of,
    notice_for,
    render_change_notice,
    render_notice,
    write_letter,
    write_plain,
)
from fairwire.policy.schema import schemas

__all__ = [
    "PACK_FILES",
    "ChangeFacts",
    "InvalidPack",
    "NoticeFacts",
    "Unwritable",
    "Written",
    "check_against",
    "coverage",
    "diff_packs",
    "is_pack_file",
    "kinds_for",
    "languages_of",
    "load_pack",
    "load_topics",
    "notice_for",
    "read_cases",
    "render_change_notice",
    "render_notice",
    "schemas",
    "version_of",
    "write_letter",
    "write_plain",
]
