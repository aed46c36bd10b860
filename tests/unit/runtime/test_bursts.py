"""Calls that come together are decided, counted and logged as the same calls one by one, in their order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fairwire.decisions.answers import connected
from fairwire.model.customers import Customer
from fairwire.model.decision import Decision, Reason
from fairwire.model.instants import format_us, parse_us
from fairwire.model.order import Order
from fairwire.numbers.destinations import Destinations
from fairwire.ports.plain_call import PlainCall, PlainCaller, PlainCalls
from fairwire.runtime.attempts import call_key, made_attempt
from fairwire.runtime.data import open_control
from fairwire.runtime.journal import Keeping
from fairwire.runtime.lanes import Lanes, Met, Ready, notice_of
from fairwire.runtime.live import Live
from fairwire.runtime.registers import ORDERS
from fairwire.runtime.stream import Taken
from traces import real_plan, table_for

NOW_US = parse_us("2026-03-02T14:00:00Z")
HOUSE = [
    Customer(id="plain", policy="clearspan", country="US", numbers=("+12025550*",)),
    Customer(id="large", policy="clearspan", country="US", numbers=("+12025550*",), user_limit=5_000),
    Customer(id="home", policy="jns", country="US", international=False, numbers=("+12025550*",)),
    Customer(id="bars", policy="caup", country="US", numbers=("+12025550*",), barred_destinations=("+1212", "premium")),
    Customer(id="gone", policy="natterbox", country="GB", state="suspended", numbers=("+442079460100",)),
    Customer(id="paid", policy="natterbox", country="GB", monthly_charge_limit="2.00", on_limit="refuse", numbers=("+4420*",)),
    Customer(id="two", policy="natterbox", country="GB", max_active_connections=2, on_limit="refuse", numbers=("+4420*",)),
    Customer(id="few", policy="natterbox", country="GB", max_calls_per_second=2, on_limit="refuse", numbers=("+4420*",)),
    Customer(id="clear", policy="natterbox", country="GB", numbers=("+4420*",)),
    Customer(id="new", policy="clearspan", country="US", opened="2026-03-01", numbers=("+12025550*",)),
    Customer(id="under", policy="clearspan", country="US", numbers=("+12025550*",)),
]  # fmt: skip
CALLERS = ("+12025550100", "+12025550101", "+442079460100", "anonymous")
CALLED = (
    "+12025550123", "+447700900123", "+442079460199", "+12025550124", "911", "+19115550100", "+12125550188", "+12120000000",
    "+19005550123", "1002", "+5351234567",
)  # fmt: skip


class Clock:
    """Says what it is told to, one after another, and then the last of it again."""

    def __init__(self) -> None:
        self.script: list[int] = []
        self.now_us = NOW_US

    def __call__(self) -> int:
        if self.script:
            self.now_us = self.script.pop(0)
        return self.now_us


class Service:
    """A service with its own clock and its own log."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self._store = open_control(folder)
        plan = real_plan()
        self.live = Live(folder, plan, table_for(plan, HOUSE), self._store, self.clock, None, Keeping())
        order = Order(
            order_id="o-1", key="k-1", finding_id="f-1", customer="under", policy="clearspan@1", clauses=("C03",),
            detector="fraud.toll_spend", step="throttle", target="customer", value=None, reason="Much", author="person:ann",
            created=format_us(NOW_US - 1), expires=format_us(NOW_US + 10**15), owner=None, approvals=0, state="in_force",
            undo="calls connect again",
        )  # fmt: skip
        self._store.records.write([ORDERS.change(None, order, at_us=NOW_US, by="person:ann", action="order")])
        self.live._in_force.read()
        self.live._series_at = math.inf  # nothing is saved meanwhile: orders that follow would come sooner or later by chance

    def logged(self, after: int) -> list[tuple[int, bytes]]:
        """Kind and content of records behind a number, without the ids that findings got by chance."""
        log = self.live._journal._log
        log.synced().result()
        return [(each.kind, each.payload) for each in log.records(after)]

    def close(self) -> None:
        self.live.close()
        self._store.close()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    some, one = (Service(tmp_path_factory.mktemp(name)) for name in ("some", "one"))
    yield some, one
    some.close()
    one.close()


