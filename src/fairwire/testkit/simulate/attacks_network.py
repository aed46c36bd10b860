"""Abuse of the network and the platform: load, floods of bytes, servers, scans, bots, forged packets, scraping and sweeps."""

from __future__ import annotations

import numpy as np

from fairwire.testkit.simulate.attack_kit import Act, Generator, Stage, scattered, steady
from fairwire.testkit.simulate.calls import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from fairwire.testkit.simulate.network import flow, request, told
from fairwire.testkit.simulate.office import sample
from fairwire.testkit.simulate.rows import Data
from fairwire.testkit.simulate.world import office_address, outside

SAMPLE_S = 300.0


def _hog(stage: Stage, cpu: str, memory: str) -> Act:
    """High use for hours, and everybody else waits."""
    rng, p = stage.rng, stage.p
    for begin, span in stage.sessions():
        for at in np.arange(begin, begin + max(span, 40 * MINUTE_MS), SAMPLE_S * SECOND_MS).tolist():
            resting = rng.random() < p["rests"]
            one, two = (0.08 if resting else p[cpu]), (0.1 if resting else p[memory])
            noise = rng.normal(1, 0.06, 3)
            delay = 9 + p["delay_ms"] * (0.1 if resting else 1.0)
            values = (min(0.99, one * noise[0]), min(0.99, two * noise[1]), 2e6 * noise[2], delay * noise[2])
            sample(stage.desk, at, SAMPLE_S, *(float(value) for value in values))
    return stage.act()


def cpu_hog(stage: Stage) -> Act:
    """Most of the processor."""
    return _hog(stage, "high", "low")


def memory_hog(stage: Stage) -> Act:
    """Most of the memory."""
    return _hog(stage, "low", "high")


