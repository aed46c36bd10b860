"""FreeSWITCH's mod_json_cdr: one JSON document for each leg, one in a file, one a line, or one after the other.

Values may be URL-encoded (`encode-values`, the default of the module) or plain; a posted body (`cdr=...`) that was kept
as a line is read too. The microsecond times of `variables` are preferred, those of `callflow` and of a `times` object
at the top are the fallback; the stamps without a zone are never used. `duration_s` is the talk time the record itself
states (`billsec`, which counts begun clock seconds); the exact instants are in `start`, `answer` and `end`.

The leg of the caller and the legs it created (`call_uuid`, the originator of the leg, or the leg it was bridged to)
are one call and give one event; the caller's leg tells it. The legs of a call usually stand in files of their own, so
give all files of a day at once.

A record without a number called, or without an end, is refused: no event could say whom the call went to or when it
was over, and inventing either would be worse than to report the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, ClassVar, NamedTuple
from urllib.parse import unquote, unquote_plus

import msgspec

from fairwire.formats import (
    MAX_RECORD,
    Q850_TO_SIP,
    Found,
    Leg,
    Options,
    Reader,
    RecordFormat,
    caller,
    decoded,
    direction_of,
    disposition_of_sip,
    lines_of,
    refused,
    seconds,
)
from fairwire.model.errors import InvalidRecord
from fairwire.model.instants import SECOND_US
from fairwire.ports.events import Rejected

_DEFAULT_OUTSIDE = "public"
_CAUSES: dict[str, tuple[str, int]] = {
    "ORIGINATOR_CANCEL": ("cancelled", 487),
    "LOSE_RACE": ("cancelled", 487),
    "PICKED_OFF": ("cancelled", 487),
    "NO_ANSWER": ("no_answer", 480),
    "NO_USER_RESPONSE": ("no_answer", 408),
    "ALLOTTED_TIMEOUT": ("no_answer", 480),
    "PROGRESS_TIMEOUT": ("no_answer", 408),
    "MEDIA_TIMEOUT": ("failed", 504),
    "USER_BUSY": ("busy", 486),
    "CALL_REJECTED": ("rejected", 603),
    "USER_NOT_REGISTERED": ("failed", 480),
    "GATEWAY_DOWN": ("failed", 503),
}
"""Causes whose meaning is not the one of their Q.850 number, or that have none."""

_RELEASED_BY_CALLER_LEG = {"recv_bye": "caller", "send_bye": "callee", "recv_cancel": "caller", "send_refuse": "network"}
_RELEASED_BY_CALLED_LEG = {"recv_bye": "callee", "send_bye": "caller", "send_cancel": "caller", "recv_refuse": "callee"}
_STATUS_VARIABLES = (
    "sip_term_status",
    "sip_invite_failure_status",
    "proto_specific_hangup_cause",
    "last_bridge_proto_specific_hangup_cause",
)
_TRANSPORTS = frozenset({"udp", "tcp", "tls", "ws", "wss"})

_STRUCTURE = re.compile(rb'["{}]')
_IN_TEXT = re.compile(rb'["\\]')
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_BETWEEN = b" \t\r\n,[]"


class FreeswitchJson(RecordFormat):
    """FreeSWITCH JSON CDRs."""

    name = "freeswitch_json"
    title = "FreeSWITCH mod_json_cdr"
    suffixes = (".cdr.json", ".json")
    own_options: ClassVar = {
        "customer_variable": "the channel variable that names the customer; default: accountcode",
        "inbound": f"dialplan contexts, with commas, that calls from the network enter; default: {_DEFAULT_OUTSIDE}",
    }

    def reader(self, options: Options) -> Reader:
        """A reader for one file after the other."""
        return _Documents(options).read


class _Document(NamedTuple):
    line: int
    text: bytes


class _Documents:
    def __init__(self, options: Options) -> None:
        self._options = options
        self._customer_variable = options.text("customer_variable", "accountcode") or "accountcode"
        self._outside = options.words("inbound", _DEFAULT_OUTSIDE)

    def read(self, name: str, stream: BinaryIO) -> Iterator[Found]:
        for found in _documents(name, stream):
            if isinstance(found, Rejected):
                yield found
                continue
            try:
                yield self._leg(name, found)
            except InvalidRecord as error:
                yield refused(name, found.line, found.text, error)

    def _leg(self, name: str, document: _Document) -> Leg:
        record = _Record(_parsed(document.text, self._options.encoding))
        uuid = record.variable("uuid") or record.profile("uuid")
        if not uuid:
            raise InvalidRecord("the record has no `uuid`", field="uuid")
        called_number = record.profile("destination_number") or record.variable(
            "sip_req_user", "dialed_user", "destination_number"
        )
        if not called_number:
            raise InvalidRecord(
                "the record does not say which number was called: no `destination_number`", field="destination_number"
            )
        start_us = record.instant_us("start", "created_time")
        if start_us is None:
            raise InvalidRecord(
                "the record has no start: no `start_uepoch`, `created_time` or `start_epoch`", field="start_uepoch"
            )
        end_us = record.instant_us("end", "hangup_time")
        if end_us is None:
            raise InvalidRecord("the record has no end: no `end_uepoch`, `hangup_time` or `end_epoch`", field="end_uepoch")
        answer_us = record.instant_us("answer", "answered_time")
        of_caller = _is_of_caller(record, uuid)
        disposition, sip_code = ("answered", 200) if answer_us is not None else _outcome(record)
        leg = Leg(
            file=name,
            line=document.line,
            record=document.text,
            join=uuid if of_caller else _uuid_of_caller(record) or uuid,
            identity=uuid,
            identity_is="uuid",
            rank=0 if of_caller else 1,
            customer=record.variable(self._customer_variable),
            no_customer=f"the record has no variable `{self._customer_variable}` and no option `customer` says whose call it is",
            call_id=uuid if of_caller else _uuid_of_caller(record) or uuid,
            start_us=start_us,
            answer_us=answer_us,
            end_us=end_us,
            talk_s=_talk_s(record, answer_us, end_us),
            disposition=disposition,
            data=self._data(record, called_number, sip_code, of_caller=of_caller),
        )
        leg.check()
        return leg

    def _data(self, record: _Record, called_number: str, sip_code: int | None, *, of_caller: bool) -> dict[str, Any]:
        caller_number = record.profile("caller_id_number") or record.variable("caller_id_number", "sip_from_user")
        from_outside = (record.profile("context") or record.variable("user_context")) in self._outside
        normalise = self._options.numbers.normalise
        called = normalise(called_number)
        diverting = normalise(record.profile("rdnis"))
        transport = record.variable("sip_via_protocol").lower()
        ended = record.variable("sip_hangup_disposition")
        address = record.variable("sip_received_ip", "sip_network_ip") or record.profile("network_addr")
        released = _RELEASED_BY_CALLER_LEG if of_caller else _RELEASED_BY_CALLED_LEG
        return {
            "direction": direction_of(caller_number, called_number, from_outside=from_outside and of_caller),
            "from": caller(normalise(caller_number)),
            "to": called,
            "display_name": record.profile("caller_id_name") or record.variable("sip_from_display"),
            "user": record.variable("user_name") if of_caller else "",
            "line": record.variable("sip_from_uri") if of_caller and not from_outside else "",
            "credential": record.variable("sip_auth_username") if of_caller else "",
            "src_ip": address if of_caller else "",
            "user_agent": record.variable("sip_user_agent") if of_caller else "",
            "transport": transport if of_caller and transport in _TRANSPORTS else "",
            "attestation": _attestation(record) if of_caller else "",
            "trunk": record.variable("sip_gateway_name", "sip_gateway"),
            "diversion": [diverting] if diverting and diverting not in (called, normalise(caller_number)) else None,
            "sip_code": sip_code,
            "released_by": released.get(ended),
            "mos": _fraction(record.variable("rtp_audio_in_mos")),
            "hangup_cause": record.variable("hangup_cause"),
        }


class _Record:
    """The parts of one document that are looked at, decoded."""

    def __init__(self, document: dict[str, Any]) -> None:
        variables = document.get("variables")
        if not isinstance(variables, dict):
            raise InvalidRecord("the document has no `variables`: it is not a record of mod_json_cdr", field="variables")
        texts = {name: str(value) for name, value in variables.items() if isinstance(value, (str, int, float))}
        # The module encodes all values or none, and an encoded value has neither a blank nor an at sign left in it.
        encoded = any(map(_ENCODED.search, texts.values())) and not any(" " in text or "@" in text for text in texts.values())
        self._decode = unquote if encoded else str
        self._variables = texts
        flow = document.get("callflow")
        flow = [flow] if isinstance(flow, dict) else flow if isinstance(flow, list) else []
        self._flow = [part for part in flow if isinstance(part, dict)]
        self._times = [part["times"] for part in [*self._flow, document] if isinstance(part.get("times"), dict)]
        data = document.get("channel_data")
        direction = data.get("direction") if isinstance(data, dict) else None
        self.direction = str(direction or self._variables.get("direction", ""))

    def variable(self, *names: str) -> str:
        """The first of these channel variables that is not empty."""
        for name in names:
            if text := self._decode(self._variables.get(name, "")).strip():
                return text
        return ""

    def profile(self, name: str) -> str:
        """A field of the caller profile in force at the end: the newest part of the call flow that has it."""
        for part in self._flow:
            profile = part.get("caller_profile")
            if isinstance(profile, dict) and isinstance(value := profile.get(name), str) and value:
                return self._decode(value).strip()
        return ""

    def originator(self) -> str:
        """The uuid of the leg that created this one."""
        for part in self._flow:
            profile = part.get("caller_profile")
            origin = profile.get("originator") if isinstance(profile, dict) else None
            if isinstance(origin, dict):
                profiles = origin.get("originator_caller_profiles") or origin.get("originator_caller_profile")
                first = profiles[0] if isinstance(profiles, list) and profiles else profiles
                if isinstance(first, dict) and isinstance(first.get("uuid"), str):
                    return str(first["uuid"])
        return ""

    def instant_us(self, variable: str, time: str) -> int | None:
        """Microseconds of a moment of the call; None when it did not happen (FreeSWITCH writes 0)."""
        exact = self._microseconds(f"{variable}_uepoch", self.variable(f"{variable}_uepoch"))
        if exact:
            return exact
        moments = [self._microseconds(time, str(times.get(time, "0"))) for times in self._times]
        happened = [moment for moment in moments if moment]
        if happened:
            return min(happened) if variable == "start" else max(happened)
        return self._microseconds(f"{variable}_epoch", self.variable(f"{variable}_epoch")) * SECOND_US or None

    def _microseconds(self, name: str, text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{0,17}", text):
            raise InvalidRecord(f"`{name}`: `{text[:40]}` is not a time in microseconds or seconds since 1970", field=name)
        if text.startswith("-"):
            raise InvalidRecord(f"`{name}` is negative: {text}", field=name)
        return int(text or "0")


def _is_of_caller(record: _Record, uuid: str) -> bool:
    """Whether this is the leg of the one who calls: the one others were made for, not one that was made."""
    call_uuid = record.variable("call_uuid")
    if call_uuid:
        return call_uuid == uuid
    return record.direction != "outbound" or not _uuid_of_caller(record)


def _uuid_of_caller(record: _Record) -> str:
    return record.variable("call_uuid") or record.originator() or record.variable("bridge_uuid", "signal_bond")


def _outcome(record: _Record) -> tuple[str, int | None]:
    """Disposition and SIP status of a call nobody answered, the recorded status before the one that follows from the cause."""
    cause = record.variable("hangup_cause")
    for name in (
        "sip_term_status",
        "sip_invite_failure_status",
        "proto_specific_hangup_cause",
        "last_bridge_proto_specific_hangup_cause",
    ):
        status = re.fullmatch(r"(?:sip:)?([3-6]\d\d)", record.variable(name))
        if status:
            code = int(status[1])
            return _CAUSES[cause][0] if cause in _CAUSES else disposition_of_sip(code), code
    if cause in _CAUSES:
        return _CAUSES[cause]
    number = record.variable("hangup_cause_q850")
    code_of_cause = Q850_TO_SIP.get(int(number)) if number.isdecimal() and len(number) < 4 else None
    if code_of_cause is not None:
        return disposition_of_sip(code_of_cause), code_of_cause
    return ("no_answer" if cause in ("NORMAL_CLEARING", "") else "failed"), None


def _talk_s(record: _Record, answer_us: int | None, end_us: int) -> float:
    stated = record.variable("billsec")
    if stated.startswith("-"):
        raise InvalidRecord(f"`billsec` is negative: {stated[:40]}", field="billsec")
    if answer_us is None:
        return 0
    measured_s = (end_us - answer_us) / SECOND_US
    if not stated:
        return seconds(end_us - answer_us)
    if not re.fullmatch(r"[0-9]{1,9}", stated):
        raise InvalidRecord(f"`billsec`: `{stated[:40]}` is not a whole number of seconds", field="billsec")
    if end_us >= answer_us and abs(int(stated) - measured_s) > 2:
        raise InvalidRecord(
            f"`billsec` {stated} contradicts the times: from answer to end are {measured_s:.0f} s", field="billsec"
        )
    return int(stated)


def _attestation(record: _Record) -> str:
    """A, B or C, when the switch verified the caller's PASSporT and says so."""
    found = re.fullmatch(r"TN-Validation-Passed-([ABC])", record.variable("sip_verstat_detailed", "sip_verstat"))
    return found[1] if found else ""


