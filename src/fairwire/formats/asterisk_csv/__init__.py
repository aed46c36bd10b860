"""Asterisk's `cdr_csv`: Master.csv and the files per account, quoted, without a header.

16 columns are always there; `uniqueid`, `userfield` and the three of `newcdrcolumns` (`peeraccount`, `linkedid`,
`sequence`) follow when cdr.conf says so, which gives 16 to 21. With 17 or 20 columns it cannot be seen whether the
extra one is the unique id or the user field; the option `columns` says, and without it the unique id is taken, which
Asterisk writes first. Times are local to the switch unless cdr.conf has `usegmtime=yes`; the option `zone` says.

Rows of one call (attempts of a queue, forked legs, a transfer) share `linkedid`, or else `uniqueid`, and give one
event. Without either each row is a call of its own.

A row is one line: a quote that is left open is refused, and the next line is read as a row again, so one damaged row
never swallows the sound ones after it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO, ClassVar

from fairwire.formats import (
    Found,
    Leg,
    Line,
    Options,
    Reader,
    RecordFormat,
    caller,
    decoded,
    direction_of,
    lines_of,
    local_us,
    refused,
    whole_seconds,
)
from fairwire.model.errors import InvalidRecord
from fairwire.model.instants import SECOND_US

_BASE = (
    "accountcode",
    "src",
    "dst",
    "dcontext",
    "clid",
    "channel",
    "dstchannel",
    "lastapp",
    "lastdata",
    "start",
    "answer",
    "end",
    "duration",
    "billsec",
    "disposition",
    "amaflags",
)
_NEWER = ("peeraccount", "linkedid", "sequence")
_OPTIONAL = {"uniqueid": ("uniqueid",), "userfield": ("userfield",), "uniqueid,userfield": ("uniqueid", "userfield"), "none": ()}
_DISPOSITIONS = {
    "ANSWERED": "answered",
    "NO ANSWER": "no_answer",
    "BUSY": "busy",
    "FAILED": "failed",
    "CONGESTION": "failed",
}
_CLOCK_SLACK_S = 1
"""Asterisk cuts each time to whole seconds, and `initiatedseconds` rounds the talk time up."""

_PEER = re.compile(r"^(?:SIP|PJSIP|IAX2|SCCP|DAHDI|MGCP|Motif)/(.+?)(?:-[0-9a-fA-F]+)?(?:;\d)?$")
_CALLER_NAME = re.compile(r'^"(.*)" <[^>]*>$')
_DEFAULT_OUTSIDE = "from-trunk,from-pstn,from-did-direct,from-external,inbound,incoming"


class AsteriskCsv(RecordFormat):
    """Asterisk Master.csv."""

    name = "asterisk_csv"
    title = "Asterisk cdr_csv (Master.csv)"
    suffixes = (".csv",)
    own_options: ClassVar = {
        "columns": "the optional columns cdr.conf switches on: none, uniqueid, userfield, or uniqueid,userfield; "
        "default: told from the number of columns, and uniqueid where that leaves it open",
        "zone": "IANA time zone of the times in the file; default: UTC (usegmtime=yes)",
        "inbound": f"dialplan contexts, with commas, that calls from the network enter; default: {_DEFAULT_OUTSIDE}",
    }

    def reader(self, options: Options) -> Reader:
        """A reader for one file after the other."""
        return _Rows(options).read


class _Rows:
    def __init__(self, options: Options) -> None:
        self._options = options
        columns = options.choice("columns", ["", *_OPTIONAL], "")
        self._optional = _OPTIONAL[columns] if columns else None
        self._zone = options.zone("zone", "UTC")
        self._outside = options.words("inbound", _DEFAULT_OUTSIDE)

    def read(self, name: str, stream: BinaryIO) -> Iterator[Found]:
        width = 0  # columns of the row before
        for line in lines_of(name, stream):
            if not isinstance(line, Line):
                yield line
                continue
            if not line.text.strip():
                continue
            try:
                cells = self._cells(line, width)
                width = len(cells)
                yield self._leg(name, line, cells)
            except InvalidRecord as error:
                yield refused(name, line.number, line.text, error)

    def _cells(self, line: Line, width: int) -> list[str]:
        text = decoded(line.text, self._options.encoding)
        if text.count('"') % 2:
            cut = "" if line.ended else ": the file is cut off in the middle of this row"
            raise InvalidRecord(f"a quote is opened and never closed{cut}")
        try:
            cells = next(csv.reader([text], strict=True), [])
        except csv.Error as error:
            raise InvalidRecord(f"not a row of quoted columns: {error}") from None
        if not line.ended and width and len(cells) < width:
            raise InvalidRecord("the file is cut off in the middle of this row")
        return cells

    def _layout(self, count: int) -> tuple[str, ...]:
        newer = _NEWER if count >= len(_BASE) + len(_NEWER) else ()
        extra = count - len(_BASE) - len(newer)
        if self._optional is not None:
            optional = self._optional
            if extra != len(optional):
                wanted = len(_BASE) + len(optional)
                raise InvalidRecord(f"the row has {count} columns; with these optional columns it has {wanted} or {wanted + 3}")
        elif 0 <= extra <= 2:
            optional = ("uniqueid", "userfield")[:extra]
        else:
            raise InvalidRecord(f"the row has {count} columns; a row of cdr_csv has 16 to 21")
        return (*_BASE, *optional, *newer)

    def _leg(self, name: str, line: Line, cells: list[str]) -> Leg:
        layout = self._layout(len(cells))
        row = dict(zip(layout, cells, strict=True))
        disposition = _DISPOSITIONS.get(row["disposition"].strip().upper())
        if disposition is None:
            known = ", ".join(f"`{word}`" for word in _DISPOSITIONS)
            raise InvalidRecord(f"`disposition` is `{row['disposition'][:40]}`; it must be one of {known}", field="disposition")
        if not row["dst"].strip():
            raise InvalidRecord("`dst` is empty: the row does not say who was called", field="dst")
        duration_s = whole_seconds("duration", row["duration"].strip())
        talk_s = whole_seconds("billsec", row["billsec"].strip())
        if talk_s > duration_s + _CLOCK_SLACK_S:
            raise InvalidRecord(f"`billsec` {talk_s} is longer than `duration` {duration_s}", field="billsec")
        start_us, answer_us, end_us = self._instants(row, answered=disposition == "answered")
        lasted_s = (end_us - start_us) // SECOND_US
        if end_us >= start_us and abs(lasted_s - duration_s) > _CLOCK_SLACK_S + 1:
            raise InvalidRecord(
                f"`duration` {duration_s} contradicts the times: from `start` to `end` are {lasted_s} s", field="duration"
            )
        uniqueid, sequence = row.get("uniqueid", "").strip(), row.get("sequence", "").strip()
        call_id = row.get("linkedid", "").strip() or uniqueid
        leg = Leg(
            file=name,
            line=line.number,
            record=line.text,
            join=call_id,
            identity=f"{uniqueid}/{sequence}" if uniqueid and sequence else "",
            identity_is="uniqueid and sequence",
            rank=0 if _peer(row["channel"]) else 1,  # rows of Local channels stand behind those of devices
            customer=row["accountcode"].strip(),
            no_customer="`accountcode` is empty and no option `customer` says whose call it is",
            call_id=call_id or f"{row['channel']}@{row['start']}",
            start_us=start_us,
            answer_us=answer_us,
            end_us=end_us,
            talk_s=talk_s if answer_us is not None else 0,
            disposition=disposition,
            data=self._data(row),
        )
        leg.check()
        return leg

    def _instants(self, row: dict[str, str], *, answered: bool) -> tuple[int, int | None, int]:
        start_us = local_us("start", row["start"].strip(), self._zone)
        end_us = local_us("end", row["end"].strip(), self._zone)
        if end_us < start_us:  # the hour that the clock shows twice in autumn
            end_us = local_us("end", row["end"].strip(), self._zone, fold=1)
        if not answered:
            return start_us, None, end_us  # rows of refused calls may carry an answer time all the same
        if not row["answer"].strip():
            raise InvalidRecord("`disposition` is ANSWERED, but there is no `answer` time", field="answer")
        answer_us = local_us("answer", row["answer"].strip(), self._zone)
        if answer_us < start_us:
            answer_us = local_us("answer", row["answer"].strip(), self._zone, fold=1)
        return start_us, answer_us, end_us

    def _data(self, row: dict[str, str]) -> dict[str, object]:
        caller_number, called_number = row["src"].strip(), row["dst"].strip()
        direction = direction_of(caller_number, called_number, from_outside=row["dcontext"] in self._outside)
        near, far = _peer(row["channel"]), _peer(row["dstchannel"])
        if direction == "inbound":
            near, far = far, near
        name = _CALLER_NAME.match(row["clid"])
        number = self._options.numbers.normalise(caller_number)
        return {
            "direction": direction,
            "from": caller(number),
            "to": self._options.numbers.normalise(called_number),
            "user": near,
            "line": number if direction != "inbound" and caller_number[-1:].isdecimal() else "",
            "trunk": far if direction != "internal" else "",
            "display_name": name[1] if name else "",
            "context": row["dcontext"],
            "application": row["lastapp"],
        }


def _peer(channel: str) -> str:
    """The endpoint a channel belongs to: `desk-12` of `PJSIP/desk-12-0000002a`; empty for a channel of no device."""
    found = _PEER.match(channel)
    return found[1] if found else ""


FORMAT = AsteriskCsv()