_number = iter(range(10**9))
CALLERS_MET: dict[tuple[object, ...], PlainCaller] = {}
"""As the redirect point has them: one for all calls of a line."""
call = st.fixed_dictionaries(
    {
        "customer": st.sampled_from([*[each.id for each in HOUSE], "", "two", "few", "large"]),
        "from_": st.sampled_from(CALLERS),
        "to": st.sampled_from(CALLED[:4] * 4 + CALLED),
        "direction": st.sampled_from(["outbound"] * 8 + ["inbound", "internal"]),
        "more": st.sampled_from(
            [{}, {}, {}, {"display_name": "Ann"}, {"pai": "+12025550100"}, {"rate_per_min": "3.00"}, {"rate_per_min": "0"},
             {"user": "u1"}, {"display_name": 'a"b%s', "user_agent": 'x"%d\\y'}, {"pai": 'a"b'}, {"line": 'x","a":"9'},
             {"user_agent": "100% phone", "trunk": "t%"}]
        ),
        "met": st.sampled_from([True, True, True, False]),
        "again": st.sampled_from(["", "", "", "", "", "same", "to another"]),
        "reported": st.sampled_from([False] * 9 + [True]),
        "after_us": st.sampled_from([0, 1, 1_000, 1_000, 1_000, 400_000, 61_000_000, 3_600_000_000, 40_000_000_000, -2_000_000]),
    }
)  # fmt: skip
bursts = st.lists(st.lists(call, min_size=1, max_size=24), min_size=1, max_size=6)


def made(said: dict[str, Any], before: PlainCall | None) -> PlainCall:
    if said["again"] and before is not None:
        other = said["to"] if said["again"] == "to another" else before.to
        event_id = before.event_id if said["again"] == "same" else f"{next(_number):024x}"
        return msgspec.structs.replace(before, to=other, event_id=event_id)
    number = next(_number)
    more = {"line": said["from_"], "src_ip": "192.0.2.7", "transport": "udp", **said["more"]}
    if said["direction"] == "inbound":
        del more["line"]
    caller = PlainCaller(said["customer"], said["direction"], said["from_"], **more)
    if said["met"]:
        caller = CALLERS_MET.setdefault(msgspec.structs.astuple(caller)[:-1], caller)
    return PlainCall("sip", f"{number:024x}", caller, f"k{number}", said["to"])


def told(decision: Decision | Exception) -> object:
    """A decision without how long it took, and what findings are called by chance."""
    if isinstance(decision, Exception):
        return repr(decision)
    return msgspec.structs.replace(decision, elapsed_us=0)


def one_by_one(service: Service, call: PlainCall) -> Decision | Exception:
    try:
        return service.live.decide_call(call.fields(), source=call.source, event_id=call.event_id)
    except Exception as error:
        return error


def reported(call: PlainCall, at_us: int) -> bytes:
    _, line = made_attempt(call.fields(), source="proxy", event_id=f"r-{call.event_id}", at_us=at_us)
    return line


def said_in(line: bytes) -> Any:
    """What a line of the log says."""
    return msgspec.json.decode(line)


def entries(service: Service) -> dict[str, Any]:
    """What the service counts, but for the size of its tables."""
    stream = service.live._stream
    stream.catch_up()
    arrays = stream.arrays()
    found: dict[str, Any] = {}
    for name in ("ids", "calls"):
        keys, values = arrays.pop(f"{name}.keys"), arrays.pop(f"{name}.values")
        full = np.flatnonzero(keys)
        found[name] = dict(zip(keys[full].tolist(), values[full].tolist(), strict=True))
    found |= {name: array.tobytes() for name, array in arrays.items()}
    found["findings"] = {key: (known.finding, known.hit.row.tobytes(), known.hit.evidence) for key, known in stream.known.items()}
    found["next"] = (stream.next_row, stream.day_us, [said_in(line) for line in stream.lines()])
    tally = service.live._tally
    found |= {"counts": tally.counts, "hours": tally.hours, "refused": tally.refused}
    found["answers"] = sorted((key, repr(told(answer))) for key, answer in tally.answers)
    found["first"] = {call: key for part in tally.answers._first for call, (key, _) in part.items()}
    as_logged = (msgspec.json.decode(each)[0] for part in tally.answers._written for each in part.values())
    found["first"] |= {call_key(key): key for key in as_logged}
    return found


