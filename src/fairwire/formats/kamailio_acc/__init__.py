"""Accounting of Kamailio and OpenSIPS: one row for each transaction, so that a call is an INVITE and a BYE.

Four ways of writing the same row are told apart line by line:

    ... ACC: transaction answered: timestamp=1772460432;method=INVITE;from_tag=a;to_tag=b;call_id=c;code=200;reason=OK;acct=...
    {"time": 1772460432, "method": "INVITE", "from_tag": "a", "to_tag": "b", "callid": "c", "sip_code": "200", ...}
    "1","INVITE","a","b","c","200","OK","2026-03-02 14:07:12","2025550117",...
    INVITE|a|b|c|200|OK|1772460432|...

The first is the log of `acc`, with `log_extra` behind it; the second `acc_json`; the third the table `acc` as CSV; the fourth
OpenSIPS' `flatstore`. What stands in the columns behind the time is the site's own choice; the option `columns` says.

The row of an INVITE is written when the call was answered or refused, so its time is that of the answer; how long it rang is not
told. Where the row has no time, that of the ACK is taken. A call without a BYE may be going on and is set aside. A 401 or 407
asks for the same INVITE with credentials, and a 3xx (that of a redirect point) is followed by another: neither is an end.
"""

from __future__ import annotations

import csv
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, ClassVar, NamedTuple

import msgspec

from fairwire.formats import (
    DUPLICATE,
    HORIZON,
    JOINED,
    MAX_LEGS,
    NOT_A_CALL,
    Found,
    Joiner,
    Leg,
    Line,
    Options,
    Reader,
    RecordFormat,
    address_of,
    caller,
    decoded,
    direction_of,
    disposition_of_sip,
    lines_of,
    local_us,
    refused,
    seconds,
)
from fairwire.model.errors import BadUse, InvalidRecord
from fairwire.model.instants import SECOND_US
from fairwire.ports.events import Rejected, Skipped

_TABLE = "id,method,from_tag,to_tag,callid,sip_code,sip_reason,time,src_user,src_domain,src_ip,dst_ouser,dst_user,dst_domain"
_FLAT = "method,from_tag,to_tag,callid,sip_code,sip_reason,time"
_SPELLINGS = {"timestamp": "time", "call_id": "callid", "code": "sip_code", "reason": "sip_reason"}
"""What the log calls them -> what the table and the JSON call them."""
_CALL_METHODS = frozenset({"INVITE", "ACK", "BYE", "CANCEL"})
_OTHER_METHODS = frozenset(
    {"MESSAGE", "REGISTER", "OPTIONS", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "PRACK", "UPDATE", "REFER"}
)
_ACC = re.compile(r"ACC: [a-z ]+: (?=timestamp=|method=)")
_EPOCH = re.compile(r"([0-9]{9,11})(?:\.([0-9]{1,6})[0-9]*)?")
_CHALLENGES = (401, 407)
CHALLENGE = "an INVITE that another was to follow"


class _Row(NamedTuple):
    """One transaction."""

    file: str
    line: int
    text: bytes
    """From where the row begins: what a log daemon writes before it is not part of it."""
    method: str
    from_tag: str
    code: int
    at_us: int | None
    fields: Mapping[str, str]


class KamailioAcc(RecordFormat):
    """Kamailio's and OpenSIPS' accounting rows."""

    name = "kamailio_acc"
    title = "Kamailio and OpenSIPS acc (log, JSON, CSV, flatstore)"
    suffixes = (".acc",)
    own_options: ClassVar = {
        "columns": f"names of the columns of CSV and flatstore rows, with commas, `-` for one that does not matter; "
        f"default: {_TABLE} for CSV, {_FLAT} for flatstore",
        "zone": "IANA time zone of times written as 2026-03-02 14:07:12; default: UTC",
        "caller": "fields that say who calls, the first that is filled; default: caller,src_user,from_user",
        "callee": "fields that say who is called, the first that is filled; default: callee,dst_user,dst_ouser,to_user",
        "account": "fields that say whose call it is, the first that is filled; default: customer,acct,account",
        "source": "fields with the address that the call came from; default: src_ip,src",
    }

    def reader(self, options: Options) -> Reader:
        """A reader for one file, calls not joined with those of others."""

        def read(name: str, stream: BinaryIO) -> Iterator[Found]:
            calls = _Calls(options)
            yield from calls.read(name, stream)
            yield from calls.finish()

        return read

    def read_files(
        self, files: Iterable[tuple[str, BinaryIO]], options: Mapping[str, str]
    ) -> Iterator[dict[str, Any] | Rejected | Skipped]:
        """Events of several files: the BYE of a call may stand in the next."""
        checked = Options(self.name, self.options, options)
        calls = _Calls(checked)
        joiner = Joiner(checked.source, checked.customer)

        def told(found: Iterable[Found]) -> Iterator[dict[str, Any] | Rejected | Skipped]:
            for one in found:
                if isinstance(one, Leg):
                    yield from joiner.add(one)
                else:
                    yield one

        for name, stream in files:
            yield from told(calls.read(name, stream))
        yield from told(calls.finish())
        yield from joiner.finish()


