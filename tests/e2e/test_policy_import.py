"""`fairwire policy import` as a user types it: what it finds, what it writes, and what it says of what is no policy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

FAIRWIRE = str(Path(sys.executable).parent / "fairwire")

POLICY = """\
Home
Products
Prices
Support

Juniper Voice Acceptable Use Policy

Version 2.1. Last updated 4 March 2025.

1. What is not allowed

You may not use the lines:

(a) to send unsolicited text messages or bulk e-mail;
(b) with auto-diallers, or for robocalls that play a recording, unless the called person has agreed in writing;
(c) to hack, probe or scan systems without our prior written consent;
(d) to impersonate another person, or to present a caller ID that is not yours; or
(e) for more than 2,000 minutes per user per month on an unlimited plan.

2. Your password

Do not share your password with anyone.

3. What we may do

We may suspend your account if you break these rules, and terminate the service after thirty (30) days' notice.

4. Changes

We may change this policy at any time; changes take effect when they are posted here.

5. Reports

Report abuse to abuse@juniper-voice.example.

Copyright 2025 Juniper Voice. All rights reserved.
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FAIRWIRE, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("import") / "policy.txt"
    file.write_text(POLICY, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def found(document: Path) -> dict[str, Any]:
    done = run("policy", "import", document, "--json")
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def about(found: dict[str, Any], words: str) -> dict[str, Any]:
    """The one clause that has these words."""
    (clause,) = [clause for clause in found["clauses"] if words in clause["text"]]
    assert isinstance(clause, dict)
    return clause


def sure(clause: dict[str, Any]) -> set[str]:
    return {topic["topic"] for topic in clause["topics"] if topic["confidence"] >= 0.5}


def test_the_shape_is_the_promised_one(found: dict[str, Any]) -> None:
    assert found["title"] == "Juniper Voice Acceptable Use Policy"
    assert found["version"] == "2.1"
    assert found["language"] == "en"
    promised = {
        "id",
        "text",
        "start",
        "end",
        "party",
        "topics",
        "exceptions",
        "quantities",
        "remedies",
        "controls",
        "needs_review",
    }
    for clause in found["clauses"]:
        assert promised <= set(clause)
        assert POLICY[clause["start"] : clause["end"]] == clause["text"]
        for topic in clause["topics"]:
            assert 0 <= topic["confidence"] <= 1
            assert topic["words"]
    assert {passage["text"] for passage in found["ignored"]} >= {"Home", "Products", "Prices", "Support"}
    assert [day["day"] for day in found["dates"]] == ["2025-03-04"]


def test_each_item_is_a_clause_with_its_own_number_and_lead_in(found: dict[str, Any]) -> None:
    items = [clause for clause in found["clauses"] if clause.get("lead_in") == "You may not use the lines:"]
    assert [clause["id"] for clause in items] == ["1.a", "1.b", "1.c", "1.d", "1.e"]
    assert {clause["party"] for clause in items} == {"customer"}


def test_topics_are_named_several_where_a_clause_names_several(found: dict[str, Any]) -> None:
    assert sure(about(found, "unsolicited text")) >= {"text_spam", "mail_spam"}
    assert sure(about(found, "auto-diallers")) >= {"auto_dialling", "robocalls"}
    assert sure(about(found, "hack, probe")) >= {"intrusion", "network_scanning"}
    assert sure(about(found, "impersonate")) >= {"impersonation", "caller_id"}
    assert sure(about(found, "share your password")) == {"credential_sharing"}


def test_exceptions_numbers_and_remedies_stay_with_their_clause(found: dict[str, Any]) -> None:
    assert about(found, "auto-diallers")["exceptions"] == ["unless the called person has agreed in writing"]
    assert about(found, "hack, probe")["exceptions"] == ["without our prior written consent"]
    (minutes,) = about(found, "2,000 minutes")["quantities"]
    assert (minutes["value"], minutes["unit"], minutes["comparator"]) == (2000, "minute_of_calls", "more_than")
    ending = about(found, "suspend your account")
    assert ending["party"] == "provider"
    assert set(ending["remedies"]) >= {"suspend", "terminate"}
    assert [(quantity["value"], quantity["unit"]) for quantity in ending["quantities"]] == [(30, "day")]


def test_where_to_report_and_how_it_changes_are_read(found: dict[str, Any]) -> None:
    assert [address["value"] for address in found["reporting"]] == ["abuse@juniper-voice.example"]
    assert found["changes"]["effective"] == "on_posting"
    assert found["changes"]["notice"] is False


def test_a_draft_is_valid_and_acts_on_nothing(document: Path, tmp_path: Path) -> None:
    draft = tmp_path / "juniper"
    done = run("policy", "import", document, "-o", draft, "--country", "GB")
    assert done.returncode == 0, done.stderr
    checked = run("policy", "check", draft)
    assert checked.returncode == 0, checked.stderr
    assert run("policy", "coverage", draft).returncode == 0
    written = (draft / "pack.yaml").read_text()
    assert "pack: juniper" in written
    assert "email: abuse@juniper-voice.example" in written
    assert "mode: enforce" not in written
    assert written.count("mode: shadow") >= 3
    rows = json.loads(run("policy", "coverage", draft, "--json").stdout)
    assert {row["status"] for row in rows} == {"not_yet"}
    assert {row["mode"] for row in rows} <= {"shadow", None, "enforce"}
    assert {row["clause"] for row in rows if row["mode"] == "enforce"} <= {
        row["clause"] for row in rows if "emergency" in row["gist"]
    }


def test_a_sheet_for_the_reviewer_says_which_words_decided(document: Path, tmp_path: Path) -> None:
    assert run("policy", "import", document, "-o", tmp_path / "draft").returncode == 0
    sheet = (tmp_path / "draft" / "IMPORT.md").read_text()
    assert "`auto_dialling`" in sheet
    assert "auto-diallers" in sheet
    assert "Left aside" in sheet


def test_a_date_that_may_be_two_days_is_left_to_a_person(tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    file.write_text(
        "Acceptable Use Policy\nLast modified on 09/07/2020\n\nYou must not send spam.\nYou must not make robocalls.\n"
    )
    made = run("policy", "import", file, "-o", tmp_path / "ours", "--country", "CA")
    assert made.returncode == 0, made.stderr
    assert "updated 2020-07-09 (or another day: it says “09/07/2020”)" in made.stdout
    pack = (tmp_path / "ours" / "pack.yaml").read_text(encoding="utf-8")
    assert "  date:" not in pack
    for text in (pack, (tmp_path / "ours" / "IMPORT.md").read_text(encoding="utf-8")):
        assert "“09/07/2020” need not be 2020-07-09: write the day that is meant" in text


def test_a_draft_never_lands_on_what_is_there(document: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    done = run("policy", "import", document, "-o", tmp_path)
    assert done.returncode == 2
    assert "a draft is written to an empty folder only" in done.stderr
    assert (tmp_path / "kept.txt").read_text() == "mine"


def test_the_same_document_gives_the_same_bytes(document: Path) -> None:
    assert run("policy", "import", document, "--json").stdout == run("policy", "import", document, "--json").stdout


PRIVACY = """Privacy Policy

This privacy policy explains which personal data we collect, why we process it, how long we keep it and with whom we share it.
The data controller is Juniper Voice. We collect your name, your address and your cookies when you visit our website. You have
the right of access, of rectification and of erasure, and the right to lodge a complaint with the supervisory authority. We use
cookies and similar technologies. Our data protection officer answers questions about your personal data.
"""
GERMAN = """Nutzungsrichtlinie

Der Kunde darf die Dienste nicht für rechtswidrige Zwecke verwenden. Es ist nicht erlaubt, unerwünschte Anrufe oder Nachrichten
zu senden. Wir können das Konto sperren, wenn der Kunde gegen diese Regeln verstößt, und den Vertrag kündigen. Der Kunde ist für
alle Handlungen verantwortlich, die über seinen Zugang vorgenommen werden, und muss sein Kennwort geheim halten.
"""
FAIR_USE = """
Juniper Voice Fair Usage Policy

Last updated 1 May 2025.

On an unlimited plan you may not use more than 3,000 minutes a month. Use beyond that is excessive, and we may move you to a
metered plan. We compare your use with that of all other customers on the plan, and tell you a week before we change it. A plan
is for the calls of people; it is not for call centres, and not for recordings.
"""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"", "the file is empty"),
        ("blank.txt", b" \n\n \t\n", "the file is empty"),
        ("dots.txt", b"... ... 1 2 3\n", "holds no text"),
        ("privacy.txt", PRIVACY.encode(), "this reads as a privacy policy"),
        ("german.txt", GERMAN.encode(), "is in another language (`de`"),
        ("broken.pdf", b"%PDF-1.7\nthis is not the rest of it", "broken.pdf"),
        (
            "two.txt",
            (POLICY + FAIR_USE).encode(),
            "holds 2 policies",
        ),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), "a picture"),
    ],
)
def test_bad_input_is_told_in_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    done = run("policy", "import", file)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert str(file) in done.stderr
    assert done.stdout == ""


