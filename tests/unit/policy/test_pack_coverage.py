"""Coverage: a pack's claim about a clause can only lose by being compared with what is there."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fairwire.model.finding import Mode
from fairwire.model.policy import Coverage, DetectorInfo, Fired, Pack
from fairwire.policy import coverage, load_pack

FOLDER = Path(__file__).parents[2] / "errors" / "policy" / "pack"
TOPICS = {name: name for name in ("dialling", "caller_number", "silent_calls", "secrets")}
INLINE: dict[str, tuple[str, ...]] = {"caller_number": ("inline.caller_id",)}
TESTS = {"H1": ["voice.dialler: a list dialled by machine is found"]}


def pack(there: str = "", instead: str = "") -> Pack:
    texts = {file.relative_to(FOLDER).as_posix(): file.read_text(encoding="utf-8") for file in FOLDER.rglob("*.*")}
    texts["pack.yaml"] = texts["pack.yaml"].replace(there, instead) if there else texts["pack.yaml"]
    return load_pack(texts, TOPICS)


def dialler(mode: Mode = "enforce") -> DetectorInfo:
    return DetectorInfo(id="voice.dialler", topics=("dialling",), mode=mode, certainty="soft", parameters={"min_attempts": 60.0})


def rows(
    detectors: list[DetectorInfo],
    *,
    inline: dict[str, tuple[str, ...]] = INLINE,
    tests: dict[str, list[str]] = TESTS,
    running: Collection[str] = (),
    fired: dict[str, Fired] | None = None,
) -> dict[str, Coverage]:
    return {row.clause: row for row in coverage(pack(), detectors, inline, tests, running=running, fired=fired)}


def test_a_clause_is_working_when_all_that_it_claims_is_there() -> None:
    row = rows([dialler()])["H1"]
    assert (row.status, row.reason, row.mode) == ("working", None, "alert")
    assert row.enforced_by == ("voice.dialler", "limit.attempts")
    assert row.declared == ("workflow.consent",)
    assert row.tests == ("voice.dialler: a list dialled by machine is found",)


def test_without_its_detector_a_working_clause_is_not_enforced_and_says_so() -> None:
    row = rows([])["H1"]
    assert (row.status, row.mode, row.enforced_by) == ("not_yet", None, ())
    assert row.reason == "nothing that is installed serves `dialling`; the pack expects it to be working"


def test_without_its_inline_check_a_partial_clause_is_not_enforced() -> None:
    assert rows([dialler()])["H2"].status == "partial"
    row = rows([dialler()], inline={})["H2"]
    assert (row.status, row.enforced_by) == ("not_yet", ())


def test_a_working_clause_that_no_test_names_is_partial() -> None:
    row = rows([dialler()], tests={})["H1"]
    assert (row.status, row.reason) == ("partial", "no test names the clause")


def test_a_detector_in_shadow_makes_no_clause_working() -> None:
    texts = coverage(pack("mode: alert", "mode: shadow"), [dialler()], INLINE, TESTS)
    row = texts[0]
    assert (row.status, row.mode) == ("partial", "shadow")
    assert row.reason is not None
    assert row.reason.startswith("it runs in shadow only")


def test_the_packs_own_mode_is_shown_and_not_the_detectors() -> None:
    assert rows([dialler("enforce")])["H1"].mode == "alert"


def test_an_inline_check_decides_and_so_enforces() -> None:
    row = rows([dialler()])["H2"]
    assert (row.enforced_by, row.mode) == (("inline.caller_id",), "enforce")


def test_a_partial_clause_keeps_its_reason() -> None:
    assert rows([dialler()])["H2"].reason == "Silent calls are not looked for."


def test_a_clause_that_claims_nothing_gains_nothing() -> None:
    reporter = DetectorInfo(id="content.secrets", topics=("secrets",), mode="enforce", certainty="hard", parameters={})
    row = rows([dialler(), reporter])["H3"]
    assert (row.status, row.enforced_by) == ("not_yet", ("content.secrets",))
    assert row.reason == "Nobody can report one."


def test_every_row_names_its_policy_gist_and_controls() -> None:
    row = rows([dialler()])["H3"]
    assert (row.policy, row.gist, row.controls) == ("harbour", "No secrets of others.", ("report",))


def test_what_is_only_declared_enforces_nothing() -> None:
    row = rows([dialler()])["H3"]
    assert (row.enforced_by, row.declared) == ((), ("report.secrets", "term.secrets"))
    assert row.party == "customer"


def test_what_is_declared_enforces_once_something_runs_behind_it() -> None:
    row = rows([dialler()], running={"report"})["H3"]
    assert (row.enforced_by, row.declared) == (("report.secrets",), ("term.secrets",))
    assert row.status == "not_yet", "a clause that claims nothing gains nothing"


def test_a_limit_counts_only_while_its_counter_is_there() -> None:
    assert "limit.attempts" in rows([dialler()])["H1"].enforced_by
    assert "limit.attempts" in rows([])["H1"].declared


def test_how_often_a_clause_fired_stands_in_its_row() -> None:
    assert rows([dialler()])["H1"].fired is None
    fired = {"H1": Fired(shadow=2, acted=1, last="2026-03-04T00:00:00Z")}
    assert rows([dialler()], fired=fired)["H1"].fired == fired["H1"]
    assert rows([dialler()], fired=fired)["H2"].fired == Fired()
