"""Other people's call records, one format a folder; what the folders share stands here.

A format turns each record into a `Leg`: when it began, was answered and ended, who called whom, and two keys. Legs of
the same `join` key are one call and give one event; a leg of an `identity` that was seen before with other content
contradicts it and is refused. The `Joiner` does that, holding a bounded number of records, so a file of any length can
be read.

Identities are stable: the id of an event is a hash of its source and of the bytes of its records, and the source does
not contain the name of the file, so a rotated, compressed, copied or per-account log gives the same events again.
"""

from __future__ import annotations

import codecs
import difflib
import hashlib
import re
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from pathlib import PurePath
from typing import Any, BinaryIO, ClassVar, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from fairwire.model.calls import misordered
from fairwire.model.errors import BadUse, InvalidRecord
from fairwire.model.instants import SECOND_US, format_us
from fairwire.ports.events import Rejected, Skipped

MAX_RECORD = 1 << 20
"""Bytes in the longest record that is read."""

HORIZON = 100_000
"""Records of one call are joined when no more than this many other records stand between them."""

MAX_LEGS = 1_000
"""More records than this are not one call, whatever they say: the next begins another event. An event stays far under
the longest line that is read."""

DUPLICATE = "duplicate"
JOINED = "part of the call of another record"
NOT_A_CALL = "not the record of a call"

