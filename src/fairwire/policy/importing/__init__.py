"""From a policy document to clauses: what is navigation, what is a duty, what it is about. Pure, deterministic, offline.

    prose -> blocks -> body (menus, repeats, banners apart) -> candidates (items, sentences) -> clauses with topics and facts

Nothing found here is in force: a draft is reviewed by a person, and what is unsure says so.
"""

from __future__ import annotations

from fairwire.policy.importing.assemble import Read, read_clauses
from fairwire.policy.importing.boilerplate import split_boilerplate
from fairwire.policy.importing.lines import blocks_of, with_symbols
from fairwire.policy.importing.topics import Taxonomy, taxonomy_of

__all__ = ["Read", "Taxonomy", "blocks_of", "read_clauses", "split_boilerplate", "taxonomy_of", "with_symbols"]
