"""Random traces of calls."""

from __future__ import annotations

from hypothesis import strategies as st

from traces import NUMBERS, Told

told_calls = st.builds(
    Told,
    gap_s=st.sampled_from([0, 1, 5, 20, 30, 90, 300, 900, 4000, 90_000, 700_000]),
    callee=st.integers(0, len(NUMBERS) - 1),
    line=st.integers(0, 2),
    outcome=st.sampled_from(["answered", "answered", "no_answer", "busy", "cancelled"]),
    talk_s=st.sampled_from([1, 5, 30, 400, 1000]),
    inbound=st.sampled_from([False, False, False, True]),
    customer=st.integers(0, 2),
)
told_traces = st.lists(told_calls, min_size=1, max_size=40)
