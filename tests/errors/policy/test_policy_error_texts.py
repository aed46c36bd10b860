"""The exact text of every error about a policy pack. `FAIRWIRE_ACCEPT=errors pytest tests/errors` records them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairwire.model.errors import FairwireError, Span
from fairwire.model.policy import DetectorInfo, ParameterLimits
from fairwire.policy import InvalidPack, check_against, load_pack

HERE = Path(__file__).parent
TOPICS = {name: name for name in ("dialling", "caller_number", "silent_calls", "secrets")}
DIALLER = DetectorInfo(
    id="voice.dialler",
    topics=("dialling",),
    mode="enforce",
    certainty="soft",
    parameters={"min_attempts": 60.0, "min_new": 0.7},
    limits={
        "min_attempts": ParameterLimits(kind="whole", unit="calls an hour", least=10, most=500),
        "min_new": ParameterLimits(kind="share", least=0, most=1),
    },
    entitlements=("asked_for",),
)
RETIRED = DetectorInfo(
    id="voice.old_dialler",
    topics=("dialling",),
    mode="shadow",
    certainty="soft",
    parameters={"min_attempts": 60.0},
    stage="retired",
)

Change = tuple[str, str, str]
"""File, what stands there, what stands there instead. An empty second part: the whole file."""

_NARROW_BLOCK = "{step: block, target: narrowest, lasts: 72h}"
_NOTIFY_AND_MORE = "      - {step: notify}\n      - {step: throttle"
_WHAT = "    what: Calls that nobody wants\n"
_DETERMINISTIC = "deterministic: {code: 403, phrase: Forbidden}"

CASES: dict[str, tuple[Change, ...]] = {
    "a_key_is_misspelt": (("clauses.yaml", "    gist: No diallers.", "    gits: No diallers."),),
    "a_key_stands_twice": (("clauses.yaml", "    place: First rule\n", "    place: First rule\n    place: Top of the page\n"),),
    "a_clause_stands_twice": (("clauses.yaml", "  H2:", "  H1:"),),
    "a_topic_is_misspelt": (("clauses.yaml", "[caller_number, silent_calls]", "[caller_number, silent_cals]"),),
    "a_ladder_is_misspelt": (("clauses.yaml", "ladder: terms", "ladder: term"),),
    "a_word_is_not_one_of_those_allowed": (("clauses.yaml", "status: not_yet", "status: not yet"),),
    "a_reason_is_missing": (("clauses.yaml", "    reason: Nobody can report one.\n", ""),),
    "what_shows_it_is_missing": (("clauses.yaml", "    shows: A dialler is found.\n", ""),),
    "a_list_is_empty": (("clauses.yaml", "topics: [dialling]", "topics: []"),),
    "a_list_is_a_text": (("clauses.yaml", "controls: [report]", "controls: report"),),
    "a_file_is_empty": (("clauses.yaml", "", "# nothing here yet\n"),),
    "a_file_is_no_yaml": (("ladder.yaml", "  terms:\n    what: What people judge", "  terms:\n    what: What: people: judge"),),
    "an_alias_is_used": (("ladder.yaml", "    what: What people judge", "    what: *judged"),),
    "a_control_character_is_in_a_file": (("clauses.yaml", "No diallers.", "No\x07diallers."),),
    "a_ladder_steps_down": (("ladder.yaml", "      - {step: suspend, approvals: 1}", "      - {step: notify}"),),
    "an_automatic_step_never_ends": (("ladder.yaml", _NARROW_BLOCK, "{step: block, target: narrowest}"),),
    "a_suspension_without_people": (("ladder.yaml", "{step: suspend, approvals: 1}", "{step: suspend}"),),
    "a_second_step_of_a_kind_is_no_longer": (
        ("ladder.yaml", "      - {step: suspend, approvals: 1}", "      - {step: block, lasts: 24h}"),
    ),
    "a_notice_with_an_end": (
        (
            "ladder.yaml",
            _NOTIFY_AND_MORE,
            _NOTIFY_AND_MORE.replace("notify", "notify, lasts: 1h"),
        ),
    ),
    "a_severity_enters_at_no_rung": (("ladder.yaml", "critical: block}", "critical: terminate}"),),
    "a_worse_severity_enters_lower": (("ladder.yaml", "high: block, critical: block", "high: block, critical: notify"),),
    "a_soft_rule_may_suspend": (("ladder.yaml", _WHAT, _WHAT + "    soft_limit: suspend\n"),),
    "a_time_without_a_unit": (("ladder.yaml", "lasts: 24h", "lasts: 24"),),
    "a_603_that_is_no_analytics_block": (
        ("pack.yaml", _DETERMINISTIC, _DETERMINISTIC.replace("403, phrase: Forbidden", "603, phrase: Network Blocked")),
    ),
    "a_503_for_a_customers_limit": (("pack.yaml", "own_limit: {code: 480", "own_limit: {code: 503"),),
    "a_429_for_a_customers_limit": (("pack.yaml", "own_limit: {code: 480", "own_limit: {code: 429"),),
    "a_limit_that_does_not_say_when": (("pack.yaml", "Temporarily Unavailable, retry_after: 1m", "Temporarily Unavailable"),),
    "a_country_in_words": (("pack.yaml", "  country: US\n", "  country: United States\n"),),
    "a_number_in_quotes": (("pack.yaml", "{min_attempts: 80}", '{min_attempts: "80"}'),),
    "a_detector_is_misspelt": (("pack.yaml", "voice.dialler:", "voice.dialer:"),),
    "a_parameter_is_misspelt": (("pack.yaml", "{min_attempts: 80}", "{min_attempt: 80}"),),
    "a_parameter_below_its_least": (("pack.yaml", "{min_attempts: 80}", "{min_attempts: 5}"),),
    "a_parameter_above_its_most": (("pack.yaml", "{min_attempts: 80}", "{min_attempts: 5000}"),),
    "a_parameter_that_is_not_whole": (("pack.yaml", "{min_attempts: 80}", "{min_attempts: 79.5}"),),
    "a_share_in_percent": (("pack.yaml", "{min_attempts: 80}", "{min_new: 70}"),),
    "a_detector_that_serves_no_clause": (("clauses.yaml", "topics: [dialling]", "topics: [secrets]"),),
    "a_notice_names_an_unknown_fact": (("notices/block.txt", "{{ contact }}", "{{ contacts }}"),),
    "a_notice_is_no_template": (("notices/limit.txt", "{% endif %}", "{% end %}"),),
    "a_notice_without_a_subject": (("notices/warning.txt", "Subject: ", ""),),
    "a_notice_is_misnamed": (("notices/warning.txt", "", ""),),
    "a_clause_names_an_unknown_detector": (
        ("clauses.yaml", "topics: [secrets]", "topics: [secrets]\n    detectors: [voice.dialer]"),
    ),
    "a_version_of_two_numbers": (("pack.yaml", "version: 1.2.0", "version: 1.2"),),
    "a_change_that_no_clause_allows": (("pack.yaml", "  clause: H3\n  effective", "  clause: H4\n  effective"),),
    "a_change_that_nobody_explains": (("pack.yaml", "  clause: H3\n  effective", "  effective"),),
    "a_change_after_a_notice_that_is_not_sent": (("pack.yaml", "{send: true, before: 30d}", "{send: false}"),),
    "a_notice_of_change_without_a_text": (("notices/change.txt", "", ""),),
    "a_notice_of_change_names_an_unknown_fact": (("notices/change.txt", "{{ page }}", "{{ pages }}"),),
    "a_notice_of_change_tells_what_only_others_know": (("notices/change.txt", "{{ acceptance }}", "{{ reason }}"),),
    "a_report_category_that_names_no_clause": (("pack.yaml", "title: Secrets, topics: [secrets],", "title: Secrets,"),),
    "a_report_category_that_serves_no_clause": (("clauses.yaml", "topics: [secrets]", "topics: [silent_calls]"),),
    "a_report_category_of_an_unknown_clause": (
        ("pack.yaml", "title: Secrets, topics: [secrets],", "title: Secrets, clauses: [H7],"),
    ),
    "a_workflow_of_an_unknown_kind": (("pack.yaml", "kind: consent", "kind: concent"),),
    "a_workflow_with_days_of_no_kind": (("pack.yaml", "notice: 5bd", "notice: 5"),),
    "a_limit_that_an_unknown_detector_counts": (("pack.yaml", "counted_by: voice.dialler", "counted_by: voice.dialer"),),
    "a_limit_on_an_unknown_topic": (("pack.yaml", "topic: dialling", "topic: dialing"),),
    "an_entitlement_that_no_detector_knows": (("pack.yaml", "from: asked_for", "from: asked"),),
    "an_entitlement_that_silences_nothing_there_is": (
        ("pack.yaml", "silences: [dialling]", "silences: [dialing, voice.dialer]"),
    ),
    "profiles_that_overlap": (("pack.yaml", "      until: 2025-01-01\n", "      until: 2025-07-01\n"),),
    "a_profile_that_never_ends_before_the_next": (("pack.yaml", "      until: 2025-01-01\n", ""),),
    "a_profile_that_ends_before_it_begins": (("pack.yaml", "until: 2025-01-01", "until: 2023-01-01"),),
    "a_profile_from_a_day_that_is_none": (("pack.yaml", "from: 2025-01-01", "from: 2025-02-29"),),
    "hours_that_end_before_they_start": (("pack.yaml", 'start: "09:00", end: "20:00"', 'start: "20:00", end: "09:00"'),),
    "hours_without_quotes": (("pack.yaml", 'start: "09:00"', "start: 9"),),
    "a_detector_in_a_stage_that_is_none": (("pack.yaml", "mode: alert", "mode: enforced"),),
    "a_detector_that_is_retired_for_all": (("pack.yaml", "voice.dialler:", "voice.old_dialler:"),),
    "evidence_of_no_day": (("pack.yaml", "    mode: alert\n", "    mode: alert\n    evidence: [{to: alert, days: 14}]\n"),),
    "a_case_that_expects_nothing": (("cases.yaml", "expect: {clause: H1}", "expect: {by_call: 100}"),),
    "a_case_of_an_unknown_clause": (("cases.yaml", "expect: {clause: H1}", "expect: {clause: H9}"),),
    "a_case_with_a_misspelt_key": (("cases.yaml", "    given:", "    givne:"),),
    "ten_mistakes": (
        ("pack.yaml", "version: 1.2.0", "version: 1.2"),
        ("pack.yaml", "  clause: H3\n  effective", "  clause: H33\n  effective"),
        ("pack.yaml", "voice.dialler:\n", "voice.dialer:\n"),
        ("pack.yaml", "title: Secrets, topics: [secrets],", "title: Secrets,"),
        ("pack.yaml", "from: asked_for", "from: asked"),
        ("pack.yaml", "      until: 2025-01-01\n", "      until: 2025-07-01\n"),
        ("clauses.yaml", "topics: [secrets]", "topics: [secret]"),
        ("clauses.yaml", "    reason: Nobody can report one.\n", ""),
        ("ladder.yaml", "      - {step: suspend, approvals: 1}", "      - {step: notify}"),
        ("notices/block.txt", "{{ contact }}", "{{ contacts }}"),
    ),
    "many_things_are_wrong_at_once": (
        ("pack.yaml", "title: Harbour Voice\n", "titel: Harbour Voice\n"),
        ("clauses.yaml", "topics: [dialling]", "topics: [dialing]"),
        ("clauses.yaml", "ladder: nuisance\n    status: partial", "ladder: nusance\n    status: partial"),
        ("clauses.yaml", "    reason: Nobody can report one.\n", ""),
        ("ladder.yaml", "{step: suspend, approvals: 1}", "{step: terminate, approvals: 1}"),
        ("notices/suspension.txt", "{{ reason }}", "it"),
    ),
}


def pack_texts() -> dict[str, str]:
    """The files of the fictional pack that every case spoils in one place."""
    folder = HERE / "pack"
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.*"))}


def spoilt(changes: tuple[Change, ...]) -> dict[str, str]:
    texts = pack_texts()
    for file, there, instead in changes:
        assert there in texts[file], f"{file} no longer holds {there!r}"
        texts[file] = texts[file].replace(there, instead, 1) if there else instead
    return texts


def error_of(texts: dict[str, str]) -> FairwireError:
    """What loading the pack says, compared with the detectors there are."""
    with pytest.raises(InvalidPack) as caught:
        load_pack(texts, TOPICS, root="harbour", detectors=lambda: [DIALLER, RETIRED])
    return caught.value


@pytest.mark.parametrize("case", sorted(CASES))
def test_the_error_reads_as_recorded(case: str) -> None:
    texts = spoilt(CASES[case])
    if case == "a_notice_is_misnamed":
        texts["notices/warnings.txt"] = texts.pop("notices/warning.txt")
    if case == "a_notice_of_change_without_a_text":
        del texts["notices/change.txt"]
    rendered = error_of(texts).render() + "\n"
    golden = HERE / f"{case}.txt"
    if os.environ.get("FAIRWIRE_ACCEPT") == "errors":
        golden.write_text(rendered, encoding="utf-8")
    assert rendered == golden.read_text(encoding="utf-8")


def test_every_recorded_text_belongs_to_a_case() -> None:
    assert {file.stem for file in HERE.glob("*.txt")} == set(CASES)


def test_the_unspoilt_pack_is_valid() -> None:
    pack = load_pack(pack_texts(), TOPICS, root="harbour")
    check_against(pack, [DIALLER])
    assert pack.id == "harbour"


def test_ten_mistakes_are_ten_sentences_each_with_its_place() -> None:
    error = error_of(spoilt(CASES["ten_mistakes"]))
    assert isinstance(error, InvalidPack)
    assert len({str(each.at) for each in error.errors if isinstance(each.at, Span)}) == len(error.errors) == 10
    assert all("\n" not in each.sentence() for each in error.errors)


def test_messages_follow_the_house_style() -> None:
    for changes in CASES.values():
        texts = spoilt(changes)
        if not texts["notices/warning.txt"] or not texts["notices/change.txt"]:
            continue
        error = error_of(texts)
        assert isinstance(error, InvalidPack)
        for each in error.errors:
            assert each.code.startswith("FW-PACK-")
            assert not each.message.endswith("."), each.message
            assert each.message[0] == "`" or each.message[:3].isupper() or each.message[0].islower() or each.message[0].isdigit()
            assert "\n" not in each.sentence()


def test_of_a_very_long_line_only_the_part_around_the_place_is_shown() -> None:
    line = "a: [" + "x, " * 3000 + "WRONG" + ", y" * 3000 + "]"
    column = line.index("WRONG") + 1
    text = FairwireError("no", at=Span(file="pack.yaml", line=1, column=column, length=5, text=line)).render()
    _, place, _, source, caret = text.splitlines()
    assert place == f" --> pack.yaml:1:{column}"
    assert len(source) < 180
    assert source[caret.index("^") : caret.index("^") + 5] == "WRONG"
    assert caret.count("^") == 5