def as_read(calls: list[PlainCall]) -> PlainCalls:
    """Calls as they stand in what a reader wrote of them: not in the order of their texts, and with others between."""
    text, spans = b"", []
    for call in calls:
        span: list[int] = []
        for said in (call.to, call.event_id, call.call_id):
            text += b"?"
            span += (len(text), len(text) + len(said))
            text += said.encode("ascii")
        spans.append(span)
    of = [call.caller for call in calls]
    return PlainCalls(calls[0].source, of, np.frombuffer(text, dtype=np.uint8), np.array(spans, dtype=np.int64))


def unnamed(decision: object) -> object:
    """A decision without the event that it names, where it connects with nothing noticed."""
    plain = isinstance(decision, Decision) and decision.decision == "allow" and not decision.reasons
    return msgspec.structs.replace(decision, event=None) if plain else decision  # type: ignore[type-var]


@pytest.mark.parametrize("read", [False, True])
@given(said=bursts)
@settings(max_examples=120, deadline=None, phases=[Phase.generate])  # one example goes on where the last one ended
def test_a_burst_is_decided_counted_and_logged_as_its_calls_one_by_one(
    services: tuple[Service, Service], read: bool, said: list[list[dict[str, Any]]]
) -> None:
    some, one = services
    after = [each.live._journal._log.last_seq for each in services]
    now = max(some.clock.now_us, one.clock.now_us)
    before: PlainCall | None = None
    for burst in said:
        calls: list[PlainCall] = []
        times: list[int] = []
        for each in burst:
            before = made(each, before)
            now += each["after_us"]
            calls.append(before)
            times.append(now)
            if each["reported"] and before.caller.customer:
                for service in services:
                    service.clock.now_us = now
                    service.live.accept([reported(before, now)])
        some.clock.script = list(times)
        together = some.live.decide_plain(as_read(calls)) if read else some.live.decide_calls(calls)
        apart = []
        for each_call, at_us in zip(calls, times, strict=True):
            one.clock.now_us = at_us
            apart.append(one_by_one(one, each_call))
        assert not some.clock.script, "each call has its own time"
        if read:
            together, apart = ([unnamed(each) for each in found] for found in (together, apart))  # type: ignore[assignment]
        assert [told(each) for each in together] == [told(each) for each in apart]
    assert some.logged(after[0]) == one.logged(after[1])
    mine, theirs = entries(some), entries(one)
    assert [name for name in mine if mine[name] != theirs[name]] == []


def usual(number: int, customer: str = "large", from_: str = "+12025550100", **more: str) -> PlainCall:
    given = {"line": from_, "src_ip": "192.0.2.9", "transport": "udp", "user_agent": "Phone", **more}
    to = f"+1415555{number * 1_237 % 10_000:04d}"
    return PlainCall("sip", f"{number:024x}", PlainCaller(customer, "outbound", from_, **given), f"k{number}", to)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    for _ in range(60):
        made.live.decide_calls([usual(next(_number)) for _ in range(10)])
    yield made
    made.close()


@pytest.mark.parametrize("read", [False, True])
def test_most_calls_of_a_burst_are_decided_together(service: Service, monkeypatch: pytest.MonkeyPatch, read: bool) -> None:
    alone: list[object] = []
    decided = service.live._decided

    def watched(*given: Any) -> Decision:
        alone.append(given)
        return decided(*given)

    monkeypatch.setattr(service.live, "_decided", watched)
    for _ in range(20):
        calls = [usual(next(_number)) for _ in range(16)]
        if read:
            service.live.decide_plain(as_read(calls))
        else:
            service.live.decide_calls(calls)
    assert len(alone) < 10, f"{len(alone)} of 320 were decided by themselves"