COMMON_OPTIONS: Mapping[str, str] = {
    "customer": "the customer of records that name none; default: such records are refused",
    "country": "ISO 3166 code of the switch's country, such as GB: numbers dialled with its international prefix become "
    "E.164; default: they stay as dialled",
    "switch": "name of the switch, when several write the same format: it becomes part of the events' source; default: none",
    "encoding": "character set of the records; default: utf-8",
}
"""Options every format of this package takes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEAR_10000_US = 253_402_300_800 * SECOND_US

Q850_TO_SIP: Mapping[int, int] = {
    1: 404,
    2: 404,
    3: 404,
    17: 486,
    18: 408,
    19: 480,
    20: 480,
    21: 403,
    22: 410,
    26: 404,
    27: 502,
    28: 484,
    29: 501,
    31: 480,
    34: 503,
    38: 503,
    41: 503,
    42: 503,
    47: 503,
    55: 403,
    57: 403,
    58: 503,
    65: 488,
    70: 488,
    79: 501,
    87: 403,
    88: 503,
    102: 504,
    111: 500,
    127: 500,
}
"""ISDN release cause -> SIP status of a call that was not answered. Source: RFC 3398, 7.2.4.1."""

_DISPOSITION_OF_SIP: Mapping[int, str] = {
    403: "rejected",
    408: "no_answer",
    480: "no_answer",
    486: "busy",
    487: "cancelled",
    600: "busy",
    603: "rejected",
    607: "rejected",
    608: "rejected",
}
_BEST_FIRST = ("answered", "busy", "rejected", "blocked", "no_answer", "cancelled", "failed")
_ANONYMOUS = "anonymous"
_EMERGENCY = frozenset({"000", "108", "110", "112", "118", "119", "911", "933", "988", "999", "9911"})


def disposition_of_sip(code: int) -> str:
    """What a final SIP status says about a call that was not answered."""
    return _DISPOSITION_OF_SIP.get(code, "failed")


class Leg(msgspec.Struct, kw_only=True):
    """One record, understood."""

    file: str
    line: int
    record: bytes
    """The record as it came, without its line end."""
    join: str
    """Legs with the same key are one call. Empty: this record is a call of its own."""
    identity: str = ""
    """What the writer says is unique for a record; empty when it says nothing."""
    identity_is: str = ""
    """In words, for the sentence about a contradiction."""
    rank: int = 0
    """The leg of lowest rank tells the call; legs of higher rank only fill in what it leaves out."""
    customer: str
    """Empty when the record names none."""
    no_customer: str = "the record names no customer"
    """The sentence for that case."""
    call_id: str
    start_us: int
    answer_us: int | None
    """None when nobody answered."""
    end_us: int
    talk_s: float
    disposition: str
    data: dict[str, Any]
    """The other data fields of the event; a value of None or an empty text is left out of it."""
    digest: bytes = b""
    """Made by the joiner: what the id of the event is made of."""

    def check(self) -> None:
        """Raise `InvalidRecord` when the instants contradict one another."""
        if self.end_us >= _YEAR_10000_US or self.start_us < 0:
            raise InvalidRecord("the times are not of this world: before 1970 or after the year 9999", field="end")
        found = misordered(self.start_us, self.answer_us, self.end_us)
        if found is not None:
            raise InvalidRecord(found[1], field=found[0])


Found = Leg | Rejected | Skipped
Reader = Callable[[str, BinaryIO], Iterator[Found]]


class Options:
    """The options given for one run, checked against those a format knows."""

    def __init__(self, format_name: str, known: Mapping[str, str], given: Mapping[str, str], *, kind: str = "cdr") -> None:
        for name in given:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                raise BadUse(
                    f"the format `{format_name}` has no option `{name}`",
                    hint=f"did you mean `{close[0]}`?" if close else "",
                    help_=f"its options are: {', '.join(sorted(known))}",
                )
        self._given = given
        switch = self.text("switch")
        self.source = f"{kind}/{format_name}/{switch}" if switch else f"{kind}/{format_name}"
        self.customer = self.text("customer")
        self.numbers = Numbers(self.text("country"))
        self.encoding = self.text("encoding", "utf-8")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise BadUse(f"`{self.encoding}` is not a character set", at="option encoding") from None

    def text(self, name: str, default: str = "") -> str:
        """The value of an option, without spaces round it."""
        return self._given.get(name, default).strip()

    def choice(self, name: str, allowed: Iterable[str], default: str) -> str:
        """The value of an option that has a few possible values."""
        value = self.text(name) or default
        allowed = list(allowed)
        if value not in allowed:
            close = difflib.get_close_matches(value, allowed, n=1)
            raise BadUse(
                f"`{value}` is not a value of the option `{name}`",
                hint=f"did you mean `{close[0]}`?" if close else "",
                help_=f"its values are: {', '.join(f'`{word}`' for word in allowed if word)}",
            )
        return value

    def words(self, name: str, default: str) -> frozenset[str]:
        """The value of an option that is a list with commas."""
        return frozenset(word.strip() for word in (self.text(name) or default).split(",") if word.strip())

    def zone(self, name: str, default: str) -> ZoneInfo:
        """The value of an option that is a time zone."""
        value = self.text(name) or default
        try:
            return ZoneInfo(value)
        except (OSError, ValueError, LookupError):
            close = difflib.get_close_matches(value, available_timezones(), n=1)
            raise BadUse(
                f"`{value}` is not a time zone",
                at=f"option {name}",
                hint=f"did you mean `{close[0]}`?" if close else "",
                help_="write an IANA name such as Europe/London or UTC",
            ) from None


class Numbers:
    """Turns numbers as dialled into E.164 where that can be known."""

    def __init__(self, country: str) -> None:
        self._country = country.upper()
        if self._country:
            import phonenumbers

            if self._country not in phonenumbers.SUPPORTED_REGIONS:
                raise BadUse(
                    f"`{country}` is not a country", at="option country", help_="write an ISO 3166 code such as GB or US"
                )
        self.normalise: Callable[[str], str] = lru_cache(maxsize=65536)(self._normalise)

    def _normalise(self, dialled: str) -> str:
        number = dialled.strip()
        if number.startswith("+") and (digits := re.sub(r"[\s().-]", "", number[1:])).isdecimal():
            return f"+{digits}"
        if self._country and number.startswith(("00", "011")) and number.isdecimal():
            import phonenumbers

            try:
                parsed = phonenumbers.parse(number, self._country)
            except phonenumbers.NumberParseException:
                return number
            if phonenumbers.is_possible_number(parsed):
                return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
        return number


def caller(number: str) -> str:
    """The caller id as presented: a word for it when the number was withheld."""
    return number or _ANONYMOUS


def direction_of(caller_number: str, called_number: str, *, from_outside: bool) -> str:
    """Which way a call went, for records that do not say.

    `from_outside` is what the configuration says (a context or profile for calls from the network). Else short digits
    are extensions: between two of them a call is internal, from a long number to a short one it is inbound.
    """
    if from_outside:
        return "inbound"
    if called_number in _EMERGENCY or not _is_extension(called_number):
        return "outbound"
    return "internal" if _is_extension(caller_number) or not caller_number else "inbound"


def _is_extension(number: str) -> bool:
    """A name, a feature code, or at most six digits."""
    if number.startswith("+"):
        return False
    return any(map(str.isalpha, number)) or sum(map(str.isdecimal, number)) <= 6


class Line(NamedTuple):
    """One line of a file of records."""

    number: int
    text: bytes
    """Without its line end."""
    ended: bool
    """False for a last line without a line feed."""


def lines_of(name: str, stream: BinaryIO) -> Iterator[Line | Rejected]:
    """Lines in order; a line that is too long is skipped to its end and given as `Rejected`."""
    number = 0
    while text := stream.readline(MAX_RECORD + 1):
        number += 1
        if number == 1:
            if text.startswith((b"\xff\xfe", b"\xfe\xff")):
                yield Rejected.of(name, 1, "", "the file is UTF-16, not UTF-8; save it as UTF-8 and read it again", text)
                return
            text = text.removeprefix(b"\xef\xbb\xbf")
        ended = text.endswith(b"\n")
        if len(text) > MAX_RECORD and not ended:
            size = len(text)
            while more := stream.readline(65536):
                size += len(more) - more.endswith(b"\n")
                if more.endswith(b"\n"):
                    break
            yield Rejected.of(name, number, "", f"the line is {size:,} bytes long; the limit is {MAX_RECORD:,}", text)
            continue
        yield Line(number, text.rstrip(b"\r\n"), ended)


def decoded(record: bytes, encoding: str) -> str:
    """The text of a record; `InvalidRecord` when it is not in that character set."""
    try:
        return record.decode(encoding)
    except UnicodeDecodeError as error:
        said = "UTF-8" if codecs.lookup(encoding).name == "utf-8" else encoding
        raise InvalidRecord(f"not {said}: byte 0x{record[error.start]:02x} at column {error.start + 1}") from None


def local_us(field: str, text: str, zone: ZoneInfo, *, fold: int = 0) -> int:
    """Microseconds of a local time such as `2026-03-02 14:07:12`; `InvalidRecord` when it is none."""
    try:
        if len(text) < 19 or text[4] != "-" or text[10] != " " or text[13] != ":":
            raise ValueError
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            raise ValueError
        return (moment.replace(tzinfo=zone, fold=fold) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise InvalidRecord(f"`{field}`: `{text[:40]}` is not a time such as 2026-03-02 14:07:12", field=field) from None


def whole_seconds(field: str, text: str) -> int:
    """A count of seconds; `InvalidRecord` when it is negative or no whole number."""
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InvalidRecord(f"`{field}`: `{text[:40]}` is not a whole number of seconds", field=field)
    if text.startswith("-"):
        raise InvalidRecord(f"`{field}` is negative: {text}", field=field)
    return int(text)


def seconds(span_us: int) -> float:
    """Seconds of a span of microseconds; a whole number where it is one."""
    return span_us // SECOND_US if span_us % SECOND_US == 0 else span_us / SECOND_US


def refused(name: str, line: int, record: bytes, error: InvalidRecord) -> Rejected:
    """A record that could not be understood, as something to set aside."""
    return Rejected.of(name, line, error.field, error.message, record)


class RecordFormat(ABC):
    """Base of the formats in the folders beside this file."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    own_options: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.options: Mapping[str, str] = {**self.own_options, **COMMON_OPTIONS}

    @abstractmethod
    def reader(self, options: Options) -> Reader:
        """What turns one file into legs. Raises `BadUse` for an option with a wrong value."""

    def read(self, name: str, stream: BinaryIO, options: Mapping[str, str]) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Events of one file, in the order in which their last records stand."""
        return self.read_files([(name, stream)], options)

    def read_files(
        self, files: Iterable[tuple[str, BinaryIO]], options: Mapping[str, str]
    ) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Events of several files, calls joined across them."""
        checked = Options(self.name, self.options, options)
        reader = self.reader(checked)
        joiner = Joiner(checked.source, checked.customer)
        for name, stream in files:
            for found in reader(name, stream):
                if isinstance(found, Leg):
                    yield from joiner.add(found)
                else:
                    yield found
        yield from joiner.finish()