def test_one_of_two_policies_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    file.write_text(POLICY + FAIR_USE)
    refused = run("policy", "import", file)
    assert refused.returncode == 2
    assert "--part N" in refused.stderr
    done = run("policy", "import", file, "--part", "2", "--json")
    assert done.returncode == 0, done.stderr
    clauses = json.loads(done.stdout)["clauses"]
    assert all(clause["start"] > len(POLICY) for clause in clauses)
    assert any(topic["topic"] == "fair_use" for clause in clauses for topic in clause["topics"])


def test_another_document_is_imported_when_a_person_insists(tmp_path: Path) -> None:
    file = tmp_path / "privacy.txt"
    file.write_text(PRIVACY)
    done = run("policy", "import", file, "--anyway", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["is_policy"] is False


SUGGESTER = """\
import json, sys
asked = json.load(sys.stdin)
first = asked["clauses"][0]["id"]
json.dump({"suggestions": [{"id": first, "topics": ["child_safety", "no_such_topic"]}]}, sys.stdout)
"""


def test_a_suggester_may_only_propose(document: Path, tmp_path: Path) -> None:
    program = tmp_path / "suggester.py"
    program.write_text(SUGGESTER)
    done = run("policy", "import", document, "--json", "-o", tmp_path / "draft", "--suggester", f"{sys.executable} {program}")
    assert done.returncode == 0, done.stderr
    first = json.loads(done.stdout)["clauses"][0]
    (proposed,) = [topic for topic in first["topics"] if topic.get("proposed_by")]
    assert proposed["topic"] == "child_safety"
    assert proposed["confidence"] < 0.5
    assert first["needs_review"]
    assert "child_safety" not in (tmp_path / "draft" / "clauses.yaml").read_text()
    assert "proposed by" in (tmp_path / "draft" / "IMPORT.md").read_text()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-program-here", "there is no such program"),
        ("false", "ended with status 1"),
        ("echo hello", "is not what was agreed"),
    ],
)
def test_a_suggester_that_fails_is_told_of(document: Path, command: str, said: str) -> None:
    done = run("policy", "import", document, "--suggester", command)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_with_scripts_menus_and_a_footer_gives_only_the_policy(tmp_path: Path) -> None:
    items = "".join(f"<li>{item}</li>" for item in ("send spam", "spoof a caller ID", "distribute malware"))
    links = "".join(f'<li><a href="/{n}">Call forwarding {n}</a></li>' for n in range(8))
    file = tmp_path / "page.html"
    file.write_text(
        "<html lang=en><head><title>Rules</title><script>document.write('You may not fork bombs')</script></head>"
        f"<body><nav><ul>{links}</ul></nav>"
        f"<main><h1>Acceptable Use Policy</h1><p>You must not use the service to:</p><ol type=a>{items}</ol>"
        "<p>We may suspend your account at once if you break this policy. Report abuse to abuse@juniper-voice.example. "
        "You are responsible for what your users do. You must not resell the service.</p></main>"
        "<footer><p>Juniper Voice, all rights reserved, and a menu of call forwarding.</p></footer></body></html>"
    )
    done = run("policy", "import", file, "--json")
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    texts = " ".join(clause["text"] for clause in read["clauses"])
    assert "spoof a caller ID" in texts
    assert "fork bombs" not in read["document"]["text"]
    assert "forwarding" not in texts


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "bomb.docx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 300_000_000)
    done = run("policy", "import", file)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "bomb.docx" in done.stderr