def _fraction(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _parsed(record: bytes, encoding: str) -> dict[str, Any]:
    text = decoded(record, encoding)
    if text.startswith("cdr="):
        text = unquote_plus(text.removeprefix("cdr="))
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        said = str(error)
        if "truncated" in said:
            raise InvalidRecord("not JSON: the document is cut off") from None
        raise InvalidRecord(f"not JSON: {said.removeprefix('JSON is malformed: ')}") from None
    except RecursionError:
        raise InvalidRecord("not a record: brackets are nested too deep") from None
    if not isinstance(document, dict):
        raise InvalidRecord("not a record: a JSON object belongs here")
    return document


def _documents(name: str, stream: BinaryIO) -> Iterator[_Document | Rejected]:
    """Cut a stream into JSON documents by their braces.

    No text of a JSON document holds a line feed, so each line is scanned from outside a text; and no document but a new
    one begins with a brace and `core-uuid`, so a document that was cut off ends where the next begins.
    """
    held: list[bytes] = []
    first = depth = size = 0
    for line in lines_of(name, stream):
        if isinstance(line, Rejected):
            if held:
                yield _cut_off(name, first, held)
                held, depth, size = [], 0, 0
            yield line
            continue
        text = line.text
        if not held and text.startswith(b"cdr="):
            yield _Document(line.number, text)
            continue
        start = text.lstrip()
        if held and (start.startswith(b'{"core-uuid"') or (start.startswith(b'"core-uuid"') and held[-1].strip() == b"{")):
            brace = [] if start.startswith(b"{") else [held.pop()]
            if held:
                yield _cut_off(name, first, held)
            first = line.number - len(brace)
            held, depth, size = brace, len(brace), len(b"".join(brace))
        position = 0
        while position < len(text):
            if not held:
                position += len(text) - position - len(text[position:].lstrip(_BETWEEN))
                if position == len(text):
                    break
                if text[position : position + 1] != b"{":
                    rest = text[position:]
                    yield Rejected.of(name, line.number, "", "not JSON: a document begins with a brace", rest)
                    break
                first = line.number
            end, depth = _scan(text, position, depth)
            held.append(text[position:end])
            size += end - position
            position = end
            if depth == 0:
                yield _Document(first, b"\n".join(held))
                held, size = [], 0
        if size > MAX_RECORD:
            yield Rejected.of(name, first, "", f"the document is over {MAX_RECORD:,} bytes long", b"\n".join(held[:50]))
            held, depth, size = [], 0, 0
    if held:
        yield _cut_off(name, first, held)


def _cut_off(name: str, line: int, held: list[bytes]) -> Rejected:
    return Rejected.of(name, line, "", "not JSON: the document is cut off", b"\n".join(held[:50]))


def _scan(text: bytes, position: int, depth: int) -> tuple[int, int]:
    """Go on to the end of the document or of the line: the position behind it, and the depth there."""
    while found := _STRUCTURE.search(text, position):
        position = found.end()
        mark = found[0]
        if mark == b"{":
            depth += 1
        elif mark == b"}":
            depth -= 1
            if depth <= 0:
                return position, 0
        else:
            while True:
                inside = _IN_TEXT.search(text, position)
                if inside is None:
                    return len(text), depth
                position = inside.end()
                if inside[0] == b'"':
                    break
                position += 1
    return len(text), depth


FORMAT = FreeswitchJson()