@pytest.mark.parametrize("read", [False, True])
def test_a_crisis_line_among_usual_calls_is_connected_and_counted_against_nobody(service: Service, read: bool) -> None:
    """Its number is as long as any, and those beside it were called before: nothing that is remembered may answer for it."""
    helps = "+358925250111"
    assert service.live.is_emergency(helps)
    for number in range(40):  # its neighbours are known to whatever reads numbers
        call = msgspec.structs.replace(usual(next(_number)), to=f"+3589252502{number:02d}")
        service.live.decide_calls([call])
    calls = [usual(next(_number)) for _ in range(5)]
    calls[2] = msgspec.structs.replace(calls[2], to=helps)
    before = service.live._stream.next_row
    found = service.live.decide_plain(as_read(calls)) if read else service.live.decide_calls(calls)
    reasons = [each.reasons for each in found if isinstance(each, Decision)]
    assert [each.decision for each in found if isinstance(each, Decision)] == ["allow"] * 5
    assert [bool(each) and each[0].detector == "inline.emergency_calls" for each in reasons] == [False, False, True, False, False]
    assert service.live._stream.next_row == before + 4


def test_a_rule_that_holds_in_the_middle_of_a_burst_refuses_the_rest_and_what_is_refused_is_not_in_progress(
    service: Service,
) -> None:
    def asked() -> list[str]:
        calls = [usual(next(_number), "two", "+442079460100") for _ in range(12)]
        calls = [msgspec.structs.replace(each, to="+442079460199") for each in calls]
        found = service.live.decide_calls(calls)
        return [each.decision if isinstance(each, Decision) else repr(each) for each in found]

    assert asked() == ["allow"] * 2 + ["limit"] * 10
    assert asked() == ["limit"] * 12


AFTER_US = (1_234_567, 2_000_000, 999_999, -1, 3_600_000_001)


def readied(lanes: Lanes, call: PlainCall, customer: Customer, at_us: int) -> Ready:
    if lanes.of(call.caller, customer) is None:
        lanes.open(call.caller, 0, customer, "", np.zeros(1, dtype=np.int64))
    met = lanes.meet(call.caller, lanes.of(call.caller, customer))
    assert isinstance(met, Met)
    named = met.lane.head + call.call_id
    return Ready(0, call, met, met.lane, at_us, named, f"{named}\0{call.caller.from_}\0{call.to}")


@pytest.mark.parametrize("source", ["sip", "kamailio"])
@pytest.mark.parametrize("more", [{}, {"display_name": "A %s % b", "pai": "+12025550101"}, {"user": "u%", "trunk": 't"\\'}])
def test_lines_and_answers_of_the_log_are_what_the_encoder_writes(more: dict[str, str], source: str) -> None:
    table = table_for(real_plan(), [Customer(id='c"%é', policy="clearspan", country="US", numbers=("+12025550*",))])
    lanes = Lanes(Destinations())
    calls = [msgspec.structs.replace(usual(7, 'c"%é', **more), call_id=f"a%s-{n}" * (n + 1), source=source) for n in range(5)]
    ready = [readied(lanes, call, table.customers[0], NOW_US + at) for call, at in zip(calls, AFTER_US, strict=True)]
    lanes.fill(ready)
    policies = ['p/"é@1', "clearspan@2", "clearspan@2", 'p/"é@1']
    texts = lanes.texts(1, policies)
    for one, policy, line, answer in zip(ready[1:], policies, texts[::2], texts[1::2], strict=True):
        call = one.call
        assert line == made_attempt(call.fields(), source=source, event_id=call.event_id, at_us=one.at_us)[1]
        key = "\0".join((call.caller.customer, call.call_id, call.caller.from_, call.to))
        assert one.key == key
        assert answer == msgspec.json.encode((key, connected(policy, call.event_id)))
    assert lanes.texts(0, []) == []


def test_what_is_noticed_is_written_too() -> None:
    customer = Customer(id="c", policy="clearspan", country="US")
    lanes = Lanes(Destinations())
    one = readied(lanes, usual(3, "c"), customer, NOW_US)
    lanes.fill([one])
    reason = Reason(clause="C01", text='Much "/event/" é', detector="fraud.toll_spend")
    for policy in ("p@1", 'p/"é@1'):
        _, plain = lanes.texts(0, [policy])
        answer = lanes.with_notice(plain, policy, notice_of(policy, (reason,)), one.call.event_id)
        assert answer == msgspec.json.encode((one.key, connected(policy, one.call.event_id, (reason,))))