class Told(NamedTuple):
    """One line of a log, understood: an event of its own."""

    line: Line
    type: str
    time_us: int
    customer: str
    """Empty when the line names none."""
    data: dict[str, Any]
    moment: str = ""
    """The time as written. Lines of a log with the same words and the same second are as many events as there are lines;
    a log that is there twice is not. Empty: words that come twice are one event."""


LineReader = Callable[[Line], "Told | str"]
"""Makes of a line what it tells, or says in a few words why it tells nothing; raises `InvalidRecord`."""


class LogFormat(ABC):
    """Base of the formats that are logs: one line, one event, and no calls to be joined."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    own_options: ClassVar[Mapping[str, str]] = {}
    kind: ClassVar[str] = "log"
    """What the sources of its events begin with."""
    no_customer: ClassVar[str] = "the line names no customer; say with --option customer=ID whose it is"

    def __init__(self) -> None:
        self.options: Mapping[str, str] = {**self.own_options, **COMMON_OPTIONS}

    @abstractmethod
    def reader(self, options: Options) -> LineReader:
        """What understands one line after the other. Raises `BadUse` for an option with a wrong value."""

    def read(self, name: str, stream: BinaryIO, options: Mapping[str, str]) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Events of one file, in its order."""
        return self.read_files([(name, stream)], options)

    def read_files(
        self, files: Iterable[tuple[str, BinaryIO]], options: Mapping[str, str]
    ) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Events of several files; what stands in two of them is one event."""
        checked = Options(self.name, self.options, options, kind=self.kind)
        seen: OrderedDict[str, None] = OrderedDict()
        for name, stream in files:
            understood = self.reader(checked)
            repeats = _Repeats()
            for line in lines_of(name, stream):
                found = self._told(name, line, understood, checked)
                if not isinstance(found, Told):
                    if found is not None:
                        yield found
                    continue
                identity = repeats.identity(checked.source, found)
                if identity in seen:
                    yield Skipped(file=name, line=found.line.number, why=DUPLICATE)
                    continue
                seen[identity] = None
                if len(seen) > HORIZON:
                    seen.popitem(last=False)
                yield _event_of(name, checked, identity, found)

    def _told(
        self, name: str, line: Line | Rejected, understood: LineReader, options: Options
    ) -> Told | Rejected | Skipped | None:
        if isinstance(line, Rejected) or not line.text.strip():
            return line if isinstance(line, Rejected) else None
        try:
            found = understood(line)
            if isinstance(found, Told) and not found.customer and not options.customer:
                raise InvalidRecord(self.no_customer, field="customer")
            if isinstance(found, Told) and not 0 <= found.time_us < _YEAR_10000_US:
                raise InvalidRecord("the time is not of this world: before 1970 or after the year 9999", field="time")
        except InvalidRecord as error:
            return refused(name, line.number, line.text, error)
        return Skipped(file=name, line=line.number, why=found) if isinstance(found, str) else found


class _Repeats:
    """Tells lines with the same words in the same second apart."""

    def __init__(self) -> None:
        self._moment = ""
        self._times: dict[bytes, int] = {}

    def identity(self, source: str, told: Told) -> str:
        digest = hashlib.sha256(source.encode() + b"\n" + told.line.text)
        if told.moment:
            if told.moment != self._moment:
                self._moment, self._times = told.moment, {}
            before = self._times.get(told.line.text, 0)
            self._times[told.line.text] = before + 1
            if before:
                digest.update(b"\n%d" % before)
        return digest.hexdigest()


def _event_of(name: str, options: Options, identity: str, told: Told) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": identity,
        "source": options.source,
        "type": told.type,
        "time": format_us(told.time_us),
        "recordfile": _base_name(name),
        "recordline": told.line.number,
        "data": {
            "customer": told.customer or options.customer,
            **{key: value for key, value in told.data.items() if value is not None},
        },
    }


def log_text(line: Line, encoding: str) -> str:
    """The text of a log line; `InvalidRecord` when it is longer than a server writes.

    Patterns that look for the last of several places need time that grows with the square of the length.
    """
    if len(line.text) > _LONGEST_LOG_LINE:
        raise InvalidRecord(f"the line is {len(line.text):,} bytes long; lines of this log have at most {_LONGEST_LOG_LINE:,}")
    return decoded(line.text, encoding)


def address_of(text: str) -> str | None:
    """The address of `192.0.2.7`, `192.0.2.7:5060`, `[2001:db8::1]:5060` or `2001:db8::1`; None when it is none."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    for candidate in (bare, bare.rpartition(":")[0]):
        try:
            return str(ip_address(candidate))
        except ValueError:
            continue
    return None


