"""What a zone's file says is what `zoneinfo` says, for every zone; and a file that cannot be read is no matter."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from fairwire.runtime import zone_tables
from fairwire.runtime.zone_tables import Changes, zone_table

_DAY_S = 86400


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    zone_table.cache_clear()
    yield
    zoneinfo.reset_tzpath()
    ZoneInfo.clear_cache()
    zone_table.cache_clear()


def told(name: str) -> tuple[zone_tables.Offset, int]:
    zone = ZoneInfo(name)

    def offset(second: int) -> int:
        moment = datetime.fromtimestamp(second, zone).utcoffset()
        assert moment is not None
        return int(moment.total_seconds())

    return offset, offset(9131 * _DAY_S)


def read(name: str) -> Changes | None:
    return zone_tables._named_changes(name, *told(name))


@pytest.mark.parametrize("where", ["of the machine", "of the package"])
def test_the_files_of_all_zones_say_what_a_search_finds(where: str) -> None:
    if where == "of the package":
        zoneinfo.reset_tzpath(())
        ZoneInfo.clear_cache()
    searched: dict[bytes | None, Changes] = {}
    for name in sorted(available_timezones() - {"localtime"}):
        data = zone_tables._zone_file(name)
        if data not in searched:  # many names are of one zone
            searched[data] = zone_tables._searched_changes(*told(name))
        assert read(name) == searched[data], name


def test_a_summer_time_of_a_week_is_not_missed() -> None:
    offsets = [offset // 3_600_000_000 for start, offset in zone_table("America/Boa_Vista") if start > 970_000_000_000_000]
    assert offsets == [-3, -4]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:60],
        lambda data: b"TZif" + b"\0" * 40,
        lambda data: b"nothing of the kind" + data[19:],
        lambda data: data.replace(b",M3.5.0/1,", b",J88/1,"),
        lambda data: data.replace(b",M3.5.0/1,", b",M4.5.0/1,"),  # of another version than `zoneinfo` reads
        lambda data: data.rpartition(b"\n")[0][:-8] + b"\xff\n",
    ],
)
def test_a_file_that_cannot_be_read_or_says_another_thing_is_passed_over(
    damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = zone_table("Europe/London")
    data = zone_tables._zone_file("Europe/London")
    assert data is not None
    assert damage(data) != data
    monkeypatch.setattr(zone_tables, "_zone_file", lambda name: damage(data))
    zone_table.cache_clear()
    assert zone_table("Europe/London") == right


def test_no_zone_of_the_package_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zone_tables, "_searched_changes", None)
    for name in available_timezones():
        zone_table(name)