def test_a_suggester_whose_quotes_do_not_close_is_told_so(document: Path) -> None:
    done = run("policy", "import", document, "--suggester", "python 'suggester.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error[FW-DOC-004]: --suggester: the command cannot be read: no closing quotation; close its quotes\n"


def test_a_country_in_small_letters_is_written_as_a_pack_has_it_and_a_name_is_refused(document: Path, tmp_path: Path) -> None:
    folder = tmp_path / "our rules"
    done = run("policy", "import", document, "-o", folder, "--country", "gb")
    assert done.returncode == 0, done.stderr
    assert f"fairwire policy check '{folder}'" in done.stdout, "the next command can be pasted as it stands"
    assert run("policy", "check", folder).returncode == 0
    refused = run("policy", "import", document, "--country", "Germany")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "`Germany` is no country's code; give its two letters (ISO 3166-1), such as GB" in refused.stderr


def test_a_terminal_without_the_letters_of_a_policy_still_shows_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    file.write_text(POLICY + "\nYou may not use \u201crobo-diallers\u201d on our lines.\n", encoding="utf-8")
    environment = dict(os.environ, PYTHONIOENCODING="ascii")
    words = [FAIRWIRE, "policy", "import", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "?robo-diallers?" in done.stdout


def test_policies_of_two_providers_in_one_file_are_told_apart_and_one_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    other = POLICY.replace("Juniper Voice", "Larch Telecom").replace("robocalls", "telemarketing")
    file.write_text(POLICY + other)
    refused = run("policy", "import", file)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the file holds 2 policies: 1. “Juniper Voice Acceptable Use Policy”; 2. “Larch Telecom Accept" in refused.stderr
    done = run("policy", "import", file, "--part", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert all(clause["start"] > len(POLICY) for clause in json.loads(done.stdout)["clauses"])


def test_what_may_be_two_policies_is_imported_and_a_person_is_told(tmp_path: Path) -> None:
    file = tmp_path / "two.txt"
    other = POLICY.replace("Juniper Voice Acceptable Use Policy", "Acceptable Use Policy for Cloud PBX")
    file.write_text(POLICY.replace("Juniper Voice Acceptable", "Acceptable") + other)
    done = run("policy", "import", file, "--json")
    assert done.returncode == 0, done.stderr
    (note,) = [note for note in json.loads(done.stdout)["notes"] if "--part N" in note]
    assert note.startswith("it may hold 2 policies (1. “Acceptable Use Policy”; 2. “Acceptable Use Policy for Cloud PBX”)")


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_full_disk_is_told_in_one_sentence(document: Path, more: list[str]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        words = [FAIRWIRE, "policy", "import", str(document), *more]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error[FW-USE-001]: the output cannot be written: no space left on device; make room, or write elsewhere\n"
    )