_LONGEST_LOG_LINE = 16_384
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_OF_SYSLOG = re.compile(r"([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})")
_NO_YEAR = re.compile(r"[0-9]{2}-[0-9]{2}[ T]")


class LogClock:
    """The instants of log lines, whose times are local, and may lack the year or be missing."""

    OPTIONS: ClassVar[Mapping[str, str]] = {
        "zone": "IANA time zone of the times in the log; default: UTC",
        "year": "the year of times that name none; default: such lines are refused",
        "undated": "lines without a time: `refuse`, or `previous` for the time of the line before; default: refuse",
    }

    def __init__(self, options: Options) -> None:
        self._zone = options.zone("zone", "UTC")
        self._year = options.text("year")
        if self._year and not re.fullmatch(r"[0-9]{4}", self._year):
            raise BadUse(f"`{self._year[:40]}` is not a year", at="option year", help_="write four digits, such as 2026")
        self._previous = options.choice("undated", ("refuse", "previous"), "refuse") == "previous"
        self._last_us: int | None = None

    def instant_us(self, text: str) -> int:
        """Microseconds of a time as written; `InvalidRecord` when it is none, or lacks what no option says."""
        if not text:
            if not self._previous or self._last_us is None:
                raise InvalidRecord("the line has no time; --option undated=previous takes that of the line before", field="time")
            return self._last_us
        of_syslog = _OF_SYSLOG.fullmatch(text)
        if of_syslog and of_syslog[1].lower() in _MONTHS:
            text = f"{_MONTHS.index(of_syslog[1].lower()) + 1:02d}-{int(of_syslog[2]):02d} {of_syslog[3]}"
        if _NO_YEAR.match(text):
            if not self._year:
                raise InvalidRecord(f"`{text[:40]}` names no year; say it with --option year=2026", field="time")
            text = f"{self._year}-{text}"
        self._last_us = local_us("time", text.replace("T", " ", 1), self._zone)
        return self._last_us

    def pass_by(self, text: str) -> None:
        """Remember the time of a line that tells nothing, where the next may have none."""
        if self._previous and text:
            with suppress(InvalidRecord):
                self.instant_us(text)


