"""Where things stand in the kernel's arrays."""

from __future__ import annotations

# meta: counters of the state
BUMP, TABLE_COUNT, PAIRS_COUNT, SEEN_COUNT, LAST_COUNT, EPISODES, LATE, ORPHANS, EPISODE_TABLE = range(9)
META_SIZE = 16

# head block of a subject, followed by one pointer for each of its groups and the ring of evidence
HEAD_LAST, HEAD_EVENTS, HEAD_POINTERS = 0, 1, 2

# block of a window: header, totals of the cells, then panes as (number, cells...)
BLOCK_CAPACITY, BLOCK_FIRST, BLOCK_COUNT, BLOCK_TOTALS = 0, 1, 2, 3

# columns of the group table
G_CLOCK, G_PANE_US, G_PANES, G_CELLS, G_CELL_END, G_FEATURES, G_FEATURE_END, G_ON = range(8)
# columns of the cell table
C_STREAM, C_OP = range(2)
# columns of the feature table
F_READ, F_CELL, F_OTHER, F_AT_LEAST, F_INDEX, F_ON = range(6)
# columns of the subject table
S_KEY_A, S_KEY_B, S_GROUP, S_GROUP_END, S_EVIDENCE, S_ON, S_EVIDENCE_KINDS, S_STREAM, S_STREAM_END, S_IDLE = range(10)
# columns of the rule table
R_SUBJECT, R_QUIET_US = range(2)
# columns of an episode
E_FIRST, E_LAST, E_COUNT, E_RULE, E_HEAD = range(5)
EPISODE_WIDTH = 6

FREE_LISTS = 48
"""Freed blocks are kept by size; size class c holds blocks of 2**c words."""
EVIDENCE_MAX = 40
"""Ordinals kept of the evidence: a call leaves up to two traces, and 20 different events are shown (CONTRACTS)."""
