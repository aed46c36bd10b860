"""FreeSWITCH's log, as a file or through syslog: registrations and calls of strangers that were refused.

Each becomes an `auth.register` event that failed, with the address it came from. A challenge is the first step of every good
registration and no failure; the option `challenges` counts it as one, for a switch that nobody should ask. All other lines
are counted.
"""

from __future__ import annotations

import re
from typing import ClassVar

from fairwire.formats import Line, LineReader, LogClock, LogFormat, Options, Told, address_of, log_text
from fairwire.model.errors import InvalidRecord

OTHER_LINE = "a line about something else"
CONTINUED = "a further line of the message before"
CHALLENGED = "a challenge, which is no failure"

_HEAD = re.compile(
    r"(?P<moment>(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(?:\.[0-9]{1,6})?) "
    r"(?:\S+ \S+\[[0-9]+\]: (?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}[ T][0-9:]{8}(?:\.[0-9]{1,6})? )?"
    r"(?:[0-9.]+% )?\[(?P<level>[A-Z]+)\] "
)
_ADDRESS = r"(?P<address>[0-9A-Fa-f:.]{2,45})"
_WHO = r"\[(?P<user>.*)@[^@\]]*\]"
_REFUSED = re.compile(
    r".*(?:SIP auth failure \([A-Z]+\) on sofia profile '.*' for " + _WHO + r" from ip " + _ADDRESS + r")"
    r"|.*Can't find user \[(?P<user2>.*)@[^@\]]*\] from (?P<address2>[0-9A-Fa-f:.]{2,45})"
)
_CHALLENGE = re.compile(r".*SIP auth challenge \([A-Z]+\) on sofia profile '.*' for " + _WHO + r" from ip " + _ADDRESS)
_BEGINNINGS = ("SIP auth ", "Can't find user")


class FreeswitchLog(LogFormat):
    """FreeSWITCH logs."""

    name = "freeswitch_log"
    title = "FreeSWITCH log"
    suffixes = (".log",)
    own_options: ClassVar = {
        "challenges": "what a challenge is: `skip` or `failure`; default: skip, since every good registration begins with one",
        **LogClock.OPTIONS,
    }

    def reader(self, options: Options) -> LineReader:
        """A reader of lines."""
        return _Lines(options).read


class _Lines:
    def __init__(self, options: Options) -> None:
        self._encoding = options.encoding
        self._clock = LogClock(options)
        self._challenges = options.choice("challenges", ("skip", "failure"), "skip") == "failure"
        self._begun = False

    def read(self, line: Line) -> Told | str:
        text = log_text(line, self._encoding)
        head = _HEAD.match(text)
        if head is None:
            if self._begun and not any(words in text for words in _BEGINNINGS):
                return CONTINUED
            raise InvalidRecord("the line does not begin with a time and a level, such as 2026-03-02 14:07:12.000000 [NOTICE]")
        self._begun = True
        message = text[head.end() :].strip()
        found = _REFUSED.fullmatch(message) or _CHALLENGE.fullmatch(message)
        if found is None:
            if any(words in message for words in _BEGINNINGS):
                raise InvalidRecord("the line does not say from which address, or is cut off", field="address")
            self._clock.pass_by(head["moment"])
            return OTHER_LINE
        if found.re is _CHALLENGE and not self._challenges:
            return CHALLENGED
        named = found.groupdict()
        address = address_of(named["address"] or named.get("address2") or "")
        if address is None:
            raise InvalidRecord("what stands in place of an address is none", field="address")
        user = named["user"] or named.get("user2") or "unknown"
        moment = head["moment"]
        data = {"credential": user, "ok": False, "src_ip": address}
        return Told(line, "auth.register", self._clock.instant_us(moment), "", data, moment)


FORMAT = FreeswitchLog()