class _Call:
    """The legs seen so far of one call."""

    __slots__ = ("legs", "seen", "touched")

    def __init__(self) -> None:
        self.legs: list[Leg] = []
        self.seen: dict[bytes | str, Leg] = {}
        """By digest of the record, and by identity."""
        self.touched = 0


class Joiner:
    """Makes one event of all records of a call."""

    def __init__(self, source: str, customer: str, *, horizon: int = HORIZON) -> None:
        self._source = source
        self._salt = source.encode() + b"\n"
        self._customer = customer
        self._horizon = horizon
        self._open: OrderedDict[str, _Call] = OrderedDict()
        self._count = 0

    def add(self, leg: Leg) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Take one leg; yields what is now certain."""
        self._count += 1
        leg.digest = hashlib.sha256(self._salt + leg.record).digest()
        key = leg.join or leg.digest.hex()
        call = self._open.get(key)
        if call is None:
            call = self._open[key] = _Call()
        else:
            self._open.move_to_end(key)
        call.touched = self._count
        if leg.digest in call.seen:
            yield Skipped(file=leg.file, line=leg.line, why=DUPLICATE)
        elif leg.identity and leg.identity in call.seen:
            first = call.seen[leg.identity]
            place = f"line {first.line}" if first.file == leg.file else f"{first.file}:{first.line}"
            said = f"contradicts {place}: the same {leg.identity_is} with other content"
            yield Rejected.of(leg.file, leg.line, leg.identity_is.split()[0], said, leg.record)
        else:
            # Only a record that may still be refused is needed again, and no more of it than a `Rejected` shows.
            leg.record = b"" if leg.customer or self._customer else leg.record[:2000]
            call.legs.append(leg)
            call.seen[leg.digest] = leg
            if leg.identity:
                call.seen[leg.identity] = leg
            if len(call.legs) == MAX_LEGS:
                del self._open[key]
                yield from self._events(call)
        while self._open:
            key, oldest = next(iter(self._open.items()))
            if self._count - oldest.touched < self._horizon:
                break
            del self._open[key]
            yield from self._events(oldest)

    def finish(self) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Yield what is left."""
        while self._open:
            _, call = self._open.popitem(last=False)
            yield from self._events(call)

    def _events(self, call: _Call) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        named = next((leg.customer for leg in call.legs if leg.customer), self._customer)
        if not named:
            for leg in call.legs:
                yield Rejected.of(leg.file, leg.line, "customer", leg.no_customer, leg.record)
            return
        of_customer: dict[str, list[Leg]] = {}
        for leg in call.legs:
            of_customer.setdefault(leg.customer or named, []).append(leg)
        for customer, legs in of_customer.items():
            teller = _teller(legs)
            event = self._event(customer, legs, teller)
            if customer != named:  # to each of them it is a call of its own, and call ids are unique
                event["data"]["call_id"] += f"/{customer}"
            yield event
            for leg in legs:
                if leg is not teller:
                    yield Skipped(file=leg.file, line=leg.line, why=JOINED)

    def _event(self, customer: str, legs: list[Leg], teller: Leg) -> dict[str, Any]:
        level = [leg for leg in legs if leg.rank == teller.rank]
        answered = [leg for leg in level if leg.answer_us is not None]
        answers_us = [leg.answer_us for leg in answered if leg.answer_us is not None]
        data: dict[str, Any] = {"call_id": teller.call_id, "customer": customer}
        for leg in (teller, *(leg for leg in legs if leg is not teller)):
            for name, value in leg.data.items():
                if value is not None and value != "" and name not in data:
                    data[name] = value
        end = format_us(max(leg.end_us for leg in level))
        data["start"] = format_us(min(leg.start_us for leg in level))
        if answers_us:
            data["answer"] = format_us(min(answers_us))
        data["end"] = end
        data["duration_s"] = answered[0].talk_s if len(answered) == 1 else _covered_s(answered)
        data["disposition"] = teller.disposition
        if len(legs) > 1:
            data["legs"] = [_leg_summary(leg) for leg in sorted(legs, key=lambda leg: (leg.start_us, leg.file, leg.line))]
        digests = sorted(leg.digest for leg in legs)
        return {
            "specversion": "1.0",
            "id": digests[0].hex() if len(digests) == 1 else hashlib.sha256(b"".join(digests)).hexdigest(),
            "source": self._source,
            "type": "call.ended",
            "time": end,
            "recordfile": _base_name(teller.file),
            "recordline": teller.line,
            "data": data,
        }