@pytest.mark.parametrize("call_id", ['a"b', "a\\b", "x" * 4_090])
def test_what_json_would_write_otherwise_or_has_no_room_is_left_to_the_encoder(call_id: str) -> None:
    customer = Customer(id="c", policy="clearspan", country="US")
    lanes = Lanes(Destinations())
    lanes._destinations.learn("14155550100")
    lanes._destinations.learn("12025550100")
    calls = [msgspec.structs.replace(usual(1, "c"), call_id=one, to="+14155550100") for one in ("k1", call_id, "k2")]
    lanes.open(calls[0].caller, 0, customer, "", np.zeros(1, dtype=np.int64))
    found, codes = lanes.fill([readied(lanes, call, customer, NOW_US) for call in calls])
    assert [each >= 0 for each in found] == [True, False, True]
    assert codes[0] == codes[2] >= 0 > codes[1]


def test_the_rules_that_are_run_past_are_those_that_refuse_nobody_under_any_policy(service: Service) -> None:
    facts, program = service.live._facts, real_plan().program
    past = {program.rules[rule].detector for rule in facts.never_refuse()}
    others = {rule.detector for rule in program.rules} - past
    assert "access.plain_transport" in past
    assert {"limits.calls_per_second", "limits.concurrent_calls", "limits.calls_per_day"} <= others
    for place, rule in enumerate(program.rules):
        if rule.detector in past:
            for name, enabled in zip(program.packs, program.enabled, strict=True):
                hit = facts.hit(name, place, "It holds.", None)
                assert not enabled[place] or not (hit.hard and hit.mode == "enforce"), rule.detector


