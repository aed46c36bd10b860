"""The speed of a port: documents that nftables takes, that end by themselves, and that are taken back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from edge_bench import ACME, Bench, order, port_bench
from fairwire.model.instants import parse_us
from fairwire.ports.enforcers import BadEdge

SLOW = order("throttle", "traffic")


def applied(*files: Path) -> str:
    """What a kernel of its own has after these were read."""
    nft = shutil.which("nft", path="/usr/sbin:/usr/bin")
    if nft is None or shutil.which("unshare") is None:
        pytest.skip("nft and unshare must be installed to read the rules for real")
    script = " && ".join([*(f"{nft} -f {file}" for file in files), f"{nft} list ruleset"])
    done = subprocess.run(
        ["unshare", "--map-root-user", "--net", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    if "unshare failed" in done.stderr or "Operation not permitted" in done.stderr:
        pytest.skip("this user may not make a network of its own")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return port_bench(tmp_path)


def test_the_rules_limit_the_customers_networks_until_the_end_of_the_order(bench: Bench) -> None:
    edge = bench.open()
    (item,) = edge.items(SLOW, ACME)
    assert item.value == {
        "order": "o-0123456789abcdef", "kbit": 512, "networks": ["192.0.2.0/25", "2001:db8:7::/48"],
        "until": "2026-03-02T13:00:00Z",
    }  # fmt: skip
    edge.put(item)
    text = bench.held(item.key)
    assert "# The port of acme has 512 kbit/s until 2026-03-02T13:00:00Z." in text
    file = bench.folder / "ports" / "port-acme.nft"
    once, twice = applied(file), applied(file, file)
    assert once == twice
    assert "ip saddr 192.0.2.0/25 jump up" in once
    assert "ip6 daddr 2001:db8:7::/48 jump down" in once
    assert once.count("limit rate over 64000 bytes/second") == 2
    assert f"meta time >= {parse_us('2026-03-02T13:00:00Z') // 1_000_000}" in text
    assert once.count("dscp") == 4, "calls have a share of their own, so that one for help is not lost in a crowd"


def test_the_document_that_is_left_takes_the_rules_away(bench: Bench) -> None:
    edge = bench.open()
    (item,) = edge.items(SLOW, ACME)
    edge.put(item)
    kept = bench.folder / "kept.nft"
    shutil.copy(bench.folder / "ports" / "port-acme.nft", kept)
    edge.restore(item, None)
    assert [path.name for path in (bench.folder / "ports").iterdir()] == ["gone-acme.nft"]
    gone = bench.folder / "ports" / "gone-acme.nft"
    assert applied(kept, gone) == applied(gone) == ""
    edge.put(item)
    assert [path.name for path in (bench.folder / "ports").iterdir()] == ["port-acme.nft"]


def test_the_order_may_say_how_much_is_left(bench: Bench) -> None:
    edge = bench.open(kbit=1000)
    speeds = {"64 kbit/s": 64, "2 Mbit/s": 2000, "1gbit": 1_000_000, "1 kbps": 1000, "fast": 1000, None: 1000, "1 kbit": 8}
    for text, kbit in speeds.items():
        (item,) = edge.items(order("throttle", "traffic", text), ACME)
        assert item.value["kbit"] == kbit, text


def test_an_order_that_a_person_ends_has_no_end_inside(bench: Bench) -> None:
    edge = bench.open(voice_kbit=0)
    (item,) = edge.items(order("throttle", "traffic", expires=None, owner="abuse-desk"), ACME)
    edge.put(item)
    text = bench.held(item.key)
    assert "meta time" not in text
    assert "dscp" not in text
    assert "until a person ends it" in text


def test_a_record_that_changes_changes_the_document(bench: Bench) -> None:
    edge = bench.open()
    (item,) = edge.items(SLOW, ACME)
    edge.put(item)
    moved = msgspec.structs.replace(ACME, addresses=("198.51.100.0/24",))
    (after,) = edge.items(SLOW, moved)
    assert after.key == item.key
    _, present = edge.present()
    assert present != {after.key: after.value}, "whoever compares sees that it must be put again"
    edge.put(after)
    assert "198.51.100.0/24" in bench.held(item.key)
    assert "192.0.2.0" not in bench.held(item.key)


@pytest.mark.parametrize(
    ("addresses", "says"),
    [
        ((), "names no networks"),
        (("192.0.2.0/25", "nonsense; flush ruleset"), "names a network that is none: nonsense; flush ruleset"),
        (("0.0.0.0/0",), "names all of the internet"),
        (("::/0",), "names all of the internet"),
    ],
)
def test_a_record_that_does_not_tell_the_customers_traffic_changes_nothing(
    bench: Bench, addresses: tuple[str, ...], says: str
) -> None:
    edge = bench.open()
    (item,) = edge.items(SLOW, msgspec.structs.replace(ACME, addresses=addresses))
    told = edge.put(item)
    assert told.outcome == "never"
    assert says in told.answer
    assert bench.held(item.key) is None
    (gone,) = edge.items(SLOW, None)
    assert (gone.key, edge.put(gone).outcome) == (item.key, "never")


def test_networks_that_overlap_are_one(bench: Bench) -> None:
    edge = bench.open()
    (item,) = edge.items(SLOW, msgspec.structs.replace(ACME, addresses=("192.0.2.7", "192.0.2.0/24", "192.0.2.128/25")))
    edge.put(item)
    assert "saddr { 192.0.2.0/24 }" in bench.held(item.key)
    assert "ip saddr 192.0.2.0/24 jump up" in applied(bench.folder / "ports" / "port-acme.nft")


def test_a_folder_that_is_gone_is_told(bench: Bench) -> None:
    edge = bench.open()
    (item,) = edge.items(SLOW, ACME)
    shutil.rmtree(bench.folder / "ports")
    assert edge.put(item).outcome == "later"
    assert edge.present()[0].outcome == "later"
    with pytest.raises(BadEdge, match="the `folder` of the edge `edge-one` is not there"):
        bench.open()
    assert not edge.items(order("suspend"), ACME)
    assert not edge.items(order("block", "traffic"), ACME)