class _Calls:
    """Rows of calls that may have more."""

    def __init__(self, options: Options) -> None:
        self._rows = _Rows(options)
        self._open: OrderedDict[str, dict[bytes, _Row]] = OrderedDict()
        self._count = 0
        self._touched: dict[str, int] = {}

    def read(self, name: str, stream: BinaryIO) -> Iterator[Found]:
        for line in lines_of(name, stream):
            if not isinstance(line, Line):
                yield line
                continue
            if not line.text.strip():
                continue
            try:
                row = self._rows.row(name, line)
            except InvalidRecord as error:
                yield refused(name, line.number, line.text, error)
                continue
            if row is None:
                yield Skipped(file=name, line=line.number, why=NOT_A_CALL)
            else:
                yield from self._add(row)

    def _add(self, row: _Row) -> Iterator[Found]:
        key = row.fields["callid"]
        self._count += 1
        self._touched[key] = self._count
        rows = self._open.setdefault(key, {})
        self._open.move_to_end(key)
        if row.text in rows:
            yield Skipped(file=row.file, line=row.line, why=DUPLICATE)
        elif len(rows) == MAX_LEGS:
            yield Rejected.of(row.file, row.line, "callid", f"the call has more than {MAX_LEGS:,} rows", row.text)
        else:
            rows[row.text] = row
        oldest = next(iter(self._open))
        if self._count - self._touched[oldest] >= HORIZON:
            yield from self._close(oldest)

    def finish(self) -> Iterator[Found]:
        """What is left."""
        while self._open:
            yield from self._close(next(iter(self._open)))

    def _close(self, key: str) -> Iterator[Found]:
        rows = list(self._open.pop(key).values())
        del self._touched[key]
        teller = _teller(rows)
        try:
            leg = self._rows.leg(key, teller, rows)
            yield Skipped(file=teller.file, line=teller.line, why=CHALLENGE) if leg is None else leg
        except InvalidRecord as error:
            yield refused(teller.file, teller.line, teller.text, error)
        yield from (Skipped(file=row.file, line=row.line, why=JOINED) for row in rows if row is not teller)