@lru_cache(maxsize=1024)
def _base_name(path: str) -> str:
    return PurePath(path).name


def _teller(legs: list[Leg]) -> Leg:
    """The leg that tells the call: of the lowest rank, answered before not, the longest talk, the earliest."""
    if len(legs) == 1:
        return legs[0]
    return min(
        legs, key=lambda leg: (leg.rank, _BEST_FIRST.index(leg.disposition), -leg.talk_s, leg.start_us, leg.file, leg.line)
    )


def _leg_summary(leg: Leg) -> dict[str, Any]:
    summary = {"to": leg.data.get("to", ""), "start": format_us(leg.start_us), "end": format_us(leg.end_us)}
    if leg.answer_us is not None:
        summary["answer"] = format_us(leg.answer_us)
    return {**summary, "disposition": leg.disposition}


def _covered_s(answered: list[Leg]) -> float:
    """Seconds in which at least one of the legs was talking."""
    covered_us = 0
    until_us: int | None = None
    for begin_us, end_us in sorted((leg.answer_us, leg.end_us) for leg in answered if leg.answer_us is not None):
        if until_us is None or begin_us > until_us:
            covered_us += end_us - begin_us
            until_us = end_us
        elif end_us > until_us:
            covered_us += end_us - until_us
            until_us = end_us
    return seconds(covered_us)
