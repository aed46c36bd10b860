"""BroadWorks accounting records as CSV.

Only records of type Normal are calls; Start, Interim, Long Duration, Failover and the like give nothing and are counted
as skipped. A header and a footer stand round the records and are passed over. Times are GMT, `yyyymmddhhmmss.mmm`.

Each user who takes part has a record of its own. When both belong to the same customer, the two (each names the other
in its remote call id) are one internal call, told by the one who called; between two customers each keeps its own.
"""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import msgspec

from fairwire.formats import (
    NOT_A_CALL,
    Q850_TO_SIP,
    Found,
    Leg,
    Line,
    Options,
    Reader,
    RecordFormat,
    caller,
    decoded,
    disposition_of_sip,
    lines_of,
    refused,
    seconds,
)
from fairwire.model.errors import InvalidRecord
from fairwire.model.instants import parse_us
from fairwire.ports.events import Rejected, Skipped

_FRAME = "header or footer"
_RELEASES_FILE = Path(__file__).with_name("releases.yaml")
_OTHER_TYPES = frozenset({"start", "end", "interim", "long duration", "duration", "failover", "failure", "other"})
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?")
_USER_ID = re.compile(r"[^@\s]+@[^@\s]+")
_RECORD_ID = re.compile(r"\d{10}")
_DIRECTIONS = {"originating": "outbound", "terminating": "inbound"}


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """The layout of one release."""

    least_columns: int
    user_id: int | None
    searched_from: int
    columns: dict[str, int]


def releases() -> dict[str, Release]:
    """All layouts of `releases.yaml`."""
    import yaml

    return msgspec.convert(yaml.safe_load(_RELEASES_FILE.read_text(encoding="utf-8")), dict[str, Release])


class BroadworksCsv(RecordFormat):
    """BroadWorks CDRs."""

    name = "broadworks_csv"
    title = "BroadWorks accounting CSV"
    suffixes = (".csv",)
    own_options: ClassVar[Mapping[str, str]] = {
        "release": "whose columns the records have: r17 or r22; default: r22",
        "customer_column": "what the customer is: group or service_provider; default: group",
    }

    def reader(self, options: Options) -> Reader:
        """A reader for one file after the other."""
        return _Rows(options).read


