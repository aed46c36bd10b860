"""Where things stand in the kernel's arrays."""

from __future__ import annotations

# meta: counters of the state, the latest event time, how many subjects are on the shelf, and which of them an event asks for
BUMP, TABLE_COUNT, PAIRS_COUNT, SEEN_COUNT, LAST_COUNT, EPISODES, LATE, ORPHANS, EPISODE_TABLE, WATERMARK, SHELVED, ASKED = range(
    12
)
META_SIZE = 16

# head of a subject: when it was first and last seen, its key, its kind in the program, the last event before each gap, the
# groups, then for each of its rules where its evidence is and how many events it had ever
H_FIRST, H_LAST, H_KEY, H_KIND, H_WORDS = 0, 1, 2, 3, 4
# a window: number of the current pane, number of the oldest in the ring, the ring, totals of the cells that add up, and the
# cells of the current pane
W_PANE, W_OLDEST, W_RING, W_TOTALS = 0, 1, 2, 3
# a ring of the panes before the current one, oldest first: header, then panes as (number, cells...)
P_CAPACITY, P_FIRST, P_COUNT, P_PANES = 0, 1, 2, 3

# columns of the group table; cells stand in the order of their operation: ADD, DISTINCT, PLACES, then MAX and MIN
G_PANE_US, G_PANES, G_CELLS, G_SUMS, G_COUNT = range(5)
# columns of the cell table
C_STREAM, C_OP, C_PARTNER, C_OWNER = range(4)
# columns of the rule table
R_SUBJECT, R_QUIET_US, R_AT, R_PLACES, R_OWNER, R_STOPS = range(6)
# columns of an episode
E_FIRST, E_LAST, E_COUNT, E_RULE, E_SUBJECT = range(5)
EPISODE_WIDTH = 6

NEW_SEEN, NEW_LAST = 3, 2
"""Most entries that one event can add to the tables of what was seen before: a login has a country, a device and a network."""
FREE_LISTS = 48
"""Freed blocks are kept by size class; see `arena.class_words`."""
EVIDENCE_MAX = 40
"""Ordinals kept of the evidence: a call leaves up to three traces, and 20 different events are shown (CONTRACTS)."""
EVIDENCE_FIRST = 8
"""Places for evidence at first, a power of two: most subjects never have more of it."""
FULL_TENTHS = 6
"""A hash table makes room when it would be fuller than this."""
