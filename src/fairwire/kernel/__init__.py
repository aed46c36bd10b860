"""The kernel applies a plan to events. It has no clock, disk, network or randomness.

One generated loop (`template.RUN`) calls the functions of this package for every event: `sense` (what was seen before),
the plan's `derive`, `update` (windows), the plan's `judge`, `collect` (findings that open). A batch is a longer run of
the same loop. All state is arrays of 64-bit integers, so that a snapshot is a copy and a restart leaves no trace.
"""
