"""FreeSWITCH and Asterisk: calls that run are ended with a suspension, and a call that may be one for help never is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from edge_bench import ACME, Bench, manager_bench, order, secret_file, switch_bench
from edge_exchanges import ManagerServer, SwitchServer, exchange
from fairwire.enforcers.running_calls import dialled_in
from fairwire.model.order import Order
from fairwire.ports.enforcers import BadEdge, Told

LINE, OTHER, FRIEND = "+12025550100", "+12025550101", "+12125550177"


def ids(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def call(number: int, caller: str, called: str, *, account: str = "acme", **more: str) -> list[dict[str, str]]:
    """Both legs of a call through FreeSWITCH."""
    first, second = ids(10 * number), ids(10 * number + 1)
    own = {
        "uuid": first, "call_uuid": first, "direction": "inbound", "cid_num": caller, "dest": called, "accountcode": account,
        "application": "bridge", "application_data": f"sofia/gateway/carrier/{called}", "presence_id": "alice@pbx.example",
    }  # fmt: skip
    theirs = {
        "uuid": second,
        "call_uuid": first,
        "direction": "outbound",
        "cid_num": caller,
        "dest": called,
        "callee_num": called,
    }
    return [own | more, theirs]


def channels(number: int, caller: str, called: str, *, account: str = "acme", **more: str) -> list[dict[str, str]]:
    """Both channels of a call through Asterisk."""
    own = {
        "Channel": f"PJSIP/alice-{number:08x}", "Linkedid": f"17.{number}", "CallerIDNum": caller, "ConnectedLineNum": called,
        "Exten": called, "AccountCode": account, "Application": "Dial", "ApplicationData": f"PJSIP/{called}@carrier,30",
    }  # fmt: skip
    theirs = {
        "Channel": f"PJSIP/carrier-{number:08x}", "Linkedid": f"17.{number}", "CallerIDNum": called, "ConnectedLineNum": caller,
        "Exten": "", "AccountCode": "", "Application": "AppDial", "ApplicationData": "(Outgoing Line)",
    }  # fmt: skip
    return [own | more, theirs]


@pytest.fixture(params=["freeswitch", "asterisk"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = {"freeswitch": switch_bench, "asterisk": manager_bench}[request.param](tmp_path)
    yield made
    assert made.server is not None
    made.server.close()


def running(bench: Bench, *calls: tuple[str, str], **more: Any) -> list[str]:
    """Have these calls run, (caller, called) each; the first channel of each."""
    server = bench.server
    assert isinstance(server, SwitchServer | ManagerServer)
    make, name = (call, "uuid") if bench.kind == "freeswitch" else (channels, "Channel")
    made = [make(number, *each, **more) for number, each in enumerate(calls, start=1)]
    server.channels = [channel for each in made for channel in each]
    return [each[0][name] for each in made]


def killed(bench: Bench) -> list[str]:
    assert isinstance(bench.server, SwitchServer | ManagerServer)
    return bench.server.killed


def put(bench: Bench, wanted: Order) -> Told:
    edge = bench.open()
    (item,) = edge.items(wanted, ACME)
    return edge.put(item)


def test_running_calls_of_a_suspended_line_end_and_those_for_help_go_on(bench: Bench) -> None:
    first, _, _, _, _ = running(bench, (LINE, FRIEND), (LINE, "911"), (OTHER, FRIEND), (LINE, "+18002738255"), ("911", LINE))
    told = put(bench, order("suspend", "line", LINE))
    assert told.outcome == "done"
    assert killed(bench)[0] == first
    server = bench.server
    assert isinstance(server, SwitchServer | ManagerServer)
    assert len(server.channels) == 8, "all channels of the other four calls"


def test_calls_to_a_line_end_where_it_is_suspended_both_ways_only(bench: Bench) -> None:
    (coming,) = running(bench, (FRIEND, LINE), account="")
    put(bench, order("suspend_outbound", "line", LINE))
    assert killed(bench) == []
    put(bench, order("suspend", "line", LINE, order_id="o-2"))
    assert coming in killed(bench)


def test_a_whole_customer_is_known_by_its_account(bench: Bench) -> None:
    first, second = running(bench, (LINE, FRIEND), (OTHER, FRIEND))
    put(bench, order("suspend", customer="umbra"))
    assert killed(bench) == []
    put(bench, order("terminate"))
    assert killed(bench) == [first, second]


def test_a_user_is_known_by_the_login_of_the_channel(bench: Bench) -> None:
    (first,) = running(bench, (LINE, FRIEND))
    put(bench, order("suspend", "user", "mallory"))
    assert killed(bench) == []
    put(bench, order("suspend", "user", "alice"))
    assert killed(bench) == [first]


@pytest.mark.parametrize("step", ["throttle", "block", "step_up"])
def test_milder_steps_end_nothing(bench: Bench, step: str) -> None:
    running(bench, (LINE, FRIEND))
    assert put(bench, order(step, "line", LINE)).outcome == "done"
    assert killed(bench) == []


def test_a_call_of_which_nobody_says_what_was_dialled_goes_on(bench: Bench) -> None:
    hidden = {"dest": "", "application_data": "", "callee_num": ""} if bench.kind == "freeswitch" else {}
    running(bench, (LINE, ""), **hidden)
    put(bench, order("suspend", "line", LINE))
    assert killed(bench) == []


def test_a_call_for_help_is_known_by_what_was_dialled_to_the_carrier_too(bench: Bench) -> None:
    if bench.kind == "freeswitch":
        running(bench, (LINE, "helpdesk"), application_data="sofia/gateway/carrier/911", dest="s")
    else:
        running(bench, (LINE, ""), ApplicationData="PJSIP/911@carrier,30", Exten="s")
    put(bench, order("suspend", "line", LINE))
    assert killed(bench) == []


def test_nothing_is_ended_where_the_settings_say_so(bench: Bench) -> None:
    running(bench, (LINE, FRIEND))
    edge = bench.open(hang_up=False)
    (item,) = edge.items(order("suspend", "line", LINE), ACME)
    assert edge.put(item).outcome == "done"
    assert killed(bench) == []


def test_a_call_that_has_ended_meanwhile_is_no_fault(bench: Bench) -> None:
    running(bench, (LINE, FRIEND), (LINE, FRIEND))
    server = bench.server
    assert isinstance(server, SwitchServer | ManagerServer)
    server.holds = lambda when, values: when != "running" and type(server).holds(server, when, values)  # type: ignore[method-assign]
    assert put(bench, order("suspend", "line", LINE)).outcome == "done"


def test_calls_that_cannot_be_listed_are_told_though_the_order_stands(bench: Bench) -> None:
    assert bench.server is not None
    bench.server.set("rubbish", "show channels" if bench.kind == "freeswitch" else "CoreShowChannels")
    told = put(bench, order("suspend"))
    assert told.outcome == "unknown"
    assert told.answer.startswith("it stands there, but calls that run: ")
    assert bench.held("cust:acme") is not None


def test_a_wrong_secret_is_told_and_not_shown(bench: Bench) -> None:
    secret_file(bench.folder, "not-the-password")
    told, _ = bench.open().present()
    assert told.outcome == "never"
    assert told.answer in ("the switch does not take the password", "the switch does not take the user name or the secret")


def test_what_could_not_be_put_back_as_it_is_is_not_replaced(bench: Bench) -> None:
    server = bench.server
    assert isinstance(server, SwitchServer | ManagerServer)
    server.table["cust:acme"] = "it's theirs" if bench.kind == "freeswitch" else "x" * 300
    told, _ = bench.open().look("cust:acme")
    assert told.outcome == "never"
    assert "could not be put back as it is" in told.answer


def test_the_secret_of_the_manager_interface_never_travels(tmp_path: Path) -> None:
    bench = manager_bench(tmp_path)
    server = bench.server
    assert isinstance(server, ManagerServer)
    seen: list[str] = []
    real = server.is_right

    def is_right(values: Mapping[str, str]) -> bool:
        seen.append(str(values))
        return real(values)

    server.is_right = is_right  # type: ignore[method-assign]
    put(bench, order())
    assert seen
    assert not any(server.secret in each for each in [*seen, *server.asked])
    server.close()


def test_an_asterisk_that_cannot_list_a_family_cannot_be_asked(tmp_path: Path) -> None:
    bench = manager_bench(tmp_path)
    assert isinstance(bench.server, ManagerServer)
    bench.server.old = True
    told, present = bench.open().present()
    assert (told.outcome, present) == ("done", None)
    assert put(bench, order()).outcome == "done"
    edge = bench.open(family="f" * 40)
    (item,) = edge.items(order(customer="n" * 220), ACME)
    told = edge.put(item)
    assert (told.outcome, told.answer) == ("never", "the name has more characters than the 211 that AstDB takes")
    bench.server.close()


def test_registrations_of_a_suspended_user_are_flushed(tmp_path: Path) -> None:
    bench = switch_bench(tmp_path)
    server = bench.server
    assert isinstance(server, SwitchServer)
    assert put(bench, order("suspend", "user", "alice")).answer == "0 channels ended; registrations flushed"
    put(bench, order("suspend_outbound", "user", "bob"))
    told = put(bench, order("suspend", "user", "bob; reboot"))
    assert (told.outcome, told.answer) == (
        "done", "0 channels ended; its registrations were left: the name cannot stand in a command",
    )  # fmt: skip
    assert server.flushed == ["alice@pbx.example"]
    edge = bench.open(profile="nowhere")
    (item,) = edge.items(order("suspend", "user", "carol"), ACME)
    told = edge.put(item)
    assert (told.outcome, told.answer) == (
        "never", "it stands there, but calls that run: registrations were not flushed: Invalid Profile [nowhere]",
    )  # fmt: skip
    with pytest.raises(BadEdge, match="`profile` and `domain` of the edge `edge-one` need each other"):
        bench.open(domain=None)
    server.close()


def test_a_switch_that_turns_us_away_says_why(tmp_path: Path) -> None:
    bench = switch_bench(tmp_path)
    server = bench.server
    assert isinstance(server, SwitchServer)
    server.serve = lambda connection: connection.sendall(exchange("freeswitch", "turned away")["answered"].encode())  # type: ignore[method-assign]
    told, _ = bench.open().present()
    assert told.outcome == "never"
    assert told.answer.endswith("see apply-inbound-acl of its event socket")
    server.close()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("sofia/gateway/carrier/911", ("911",)),
        ("PJSIP/911@carrier,30", ("911",)),
        ("PJSIP/carrier/sip:+12025550100@192.0.2.1", ("+12025550100",)),
        ("sofia/internal/112@carrier|sofia/gateway/b/911", ("112", "911")),
        ("{origination_caller_id_number=101}user/1000@pbx.example", ("1000",)),
        ("(Outgoing Line)", ()),
    ],
)
def test_numbers_are_found_in_what_a_switch_was_told_to_dial(text: str, numbers: tuple[str, ...]) -> None:
    assert dialled_in(text) == numbers
