"""Asterisk's message log (`full`, `messages`, `security`), as a file, through syslog or from the journal.

What tells who tried to get in becomes an event with the address it came from: `auth.register` for a registration, a SIP or
IAX request and a call of a stranger, `auth.login` for the manager interface. A call of a stranger to an extension that is not
there is told as a failed registration of that extension: it looks for a way in as well. All other lines are counted.

Names in these lines are what a stranger sent, so they may contain anything, quotes and whole sentences too. A sentence is
therefore read from its end, where the switch itself speaks.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from fairwire.formats import Line, LineReader, LogClock, LogFormat, Options, Told, address_of, log_text
from fairwire.model.errors import InvalidRecord

OTHER_LINE = "a line about something else"
CONTINUED = "a further line of the message before"

_HEAD = re.compile(
    r"(?:\[(?P<bracketed>[^\]]{8,32})\] ?|(?P<syslog>[A-Z][a-z]{2} [ 0-9]?[0-9] [0-9:]{8}) \S+ \S+?\[[0-9]+\]: ?)?"
    r"(?:(?P<level>[A-Z]{3,10}) ?\[[0-9]+\](?:\[C-[0-9a-f]+\])?:? )?"
)
_ADDRESS = r"(?P<address>\[?[0-9A-Fa-f:.]{2,45}\]?(?::[0-9]{1,5})?)"
_SENTENCES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "auth.register",
        re.compile(
            r"(?:Registration|Request(?: '[A-Z]+')?) from '(?P<who>.*)' failed for '" + _ADDRESS + r"'(?: \(callid: .*\))? - .+"
        ),
    ),
    (
        "auth.register",
        re.compile(r"Call from '.*' \((?:[A-Z]+:)?" + _ADDRESS + r"\) to extension '(?P<dialled>.*)' rejected because .+"),
    ),
    ("auth.register", re.compile(r".*Call \((?:[A-Z]+:)?" + _ADDRESS + r"\) to extension '(?P<dialled>.*)' rejected because .+")),
    ("auth.register", re.compile(r"No registration for peer '(?P<name>.*)' \(from " + _ADDRESS + r"\)")),
    (
        "auth.register",
        re.compile(r"Host " + _ADDRESS + r" failed (?:MD5 authentication for|to authenticate as) '(?P<name>.*)'.*"),
    ),
    ("auth.register", re.compile(r"hacking attempt detected '" + _ADDRESS + r"'")),
    ("auth.register", re.compile(r'Ext\. .*"?(?:Rejecting unknown SIP connection|Friendly Scanner) from ' + _ADDRESS + r'"?')),
    (
        "auth.login",
        re.compile(_ADDRESS + r" (?:failed to authenticate as|tried to authenticate with nonexistent user) '(?P<name>.*)'"),
    ),
)
"""Sentences about a stranger who was refused. Each is matched to its end, and the last place where it can begin to name the
address counts."""
_REGISTERED = re.compile(r"Registered (?:SIP|IAX2) '(?P<name>[^']*)' at " + _ADDRESS + r".*")
_MODULE = re.compile(r"\S+\.c(?::[0-9]+)?(?: in)? ?(?:[a-z_0-9]+)?: +")
_SECURITY = re.compile(r'.*?SecurityEvent="(?P<event>[A-Za-z]+)"(?P<fields>.*)')
_REMOTE = re.compile(r'.*,RemoteAddress="IPV[46]/(?P<transport>[A-Za-z]+)/(?P<address>[^"/]+)/[0-9]+"(?:,[A-Za-z]+="[^"]*")*\s*')
_FIELD = re.compile(r',(?P<name>[A-Za-z]+)="(?P<value>[^"]*)"')
_OUTCOMES = {
    "SuccessfulAuth": True,
    "FailedACL": False,
    "InvalidAccountID": False,
    "InvalidPassword": False,
    "ChallengeResponseFailed": False,
    "UnexpectedAddress": False,
    "InvalidTransport": False,
}
_URI = re.compile(r"sips?:(?P<user>[^@>;]*)@")
_TRANSPORTS = frozenset({"udp", "tcp", "tls", "ws", "wss"})


class AsteriskLog(LogFormat):
    """Asterisk message logs."""

    name = "asterisk_log"
    title = "Asterisk message and security log"
    suffixes = (".log",)
    own_options: ClassVar = {**LogClock.OPTIONS}

    def reader(self, options: Options) -> LineReader:
        """A reader of lines."""
        return _Lines(options).read


class _Lines:
    def __init__(self, options: Options) -> None:
        self._encoding = options.encoding
        self._clock = LogClock(options)
        self._begun = False

    def read(self, line: Line) -> Told | str:
        text = log_text(line, self._encoding)
        head = _HEAD.match(text)
        if head is None or not any(head.groups()):
            if self._begun and "SecurityEvent=" not in text:
                return CONTINUED
            raise InvalidRecord("the line does not begin with a time and a level, such as [2026-03-02 14:07:12] NOTICE[7]")
        self._begun = True
        moment = head["bracketed"] or head["syslog"] or ""
        found = _understood(text[head.end() :])
        if found is None:
            self._clock.pass_by(moment)
            return OTHER_LINE
        kind, data = found
        return Told(line, kind, self._clock.instant_us(moment), "", data, moment or "-")


def _understood(message: str) -> tuple[str, dict[str, Any]] | None:
    """What a message tells of who tried to get in; None when it is about something else."""
    security = _SECURITY.fullmatch(message)
    if security:
        return _security(security)
    plain = _MODULE.sub("", message, count=1) if _MODULE.match(message) else message
    for kind, sentence in _SENTENCES:
        found = sentence.fullmatch(plain.strip())
        if found:
            return kind, _attempt(found, ok=False)
    good = _REGISTERED.fullmatch(plain.strip())
    return None if good is None else ("auth.register", _attempt(good, ok=True))


def _attempt(found: re.Match[str], *, ok: bool) -> dict[str, Any]:
    named = found.groupdict()
    address = address_of(found["address"])
    if address is None:
        raise InvalidRecord(f"`{found['address'][:40]}` is not an address", field="address")
    uri = _URI.search(named.get("who") or "")
    name = uri["user"] if uri else named.get("name") or named.get("dialled") or named.get("who") or ""
    return {"credential": name or "unknown", "ok": ok, "src_ip": address}


def _security(found: re.Match[str]) -> tuple[str, dict[str, Any]] | None:
    ok = _OUTCOMES.get(found["event"])
    if ok is None:
        return None
    remote = _REMOTE.fullmatch(found["fields"])
    address = address_of(remote["address"]) if remote else None
    if remote is None or address is None:
        raise InvalidRecord("the security event has no `RemoteAddress`, or is cut off", field="RemoteAddress")
    fields: dict[str, str] = {}
    for field in _FIELD.finditer(found["fields"]):
        fields.setdefault(field["name"], field["value"])
    kind = "auth.login" if fields.get("Service") in ("AMI", "ARI") else "auth.register"
    transport = remote["transport"].lower()
    return kind, {
        "credential": fields.get("AccountID") or "unknown",
        "ok": ok,
        "src_ip": address,
        "transport": transport if transport in _TRANSPORTS else None,
    }


FORMAT = AsteriskLog()