class _Rows:
    def __init__(self, options: Options) -> None:
        self._options = options
        known = releases()
        self._release = known[options.choice("release", known, "r22")]
        self._customer_column = options.choice("customer_column", ["group", "service_provider"], "group")

    def read(self, name: str, stream: BinaryIO) -> Iterator[Found]:
        held: Line | None = None
        is_first = True
        for line in lines_of(name, stream):
            if isinstance(line, Rejected):
                yield line
                continue
            if not line.text.strip():
                continue
            if held is not None:
                yield from self._record(name, held, at_the_edge=is_first)
                is_first = False
            held = line
        if held is not None:
            yield from self._record(name, held, at_the_edge=True)

    def _record(self, name: str, line: Line, *, at_the_edge: bool) -> Iterator[Found]:
        """What one line gives; a header or footer stands at the edge of the file."""
        try:
            cells = self._cells(line)
            kind = cells[2].strip().lower() if len(cells) > 2 else ""
            if at_the_edge and self._is_frame(cells, kind, line):
                yield Skipped(file=name, line=line.number, why=_FRAME)
                return
            if kind in _OTHER_TYPES:
                yield Skipped(file=name, line=line.number, why=NOT_A_CALL)
                return
            if len(cells) < self._release.least_columns:
                cut = "" if line.ended else ": the file is cut off in the middle of this record"
                said = f"the record has {len(cells)} columns; it must have at least {self._release.least_columns}{cut}"
                raise InvalidRecord(said)
            if kind != "normal":
                raise InvalidRecord(f"`type` is `{cells[2][:40]}`; it is no type of record known here", field="type")
            yield self._leg(name, line, cells)
        except InvalidRecord as error:
            yield refused(name, line.number, line.text, error)

    def _cells(self, line: Line) -> list[str]:
        text = decoded(line.text, self._options.encoding)
        try:
            return next(csv.reader([text], strict=True), [])
        except csv.Error as error:
            cut = "" if line.ended else ": the file is cut off in the middle of this record"
            raise InvalidRecord(f"not a row of columns: {error}{cut}") from None

    def _is_frame(self, cells: list[str], kind: str, line: Line) -> bool:
        if cells[:3] == ["recordId", "serviceProvider", "type"]:
            return True
        if len(cells) >= self._release.least_columns or kind == "normal" or kind in _OTHER_TYPES:
            return False
        return line.ended or not _RECORD_ID.match(cells[0])

    def _leg(self, name: str, line: Line, cells: list[str]) -> Leg:
        row = {column: cells[index].strip() for column, index in self._release.columns.items()}
        direction = _DIRECTIONS.get(row["direction"].lower())
        if direction is None:
            raise InvalidRecord(
                f"`direction` is `{row['direction'][:40]}`; it must be `Originating` or `Terminating`", field="direction"
            )
        if not row["record_id"]:
            raise InvalidRecord("`recordId` is empty", field="recordId")
        called = row["called_number"] or row["dialed_digits"]
        if not called:
            raise InvalidRecord("`calledNumber` is empty: the record does not say who was called", field="calledNumber")
        indicator = row["answer_indicator"].lower()
        if indicator != "no" and not indicator.startswith("yes"):
            said = f"`answerIndicator` is `{row['answer_indicator'][:40]}`; it must be `Yes` or `No`"
            raise InvalidRecord(said, field="answerIndicator")
        start_us = _instant_us("startTime", row["start_time"])
        end_us = _instant_us("releaseTime", row["release_time"])
        answer_us = _instant_us("answerTime", row["answer_time"]) if indicator != "no" else None
        disposition, sip_code = ("answered", 200) if answer_us is not None else _outcome(row["termination_cause"])
        pair = sorted((row["local_call_id"], row["remote_call_id"]))
        leg = Leg(
            file=name,
            line=line.number,
            record=line.text,
            join="/".join(pair) if all(pair) else row["record_id"],
            identity=row["record_id"],
            identity_is="recordId",
            rank=0 if direction == "outbound" else 1,
            customer=row[self._customer_column],
            no_customer=f"`{_spoken(self._customer_column)}` is empty and no option `customer` says whose call it is",
            call_id=row["network_call_id"] or row["local_call_id"] or row["record_id"],
            start_us=start_us,
            answer_us=answer_us,
            end_us=end_us,
            talk_s=0 if answer_us is None else seconds(end_us - answer_us),
            disposition=disposition,
            data=self._data(row, cells, direction, called, sip_code),
        )
        leg.check()
        return leg

    def _data(self, row: dict[str, str], cells: list[str], direction: str, called: str, sip_code: int | None) -> dict[str, Any]:
        normalise = self._options.numbers.normalise
        is_private = row["type_of_network"].lower() == "private" or row["call_category"].lower() == "private"
        translated = row["network_translated_number"]
        diverting = [normalise(number) for number in (row["redirecting_number"], row["original_called_number"]) if number]
        near, far = ("caller", "callee") if direction == "outbound" else ("callee", "caller")
        return {
            "direction": "internal" if is_private else direction,
            "from": caller(normalise(row["calling_number"])),
            "to": normalise(translated if translated.startswith("+") else called),
            "user": self._user_id(cells) or (row["user_number"] if direction == "outbound" else ""),
            "line": normalise(row["user_number"]) if direction == "outbound" else "",
            "src_ip": _address(row["access_device_address"]) if direction == "outbound" else "",
            "trunk": "" if is_private else row["route"],
            "diversion": list(dict.fromkeys(diverting)) or None,
            "forwarded": True if diverting and direction == "outbound" else None,
            "sip_code": sip_code,
            "released_by": {"local": near, "remote": far}.get(row["releasing_party"].lower()),
            "dialled": row["dialed_digits"],
            "group": row["group"],
            "service_provider": row["service_provider"],
            "department": row["department"],
        }

    def _user_id(self, cells: list[str]) -> str:
        hint = self._release.user_id
        if hint is not None and hint < len(cells) and _USER_ID.fullmatch(cells[hint].strip()):
            return cells[hint].strip()
        found = {cell.strip() for cell in cells[self._release.searched_from :] if _USER_ID.fullmatch(cell.strip())}
        return found.pop() if len(found) == 1 else ""


def _instant_us(field: str, text: str) -> int:
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        year, month, day, hour, minute, second, fraction = found.groups()
        return parse_us(f"{year}-{month}-{day}T{hour}:{minute}:{second}.{fraction or '0'}Z")
    except ValueError:
        raise InvalidRecord(f"`{field}`: `{text[:40]}` is not a time such as 20260302140712.000", field=field) from None


def _outcome(cause: str) -> tuple[str, int | None]:
    """Disposition and SIP status of a call nobody answered, from its Q.850 cause."""
    number = int(cause) if cause.isascii() and cause.isdecimal() and len(cause) <= 3 else 0
    if number == 16:
        return "cancelled", 487  # cleared normally before an answer: the caller gave up
    code = Q850_TO_SIP.get(number)
    return ("failed", None) if code is None else (disposition_of_sip(code), code)


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _spoken(column: str) -> str:
    return "serviceProvider" if column == "service_provider" else column


FORMAT = BroadworksCsv()