def test_calls_on_which_a_rule_holds_that_refuses_none_stay_in_their_burst(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> list[Decision | Exception]:
        calls = [usual(next(_number), "clear", "+442079460100") for _ in range(16)]
        return service.live.decide_calls([msgspec.structs.replace(each, to=f"+44161496{each.to[-4:]}") for each in calls])

    for _ in range(4):
        asked()
    slow: list[object] = []

    def watched(takes: Callable[..., Any]) -> Callable[..., Any]:
        def takes_and_tells(*given: Any) -> Any:
            slow.append(given)
            return takes(*given)

        return takes_and_tells

    for name in ("_held", "_decided"):
        monkeypatch.setattr(service.live, name, watched(getattr(service.live, name)))
    stretches: list[int] = []
    takes = service.live._stream.take_foreseen

    def taken(rows: Any, *given: Any) -> Any:
        stretches.append(len(rows))
        return takes(rows, *given)

    monkeypatch.setattr(service.live._stream, "take_foreseen", taken)
    noticed = 0
    for _ in range(20):
        for each in asked():
            assert isinstance(each, Decision)
            assert each.decision == "allow"
            noticed += any(reason.detector == "access.plain_transport" for reason in each.reasons)
    assert noticed == 320, "signalling in clear text is noticed on all of them"
    assert not slow, f"{len(slow)} of 320 took the long way"
    assert stretches == [16] * 20, "the rules are run past"


asked = st.fixed_dictionaries(
    {
        "customer": st.sampled_from(["large", "large", "plain", "two", "home", "clear", "", "nobody"]),
        "from": st.sampled_from(CALLERS),
        "to": st.sampled_from(CALLED[:4] * 4 + CALLED),
        "direction": st.sampled_from(["outbound"] * 8 + ["inbound", "sideways"]),
    },
    optional={
        "line": st.sampled_from(["+12025550100", "", 'x","rate_per_min":"9.0', "a\\b"]),
        "user_agent": st.sampled_from(["Phone", "Télefon", 'x"%d']),
        "transport": st.just("udp"),
        "pai": st.sampled_from(["+12025550100", 'a"b']),
        "rate_per_min": st.just("3.00"),
        "diversion": st.just(["+12025550100"]),
        "colour": st.just("red"),
    },
)
again = st.sampled_from(["", "", "", "", "same", "to another"])
questions = st.lists(st.lists(st.tuples(asked, again), min_size=1, max_size=12), min_size=1, max_size=5)
OTHERS = (b"{", b"[]", b'{"to":"911"}', b'{"customer":1}', b"{}")


def as_event(data: dict[str, Any], number: int) -> bytes:
    time = format_us(NOW_US)
    return msgspec.json.encode(
        {"specversion": "1.0", "id": f"q{number}", "source": "s", "type": "call.attempt", "time": time, "data": data}
    )


@given(questions, st.lists(st.sampled_from([*OTHERS, b"event"]), max_size=3), st.integers(0, 5))
@settings(max_examples=80, deadline=None, phases=[Phase.generate])
def test_questions_that_come_together_are_answered_as_one_by_one(
    services: tuple[Service, Service], said: list[list[tuple[dict[str, Any], str]]], others: list[bytes], place: int
) -> None:
    some, one = services
    after = [each.live._journal._log.last_seq for each in services]
    now = max(some.clock.now_us, one.clock.now_us)
    before: dict[str, Any] = {}
    for burst in said:
        events: list[bytes] = []
        for data, repeated in burst:
            number = next(_number)
            known = {"call_id": f"q{number}", "src_ip": "192.0.2.7", **data}
            if repeated and before:
                known = {**before, "to": data["to"] if repeated == "to another" else before["to"]}
            before = known
            events.append(msgspec.json.encode(known))
        for each in others:
            events.insert(
                place, each if each != b"event" else as_event({**before, "call_id": f"e{next(_number)}"}, next(_number))
            )
        now += 1_000
        some.clock.now_us = one.clock.now_us = now
        together = some.live.decide_each(events)
        apart: list[Decision | Exception] = []
        for event in events:
            try:
                apart.append(one.live.decide(event))
            except Exception as error:
                apart.append(error)
        assert [told(each) for each in together] == [told(each) for each in apart]
    logs = [
        [(kind, [said_in(line) for line in payload.split(b"\n")]) for kind, payload in service.logged(last)]
        for service, last in zip(services, after, strict=True)
    ]
    assert logs[0] == logs[1]
    mine, theirs = entries(some), entries(one)
    assert [name for name in mine if mine[name] != theirs[name]] == []


def test_a_burst_in_which_too_many_callers_come_to_be_remembered_is_decided_as_any_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairwire.runtime.lanes.MOST_CALLERS", 20)
    lanes = service.live._usual.lanes
    eras = [lanes.era]
    for _ in range(12):
        calls = [usual(next(_number), from_=f"+12025550{100 + number}") for number in range(24)]
        after = service.live._journal._log.last_seq
        decisions = service.live.decide_calls(calls)
        assert all(isinstance(each, Decision) and each.decision == "allow" for each in decisions)
        lines = [payload for _, payload in service.logged(after)][::2]
        assert lines == [made_attempt(each.fields(), source="sip", event_id=each.event_id, at_us=NOW_US)[1] for each in calls]
        eras += [lanes.era] if lanes.era is not eras[-1] else []
    assert len(eras) > 4, "they were forgotten again and again"


@pytest.mark.parametrize("said", [{"display_name": '"'}, {"line": "\\"}, {"pai": 'a"b'}])
def test_what_a_caller_says_that_json_would_write_otherwise_is_not_remembered(said: dict[str, str]) -> None:
    lanes, customer, caller = Lanes(Destinations()), HOUSE[0], usual(1, "plain", **said).caller
    lanes.open(caller, 0, customer, "", np.zeros(1, dtype=np.int64))
    lane = lanes.of(caller, customer)
    assert lane is not None
    assert lanes.meet(caller, lane) is None


def test_a_finding_whose_events_cannot_be_read_is_made_without_them(service: Service) -> None:
    stream = service.live._stream
    calls = [usual(next(_number), "two", "+442079460100") for _ in range(3)]
    for each in calls:
        service.live.decide_calls([msgspec.structs.replace(each, to="+442079460199")])
    key, known = next((key, known) for key, known in stream.known.items() if known.finding.detector == "limits.concurrent_calls")
    stream._lines = [b"no event"] * len(stream._lines)
    stream._open(key, known.hit, Taken())
    assert stream.known[key].finding.detector == "limits.concurrent_calls"
    assert stream.known[key].events.count == 0


def test_a_text_with_nothing_in_it_is_logged_as_it_was_said(service: Service) -> None:
    said = {"customer": "plain", "direction": "outbound", "from": "+12025550100", "to": "+12025550123", "line": "", "pai": ""}
    after = service.live._journal._log.last_seq
    service.live.decide_each([msgspec.json.encode({"call_id": f"empty{number}", **said}) for number in range(3)])
    lines = [payload for _, payload in service.logged(after)][::2]
    assert [msgspec.json.decode(line)["data"] for line in lines] == [{"call_id": f"empty{number}", **said} for number in range(3)]
