"""From a policy document to clauses: what is navigation, what is a duty, what it is about. Pure, deterministic, offline.

    prose -> blocks -> body (menus, repeats, banners apart) -> candidates (items, sentences) -> clauses with topics and facts

Nothing found here is in force: a draft is reviewed by a person, and what is unsure says so.
"""

from __future__ import annotations
