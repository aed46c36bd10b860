"""Ordinary network life: web and voice flows, video, backups, quality samples, alerts about others, machines behind an API."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.calls import HOUR_MS, SECOND_MS
from fairwire.testkit.simulate.ordinary import local_times
from fairwire.testkit.simulate.rows import Data
from fairwire.testkit.simulate.world import NETWORK, Desk, habits, office_address, outside

GATEWAY = "203.0.113.10"
"""The provider's own proxy, where registrations and calls go."""
CRM_AGENT, BI_AGENT = "crm-sync/3.1", "bi-export/2.0"


def flow(desk: Desk, at_ms: float, source: str, target: str, port: int, **more: object) -> None:
    """One flow; a small web request unless `more` says otherwise."""
    data: Data = {"src_ip": source, "dst_ip": target, "src_port": 32_768 + int(at_ms) % 28_000, "dst_port": port, "proto": "tcp"}
    data |= {"bytes_out": 2_400, "bytes_in": 31_000, "packets_out": 24, "duration_s": 3.5}
    desk.add(at_ms, "net.flow", data | more)


def flows(desk: Desk) -> None:
    """Flows of people and of the machines in the cellar."""
    habit, share = habits()["flows"], desk.mix["flows"]
    rng = desk.rng(NETWORK)
    part = desk.part
    sites = [outside(int(number)) for number in rng.integers(0, 60_000, 40)]
    users = min(part.seats, 60)
    for port, rate in ((443, habit["web"]), (80, habit["web"] * 0.1), (5061, habit["voice"]), (3478, habit["video"])):
        times = local_times(rng, desk.day_shares() * rate * users * share, desk.midnights, desk.hours())
        size = rng.lognormal(0, 1.2, (len(times), 2))
        who = rng.integers(1, users + 1, len(times)).tolist()
        where = (rng.random(len(times)) ** 2 * len(sites)).astype(int).tolist()
        for place, at in enumerate(times.tolist()):
            source = office_address(part, who[place])
            out, back = size[place].tolist()
            if port == 5061:
                more = {
                    "proto": "udp",
                    "bytes_out": int(900_000 * out),
                    "bytes_in": int(900_000 * out),
                    "packets_out": int(5_000 * out),
                }
                flow(desk, at, source, GATEWAY, 16_384 + place % 8_000, duration_s=round(90 * out, 1), **more)
            elif port == 3478:
                more = {"proto": "udp", "bytes_out": int(4e8 * out), "bytes_in": int(5e8 * back), "packets_out": int(4e5 * out)}
                flow(desk, at, source, sites[where[place]], port, duration_s=round(1_900 * out, 1), **more)
            else:
                flow(
                    desk,
                    at,
                    source,
                    sites[where[place]],
                    port,
                    bytes_out=int(2_400 * out),
                    bytes_in=int(42_000 * back),
                    duration_s=round(4 * out, 1),
                )
    if rng.random() < habit["backup"]:
        backup(desk, rng, np.arange(desk.period.days), 2e9)
    if rng.random() < habit["pbx"]:
        _web_interface(desk, rng, share)


