"""Labelled traffic that was never anybody's: ordinary customers of thirteen trades, and abuses of all kinds among them."""

from __future__ import annotations

from fairwire.testkit.simulate.gates import Gate
from fairwire.testkit.simulate.run import DEFAULT_START, Order, Played, Summary, play_out, simulate
from fairwire.testkit.simulate.spool import FEEDS
from fairwire.testkit.simulate.tables import scenario, scenario_names
from fairwire.testkit.simulate.write import WAYS

__all__ = [
    "DEFAULT_START",
    "FEEDS",
    "WAYS",
    "Gate",
    "Order",
    "Played",
    "Summary",
    "play_out",
    "scenario",
    "scenario_names",
    "simulate",
]
