"""A pack is read whole or not at all, says what it means, and has a version that names exactly what decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwire.model.policy import Pack
from fairwire.policy import InvalidPack, load_pack, load_topics

FOLDER = Path(__file__).parents[2] / "errors" / "policy" / "pack"
TOPICS = {name: name for name in ("dialling", "caller_number", "silent_calls", "secrets")}


def texts() -> dict[str, str]:
    return {file.relative_to(FOLDER).as_posix(): file.read_text(encoding="utf-8") for file in sorted(FOLDER.rglob("*.*"))}


def load(**changes: tuple[str, str]) -> Pack:
    """The fictional pack with one text changed for another in each named file (`clauses` is `clauses.yaml`)."""
    files = texts()
    for name, (there, instead) in changes.items():
        file = f"{name}.yaml"
        assert there in files[file]
        files[file] = files[file].replace(there, instead, 1)
    return load_pack(files, TOPICS)


def test_what_is_written_is_what_is_loaded() -> None:
    pack = load()
    assert (pack.id, pack.title, pack.document) == ("harbour", "Harbour Voice", "House rules, 2026-01-31")
    assert list(pack.clauses) == ["H1", "H2", "H3"]
    assert pack.clauses["H2"].topics == ("caller_number", "silent_calls")
    assert pack.clauses["H2"].reason == "Silent calls are not looked for."
    assert pack.modes == {"voice.dialler": "alert"}
    assert pack.parameters == {"voice.dialler": {"min_attempts": 80.0}}
    assert pack.contact == "review@harbour.example"


def test_a_ladder_keeps_its_steps_ends_and_entries() -> None:
    ladder = load().ladders["nuisance"]
    assert [rung.step for rung in ladder.rungs] == ["log", "notify", "throttle", "block", "suspend"]
    assert [rung.ttl_s for rung in ladder.rungs] == [None, None, 86_400, 259_200, None]
    assert [rung.approvals for rung in ladder.rungs] == [0, 0, 0, 0, 1]
    assert ladder.entry == {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 3}
    assert (ladder.memory_s, ladder.soft_limit) == (90 * 86_400, "throttle")


def test_an_undated_document_says_so() -> None:
    assert load(pack=("  date: 2026-01-31\n", "")).document == "House rules, undated"


def test_a_country_changes_only_the_answers_that_it_names() -> None:
    pack = load()
    assert pack.answer("analytic", "US").code == 603
    assert pack.answer("analytic", "GB").code == 403
    assert pack.answer("own_limit", "US").code == 480
    assert pack.answer("own_limit", "US").retry_after_s == 60


def test_a_customer_without_a_country_has_that_of_the_pack() -> None:
    assert load().answer("analytic").phrase == "Network Blocked"
    assert load(pack=("  country: US\n", "")).answer("analytic").code == 403


def test_norway_is_a_country_and_not_a_denial() -> None:
    assert load(pack=("  country: US\n", "  country: NO\n")).country == "NO"


def test_the_version_is_sixteen_hex_digits_and_does_not_change_by_itself() -> None:
    version = load().version
    assert len(version) == 16
    assert int(version, 16) >= 0
    assert load().version == version


@pytest.mark.parametrize(
    "change",
    [
        {"clauses": ("topics: [secrets]", "topics: [secrets, dialling]")},
        {"clauses": ("ladder: terms", "ladder: nuisance")},
        {"clauses": ("  H2:", "  H4:")},
        {"clauses": ("No secrets of others.", "No secrets of anybody.")},
        {"ladder": ("lasts: 24h", "lasts: 12h")},
        {"ladder": ("critical: block", "critical: suspend")},
        {"pack": ("min_attempts: 80", "min_attempts: 81")},
        {"pack": ("mode: alert", "mode: shadow")},
        {"pack": ("code: 603, phrase: Network Blocked", "code: 403, phrase: Forbidden")},
        {"pack": ("review@harbour.example", "other@harbour.example")},
        {"pack": ("before: 30d", "before: 14d")},
        {"pack": ("acceptance: use", "acceptance: explicit")},
        {"pack": ("severity: high}", "severity: high, restricted: true}")},
        {"pack": ("notice: 5bd", "notice: 6bd")},
        {"pack": ("on_limit: notify", "on_limit: refuse")},
        {"pack": ("from: asked_for", "from: wanted")},
        {"pack": ('end: "20:00"', 'end: "19:00"')},
        {"clauses": ("topics: [secrets]", "topics: [secrets]\n    detectors: [voice.dialler]")},
    ],
    ids=str,
)
def test_whatever_decides_changes_the_version(change: dict[str, tuple[str, str]]) -> None:
    assert load(**change).version != load().version


@pytest.mark.parametrize(
    "change",
    [
        {"clauses": ("place: First rule", "place: First rule, second sentence")},
        {"clauses": ("Nobody can report one.", "Nobody can report one yet.")},
        {"clauses": ("clauses:\n", "# a note\nclauses:\n")},
        {"ladder": ("What people judge", "What people look at")},
        {"ladder": ("lasts: 24h", "lasts: 1440m")},
        {"pack": ("min_attempts: 80", "min_attempts: 80.0")},
        {"pack": ("The rules allow", "These rules allow")},
        {"pack": ("version: 1.2.0", "version: 1.2.1")},
        {"pack": ("title: Secrets", "title: Secrets of others")},
        {"pack": ("before: 30d", "before: 720h")},
    ],
    ids=str,
)
def test_what_decides_nothing_leaves_the_version_alone(change: dict[str, tuple[str, str]]) -> None:
    assert load(**change).version == load().version


def test_what_a_pack_declares_is_what_is_loaded() -> None:
    pack = load()
    assert pack.release == "1.2.0"
    assert pack.changes is not None
    assert (pack.changes.effective, pack.changes.acceptance, pack.changes.clause) == ("after_notice", "use", "H3")
    assert (pack.changes.notice.send, pack.changes.notice.before_s, pack.changes.choice) == (True, 30 * 86_400, None)
    assert pack.report_categories["secrets"].severity == "high"
    assert (pack.workflows["consent"].kind, pack.workflows["consent"].notice) == ("consent", "5bd")
    assert pack.limits["attempts"].counted_by == "voice.dialler"
    assert (pack.entitlements["dialler"].silences, pack.entitlements["dialler"].feature) == (("dialling",), "asked_for")


def test_a_country_has_at_most_one_profile_on_a_day() -> None:
    pack = load()
    first, second = pack.profile("US", "2024-12-31"), pack.profile("US", "2025-01-01")
    assert first is not None
    assert second is not None
    assert first.calling_hours is not None
    assert second.calling_hours is not None
    assert (first.calling_hours.end_min, second.calling_hours.end_min) == (21 * 60, 20 * 60)
    assert pack.profile("US", "2023-12-31") is None
    assert pack.profile("GB", "2025-01-01") is None


def test_a_gap_between_two_profiles_is_allowed() -> None:
    pack = load(pack=("until: 2025-01-01", "until: 2024-07-01"))
    assert pack.profile("US", "2024-08-01") is None


def test_a_pack_without_a_word_on_changes_loads_and_needs_no_notice_of_change() -> None:
    files = texts()
    start, end = files["pack.yaml"].index("changes:"), files["pack.yaml"].index("detectors:")
    files["pack.yaml"] = files["pack.yaml"][:start] + files["pack.yaml"][end:]
    del files["notices/change.txt"]
    assert load_pack(files, TOPICS).changes is None


def test_every_error_of_every_file_is_reported_at_once() -> None:
    files = texts()
    del files["notices/block.txt"]
    files["pack.yaml"] = files["pack.yaml"].replace("title: Harbour", "titel: Harbour")
    files["clauses.yaml"] = files["clauses.yaml"].replace("ladder: terms", "ladder: therms").replace("[dialling]", "[diallin]")
    files["ladder.yaml"] = files["ladder.yaml"].replace("{step: suspend, approvals: 1}", "{step: suspend}")
    files["extra.yaml"] = "a: 1\n"
    with pytest.raises(InvalidPack) as caught:
        load_pack(files, TOPICS, root="here")
    found = sorted({error.code for error in caught.value.errors})
    assert found == ["FW-PACK-004", "FW-PACK-006", "FW-PACK-007", "FW-PACK-008", "FW-PACK-009", "FW-PACK-015"]
    assert len(caught.value.errors) == 7


def test_a_clause_with_a_wrong_key_does_not_hide_its_unknown_topic() -> None:
    with pytest.raises(InvalidPack) as caught:
        load(clauses=("topics: [dialling]\n", "topics: [diallin]\n    colour: red\n"))
    assert {error.code for error in caught.value.errors} == {"FW-PACK-004", "FW-PACK-007"}


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "clauses:", "clauses: 3", "clauses: [a]", "clauses: {}", "clauses: {A: }", "clauses: {A: [1]}"]
)
def test_a_clauses_file_of_any_wrong_shape_is_an_error_and_no_crash(text: str) -> None:
    with pytest.raises(InvalidPack) as caught:
        load_pack({**texts(), "clauses.yaml": text}, TOPICS)
    assert caught.value.errors[0].render().startswith("error[FW-PACK-")


def test_nothing_at_all_is_reported_file_by_file() -> None:
    with pytest.raises(InvalidPack) as caught:
        load_pack({}, TOPICS)
    assert [error.code for error in caught.value.errors] == ["FW-PACK-006"] * 7


def test_a_bomb_of_nested_lists_is_refused_before_it_is_built() -> None:
    with pytest.raises(InvalidPack) as caught:
        load_pack({**texts(), "clauses.yaml": "clauses: " + "[" * 500 + "]" * 500}, TOPICS)
    assert "nested deeper" in caught.value.render()


def test_a_topic_list_with_an_empty_meaning_is_refused() -> None:
    assert load_topics("topics:\n  a: One thing\n", file="topics.yaml") == {"a": "One thing"}
    with pytest.raises(InvalidPack) as caught:
        load_topics("topics:\n  a: ''\n", file="topics.yaml")
    assert "topics.yaml:2:6" in caught.value.render()