def backup(desk: Desk, rng: np.random.Generator, days: np.typing.NDArray[np.int64], size: float, hour: float = 2.0) -> None:
    """A copy to one place at night: an hour or two of one large flow after the other, then nothing."""
    target, minute = outside(int(rng.integers(60_000, 80_000))), int(rng.integers(0, 60))
    for day in days.tolist():
        begin = int(desk.midnights[day]) + int((hour + minute / 60) * HOUR_MS)
        for piece in range(int(rng.integers(3, 7))):
            out = int(size / 5 * rng.lognormal(0, 0.3))
            more = {"bytes_out": out, "bytes_in": out // 90, "packets_out": out // 1_400, "duration_s": round(out / 12e6, 1)}
            flow(desk, begin + piece * 15 * 60 * SECOND_MS, office_address(desk.part, 240), target, 443, **more)


def _web_interface(desk: Desk, rng: np.random.Generator, share: float) -> None:
    """The telephone system's own web pages, which the administrator opens from home."""
    client = outside(int(rng.integers(80_000, 90_000)))
    for at in local_times(rng, desk.day_shares() * 2 * max(share, 0.3), desk.midnights, desk.hours()).tolist():
        more = {"bytes_out": 180_000, "bytes_in": 12_000, "served": True}
        flow(
            desk, at, office_address(desk.part, 241), client, 443, src_port=443, **{**more, "dst_port": 51_000 + int(at) % 9_000}
        )


def quality(desk: Desk) -> None:
    """Quality of the segment the customer's calls take: good, now and then not."""
    every = habits()["quality"]["every_s"] / max(0.02, desk.mix["quality"]) * SECOND_MS
    rng = desk.rng(NETWORK + 100)
    if rng.random() >= habits()["quality"]["share"]:
        return
    times = np.arange(desk.midnights[0] + rng.uniform(0, every), desk.end_ms, every)
    bad = rng.random(len(times)) < 0.01
    draws = rng.normal(0, 1, (len(times), 3))
    for at, poor, (one, two, three) in zip(times.tolist(), bad.tolist(), draws.tolist(), strict=True):
        told(desk, at, f"seg-{desk.part.index % 24:02d}", poor=0.5 if poor else 0.0, noise=(one, two, three))


def told(desk: Desk, at_ms: float, segment: str, *, poor: float, noise: tuple[float, float, float]) -> None:
    """One quality sample; `poor` from 0 (fine) to 1 (unusable)."""
    data: Data = {"segment": segment, "mos": round(min(4.5, max(1.0, 4.3 - 2.4 * poor + 0.06 * noise[0])), 2)}
    data |= {
        "jitter_ms": round(max(0.5, 4 + 60 * poor + 1.5 * noise[1]), 1),
        "loss_pct": round(max(0.0, 0.1 + 8 * poor + 0.08 * noise[2]), 2),
    }
    desk.add(at_ms, "net.quality", data)


def alerts(desk: Desk) -> None:
    """What the sensor sees others do to the customer: it is the victim."""
    rng = desk.rng(NETWORK + 200)
    count = int(rng.poisson(habits()["alerts"]["inbound"] * desk.period.days * desk.mix["alerts"]))
    kinds = (
        ("scan", "ET SCAN Sipvicious probe", 3),
        ("intrusion", "ET WEB_SERVER login attempt", 2),
        ("policy", "ET POLICY old TLS version", 4),
    )
    for _ in range(count):
        category, signature, severity = kinds[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
        data: Data = {"sensor": "edge-1", "signature": signature, "category": category, "severity": severity}
        data |= {
            "src_ip": outside(int(rng.integers(0, 130_000))),
            "dst_ip": office_address(desk.part, int(rng.integers(1, 240))),
            "dst_port": 5060,
        }
        desk.add(
            desk.midnights[0] + int(rng.integers(0, desk.period.days * 24)) * HOUR_MS + int(rng.integers(0, HOUR_MS)),
            "net.alert",
            data,
        )


def request(desk: Desk, at_ms: float, key: str, path: str, source: str, **more: object) -> None:
    """One API request; a GET that succeeds unless `more` says otherwise."""
    data: Data = {"credential": key, "method": "GET", "path": path, "status": 200, "src_ip": source}
    desk.add(at_ms, "api.request", data | more)


def api(desk: Desk) -> None:
    """Machines with a key: a CRM that asks what is new, a report tool that reads all pages once a day."""
    rng = desk.rng(NETWORK + 300)
    share, habit, name = desk.mix["api"], habits()["api"], desk.part.record.id
    server = outside(int(rng.integers(120_000, 125_000)))
    if "sync" in desk.part.pursuits:
        every = habit["every_s"] * SECOND_MS / max(0.05, share)
        for at in np.arange(desk.midnights[0] + rng.uniform(0, every), desk.end_ms, every).tolist():
            moment = at + rng.normal(0, 2_000)
            request(desk, moment, f"{name}-key-crm", "/v1/calls?since=last", server, user_agent=CRM_AGENT)
            if rng.random() < 0.3:
                contact = int(rng.integers(1, 900))
                request(
                    desk, moment + 700, f"{name}-key-crm", f"/v1/contacts/{contact}", server, method="PUT", user_agent=CRM_AGENT
                )
    if "reports" in desk.part.pursuits:
        for day in range(desk.period.days):
            begin = int(desk.midnights[day]) + 5 * HOUR_MS + int(rng.integers(0, 600_000))
            for page in range(1, max(3, int(rng.integers(10, 60) * share))):
                path = f"/v1/reports/calls?page={page}"
                at = begin + page * 1_400 + int(rng.integers(0, 500))
                request(desk, at, f"{name}-key-bi", path, server, user_agent=BI_AGENT)