def constant_throughput(stage: Stage) -> Act:
    """The line as full at night as by day, for days."""
    rng, p = stage.rng, stage.p
    server = outside(stage.part.index * 5 + 3)
    for day in stage.work_days(stage.count("days")):
        begin = int(stage.midnights[day]) + int(p["start_h"] * HOUR_MS)
        span = int(p["hours"] * HOUR_MS)
        for at in np.arange(begin, begin + span, SAMPLE_S * SECOND_MS).tolist():
            bits = p["mbits"] * 1e6 * float(rng.normal(1, p["wobble"]))
            sample(stage.desk, at, SAMPLE_S, 0.03, 0.03, max(bits, 1e5), 9.0)
            size = int(bits / 8 * SAMPLE_S)
            more = {"bytes_out": size, "bytes_in": size // 40, "packets_out": size // 1_400, "duration_s": SAMPLE_S}
            flow(stage.desk, at + SECOND_MS, office_address(stage.part, 9), server, 443, **more)
    return stage.act()


def bandwidth_hog(stage: Stage) -> Act:
    """So much traffic that the others on the segment hear each other badly."""
    rng, p = stage.rng, stage.p
    segment = f"seg-{stage.part.index % 24:02d}"
    for begin, span in stage.sessions():
        for at in np.arange(begin, begin + max(span, HOUR_MS), 60 * SECOND_MS).tolist():
            full = rng.random() > p["rests"]
            bits = p["mbits"] * 1e6 * (1 if full else 0.05) * float(rng.lognormal(0, 0.25))
            if int(at - begin) % 300_000 < 60_000:
                sample(stage.desk, at, SAMPLE_S, 0.05, 0.05, bits, 9 + (25 if full else 2) * p["harm"])
            size = int(bits / 8 * 60)
            where = outside(int(rng.integers(0, 4_000)))
            more = {"bytes_out": size, "bytes_in": size // 3, "packets_out": size // 1_300, "duration_s": 60.0}
            flow(stage.desk, at, office_address(stage.part, 8), where, 443, **more)
            noise = tuple(float(value) for value in rng.normal(0, 1, 3))
            told(stage.desk, at + 5_000, segment, poor=p["harm"] if full else 0.05, noise=(noise[0], noise[1], noise[2]))
    return stage.act()


def unhosted_server(stage: Stage) -> Act:
    """A shop, a mail host or a game on a plan without hosting: many from outside, answered by us."""
    rng, p = stage.rng, stage.p
    port = (80, 443, 25, 8080, 22, 3389)[stage.part.index % 6] if not stage.evasive else 8443
    for day in stage.work_days(stage.count("days")):
        n = max(20, round(p["clients"]))
        start = int(stage.midnights[day]) + np.sort(rng.integers(0, DAY_MS, n))
        for at, client in zip(start.tolist(), rng.integers(0, 100_000, n).tolist(), strict=True):
            out = int(rng.lognormal(np.log(p["bytes"]), 1))
            more = {
                "src_port": port,
                "bytes_out": out,
                "bytes_in": max(400, out // 12),
                "packets_out": 4 + out // 1_300,
                "served": True,
            }
            flow(
                stage.desk, at, office_address(stage.part, 20), outside(client), 40_000 + client % 20_000, duration_s=4.0, **more
            )
    return stage.act()


def _alert(
    stage: Stage, at: float, category: str, signature: str, severity: int, target: str, port: int, source: str | None = None
) -> None:
    data: Data = {"sensor": "edge-1", "signature": signature, "category": category, "severity": severity}
    data |= {"src_ip": source or office_address(stage.part, 5), "dst_ip": target, "dst_port": port}
    stage.desk.add(at, "net.alert", data)


def port_scan(stage: Stage) -> Act:
    """One of our machines knocks at door after door; hardly any opens. The sensor notices some of it."""
    rng, p = stage.rng, stage.p
    base = int(rng.integers(0, 100_000))
    ports = (22, 23, 80, 443, 445, 3306, 3389, 5060, 8080)
    for begin, span in stage.sessions():
        for number, at in enumerate(scattered(rng, begin, span, p["per_minute"] / 60).tolist()):
            target, port = outside(base + number // len(ports)), ports[number % len(ports)]
            opened = rng.random() < p["open"]
            more = {
                "bytes_out": 60 if not opened else 900,
                "bytes_in": 1_200 if opened else 0,
                "packets_out": 1,
                "duration_s": 0.4,
            }
            flow(stage.desk, at, office_address(stage.part, 5), target, port, **more)
            if rng.random() < p["noticed"]:
                _alert(stage, at + 500, "scan", "ET SCAN port sweep outbound", 2, target, port)
    return stage.act()


def irc_bot(stage: Stage) -> Act:
    """Machines that sit in a chat network and report every few minutes."""
    rng, p = stage.rng, stage.p
    server, port = outside(3_333 + stage.part.index), 6667 if not stage.evasive else 6697
    for day in stage.work_days(stage.count("days")):
        for bot in range(stage.count("bots")):
            times = steady(rng, int(stage.midnights[day]) + bot * 7_000, int(p["hours"] * HOUR_MS), p["per_hour"], p["jitter"])
            for at in times.tolist():
                flow(
                    stage.desk,
                    at,
                    office_address(stage.part, 30 + bot),
                    server,
                    port,
                    bytes_out=240,
                    bytes_in=380,
                    packets_out=4,
                    duration_s=90.0,
                )
                if rng.random() < p["noticed"]:
                    _alert(
                        stage, at + 800, "irc", "ET CHAT IRC NICK command", 2, server, port, office_address(stage.part, 30 + bot)
                    )
    return stage.act()


def _sensor(category: str, signatures: tuple[str, ...], forged: bool) -> Generator:
    def generate(stage: Stage) -> Act:
        rng, p = stage.rng, stage.p
        for begin, span in stage.sessions():
            for at in scattered(rng, begin, span, p["per_hour"] / 3600).tolist():
                source = outside(int(rng.integers(0, 130_000))) if forged else office_address(stage.part, 6)
                signature = signatures[int(rng.integers(len(signatures)))]
                _alert(
                    stage, at, category, signature, 1 + int(rng.random() < 0.4), outside(int(rng.integers(0, 9_000))), 53, source
                )
        return stage.act()

    return generate


def scraping(stage: Stage) -> Act:
    """A robot that reads the customer directory record by record."""
    rng, p = stage.rng, stage.p
    key = f"{stage.part.record.id}-u1"
    sources = [outside(50_000 + stage.part.index * 3 + place) for place in range(stage.count("sources"))]
    for begin, span in stage.sessions():
        times = steady(rng, begin, span, p["per_hour"], p["jitter"])
        record = int(rng.integers(1_000, 9_000))
        for number, at in enumerate(times.tolist()):
            record = record + 1 if rng.random() < p["in_order"] else int(rng.integers(1_000, 90_000))
            status = 404 if rng.random() < p["missing"] else 200
            request(
                stage.desk,
                at,
                key,
                f"/v1/records/{record}",
                sources[number % len(sources)],
                status=status,
                user_agent="python-fetch/2",
            )
    return stage.act()


def provisioning_sweep(stage: Stage) -> Act:
    """Configuration files of phones, asked for hardware address by hardware address."""
    rng, p = stage.rng, stage.p
    for begin, span in stage.sessions():
        first = int(rng.integers(0, 2**20))
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            path = f"/provisioning/0004f2{first + number:06x}.cfg"
            status = 200 if rng.random() < p["found"] else 404
            request(
                stage.desk,
                at,
                f"{stage.part.record.id}-u1",
                path,
                outside(stage.part.index + 9),
                status=status,
                user_agent="wget/1.2",
            )
    return stage.act()


def directory_harvesting(stage: Stage) -> Act:
    """Pages of the directory, all of them, wider than any address book needs."""
    rng, p = stage.rng, stage.p
    for begin, span in stage.sessions():
        times = scattered(rng, begin, span, p["per_hour"] / 3600)
        for number, at in enumerate(times.tolist()):
            page = number + 1 if rng.random() < p["in_order"] else int(rng.integers(1, 5_000))
            key = f"{stage.part.record.id}-u{1 + number % min(stage.count('sources'), stage.part.seats)}"
            request(stage.desk, at, key, f"/v1/directory/people/{page}", office_address(stage.part, 1), user_agent="Web 128")
    return stage.act()


def number_lookups(stage: Stage) -> Act:
    """Lookups of who holds which number, with hardly a call or text to any of them after."""
    rng, p = stage.rng, stage.p
    base = int(stage.strangers(1)[0])
    for begin, span in stage.sessions():
        for number, at in enumerate(scattered(rng, begin, span, p["per_hour"] / 3600).tolist()):
            wanted = base + number if rng.random() < p["in_order"] else int(stage.strangers(1)[0])
            request(stage.desk, at, f"{stage.part.record.id}-key-lookup", f"/v1/lookups/{wanted}", outside(stage.part.index + 77))
    return stage.act()


GENERATORS: dict[str, Generator] = {
    "cpu_hog": cpu_hog,
    "memory_hog": memory_hog,
    "constant_throughput": constant_throughput,
    "bandwidth_hog": bandwidth_hog,
    "unhosted_server": unhosted_server,
    "port_scan": port_scan,
    "irc_bot": irc_bot,
    "spoofed_packets": _sensor("spoof", ("ET SPOOF source outside the prefix", "ET SPOOF malformed header", "uRPF drop"), True),
    "snooping": _sensor("snoop", ("ARP cache poisoning", "promiscuous interface", "port mirror session"), False),
    "intrusion": _sensor(
        "intrusion", ("ET EXPLOIT outbound attempt", "ET WEB_SERVER SQL injection", "SSH brute force outbound"), False
    ),
    "scraping": scraping,
    "provisioning_sweep": provisioning_sweep,
    "directory_harvesting": directory_harvesting,
    "number_lookups": number_lookups,
}