class _Rows:
    """Reads one row, and makes a call of several."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._zone = options.zone("zone", "UTC")
        columns = options.text("columns")
        self._table = _names(columns or _TABLE)
        self._flat = _names(columns or _FLAT)
        self._caller = _names(options.text("caller", "caller,src_user,from_user"))
        self._callee = _names(options.text("callee", "callee,dst_user,dst_ouser,to_user"))
        self._account = _names(options.text("account", "customer,acct,account"))
        self._source = _names(options.text("source", "src_ip,src"))

    def row(self, name: str, line: Line) -> _Row | None:
        """One line; None when it is not about a call."""
        text = decoded(line.text, self._options.encoding)
        found = self._fields(text, line)
        if found is None:
            return None
        fields, begin = found
        method = fields.get("method", "")
        if method in _OTHER_METHODS:
            return None
        if method not in _CALL_METHODS:
            raise InvalidRecord(f"`method` is `{method[:40]}`; it must be INVITE, ACK, BYE or CANCEL", field="method")
        for needed in ("callid", "from_tag", "sip_code"):
            if not fields.get(needed):
                raise InvalidRecord(f"the row has no `{needed}`", field=needed)
        if not re.fullmatch(r"[2-6][0-9]{2}", fields["sip_code"]):
            raise InvalidRecord(f"`sip_code`: `{fields['sip_code'][:40]}` is not a final SIP status", field="sip_code")
        return _Row(
            file=name,
            line=line.number,
            text=text[begin:].encode("utf-8"),
            method=method,
            from_tag=fields["from_tag"],
            code=int(fields["sip_code"]),
            at_us=self._instant_us(fields.get("time", "")),
            fields=fields,
        )

    def _fields(self, text: str, line: Line) -> tuple[dict[str, str], int] | None:
        """Name -> value, and where the row begins."""
        logged = _ACC.search(text)
        if logged is not None:
            if not line.ended:  # nothing else tells that the last value is whole
                raise InvalidRecord("the file is cut off in the middle of this row")
            pairs = (pair.partition("=") for pair in text[logged.end() :].split(";"))
            return {_SPELLINGS.get(key, key): value for key, _, value in pairs if key}, logged.start()
        begin = text.find("{")
        if begin >= 0 and '"method"' in text:
            return _of_json(text[begin:]), begin
        if text.startswith('"'):
            return self._of_cells(_cells(text), self._table, line), 0
        if text.count("|") >= 5:
            return self._of_cells(text.split("|"), self._flat, line), 0
        if text.startswith("{") or not line.ended:
            raise InvalidRecord("the file is cut off in the middle of this row, or it is none")
        return None

    @staticmethod
    def _of_cells(cells: Sequence[str], names: Sequence[str], line: Line) -> dict[str, str]:
        if len(cells) < len(names):
            cut = "" if line.ended else ": the file is cut off in the middle of this row"
            raise InvalidRecord(f"the row has {len(cells)} columns; at least {len(names)} belong here{cut}")
        return {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name != "-"}

    def _instant_us(self, text: str) -> int | None:
        if not text:
            return None
        epoch = _EPOCH.fullmatch(text)
        if epoch is not None:
            return int(epoch[1]) * SECOND_US + int((epoch[2] or "").ljust(6, "0"))
        return local_us("time", text, self._zone)

    def leg(self, call_id: str, teller: _Row, rows: Sequence[_Row]) -> Leg | None:
        """The call; None: it was challenged or redirected, and the INVITE that followed is not here."""
        if teller.method == "INVITE" and teller.code < 300:
            return self._answered(call_id, teller, rows)
        cancelled = any(row.method == "CANCEL" for row in rows)
        if not cancelled and teller.method != "INVITE":
            raise InvalidRecord("the INVITE of this call is not in the files", field="method")
        if not cancelled and not _is_final(teller):
            return None
        at_us = _time_of(teller)
        code = teller.code if _is_final(teller) else 487
        return self._made(
            call_id, teller, rows, start_us=at_us, answer_us=None, end_us=at_us,
            disposition="cancelled" if cancelled else disposition_of_sip(code), sip_code=code,
        )  # fmt: skip

    def _answered(self, call_id: str, invite: _Row, rows: Sequence[_Row]) -> Leg:
        acks = [row for row in rows if row.method == "ACK" and row.at_us is not None]
        byes = [row for row in rows if row.method == "BYE"]
        if not byes:
            raise InvalidRecord("the call was answered and its BYE is not in the files: it may be going on", field="method")
        answer_us = acks[0].at_us if invite.at_us is None and acks else _time_of(invite)
        end_us, bye = min(((_time_of(row), row) for row in byes), key=lambda one: one[0])
        assert answer_us is not None
        return self._made(
            call_id, invite, rows, start_us=answer_us, answer_us=answer_us, end_us=end_us, disposition="answered",
            released_by="caller" if bye.from_tag == invite.from_tag else "callee",
        )  # fmt: skip

    def _made(
        self,
        call_id: str,
        teller: _Row,
        rows: Sequence[_Row],
        *,
        start_us: int,
        answer_us: int | None,
        end_us: int,
        disposition: str,
        **more: Any,
    ) -> Leg:
        calling, called = self._filled(teller, self._caller), self._filled(teller, self._callee)
        if not called:
            raise InvalidRecord(
                f"none of {', '.join(self._callee)} is filled: nobody knows who was called",
                field="callee",
                help_="name the field with --option callee=NAME, and columns with --option columns=NAMES",
            )
        normalise = self._options.numbers.normalise
        leg = Leg(
            file=teller.file,
            line=teller.line,
            record=b"\n".join(sorted(row.text for row in rows)),
            join="",
            customer=self._filled(teller, self._account),
            no_customer=f"none of {', '.join(self._account)} is filled, and no option `customer` says whose call it is",
            call_id=call_id,
            start_us=start_us,
            answer_us=answer_us,
            end_us=end_us,
            talk_s=0 if answer_us is None else seconds(end_us - answer_us),
            disposition=disposition,
            data={
                "direction": direction_of(calling, called, from_outside=False),
                "from": caller(normalise(calling)),
                "to": normalise(called),
                "src_ip": address_of(self._filled(teller, self._source)) or "",
                **more,
            },
        )
        leg.check()
        return leg

    @staticmethod
    def _filled(row: _Row, names: Sequence[str]) -> str:
        return next((row.fields[name] for name in names if row.fields.get(name)), "")


def _is_final(row: _Row) -> bool:
    """A refusal that is the last word."""
    return row.method == "INVITE" and row.code >= 400 and row.code not in _CHALLENGES


def _teller(rows: Sequence[_Row]) -> _Row:
    """The row that tells the call: its answer, else the last refusal, else what there is."""
    invites = [row for row in rows if row.method == "INVITE"]
    answered = [row for row in invites if row.code < 300]
    final = [row for row in invites if _is_final(row)]
    cancels = [row for row in rows if row.method == "CANCEL"]
    return next(iter([*answered, *reversed(final), *cancels, *reversed(invites), *rows]))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise BadUse(f"`{text[:60]}` is not a list of names", help_="separate them with commas; `-` passes a column over")
    return names


def _time_of(row: _Row) -> int:
    if row.at_us is None:
        raise InvalidRecord(f"the row of the {row.method} has no time", field="time")
    return row.at_us


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise InvalidRecord(f"not a row of quoted columns: {error}") from None


def _of_json(text: str) -> dict[str, str]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRecord(f"not JSON: {str(error).removeprefix('JSON is malformed: ')}") from None
    if not isinstance(found, dict):
        raise InvalidRecord("not a row: a JSON object belongs here")
    texts = {str(key): value for key, value in found.items()}
    return {_SPELLINGS.get(key, key): str(value) for key, value in texts.items() if isinstance(value, str | int | float)}


FORMAT = KamailioAcc()
