"""What of a document is one clause, under which heading and id, completing which sentence: by its form, whatever its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairwire.model.imported import Imported, ImportedClause
from fairwire.runtime.imports import import_policy

OPENING = "You may not use our lines to break the law, and you must keep your password to yourself."


def imported(folder: Path, text: str, name: str = "policy.txt") -> Imported:
    target = folder / name
    target.write_text(text, encoding="utf-8")
    return import_policy(target, anyway=True)


def by_text(found: Imported, words: str) -> ImportedClause:
    """The one clause in which the words stand."""
    (clause,) = [each for each in found.clauses if words in " ".join(each.text.split())]
    return clause


def test_markers_in_bold_begin_items_of_the_sentence_over_them(tmp_path: Path) -> None:
    text = f"""# Acceptable Use Policy

{OPENING}

**2.Mail.** You must not send mail that nobody asked for. In particular, these are not allowed:

**(i)** Chain letters that are passed on.

**(ii)** Unauthorised capture of packets on our network.
"""
    found = imported(tmp_path, text, "policy.md")
    capture = by_text(found, "capture of packets")
    assert capture.id == "2.ii"
    assert capture.lead_in == "In particular, these are not allowed:"
    assert capture.heading == "Mail."
    assert capture.text.startswith("Unauthorised")


def test_numbered_lines_that_only_br_divides_are_clauses_of_their_own(tmp_path: Path) -> None:
    page = f"""<html><body><h1>Acceptable Use Policy</h1><p>{OPENING}<br>
1) Web space and servers of our own customers<br>
1.1) Pages must not hold films that you have no right to show.<br>
1.2) We switch off any page that fails to meet these requirements:<br>
1.2.1) Pages must not hold passwords of other people.<br>
1.2.2) Scripts must not send bulk mail.<br>
2) Mail<br>
2.1) You must not send mail that nobody asked for.</p></body></html>"""
    found = imported(tmp_path, page, "policy.html")
    assert [each.id for each in found.clauses if each.id[0].isdigit()] == ["1.1", "1.2.1", "1.2.2", "2.1"]
    scripts = by_text(found, "bulk mail")
    assert scripts.heading == "Web space and servers of our own customers"
    assert scripts.lead_in == "We switch off any page that fails to meet these requirements:"
    assert scripts.party == "customer"


def test_lines_that_br_divides_without_markers_stay_one_paragraph(tmp_path: Path) -> None:
    page = (
        f"<html><body><h1>Acceptable Use Policy</h1><p>{OPENING}<br>We may close an account<br>that is abused.</p></body></html>"
    )
    assert by_text(imported(tmp_path, page, "policy.html"), "We may close an account that is abused.")


def test_rows_of_a_table_complete_the_sentence_over_it_and_are_not_cut(tmp_path: Path) -> None:
    page = f"""<html><body><h1>Acceptable Use Policy</h1><p>{OPENING}</p>
<h2>Goods</h2><p>Messages about the following goods are not allowed:</p>
<table><tr><th>Goods</th><th>Notes</th></tr>
<tr><td>Loans</td><td>A lender is who lends. Advice on shares is not allowed either.</td></tr>
<tr><td>Betting</td><td>Games of chance, whatever their name.</td></tr></table>
<h2>Speed</h2><table><tr><th>Number</th><th>Limit</th></tr>
<tr><td>Long number</td><td>No more than 3 messages per second</td></tr></table></body></html>"""
    found = imported(tmp_path, page, "policy.html")
    loans = by_text(found, "Loans")
    assert loans.text == "Loans | A lender is who lends. Advice on shares is not allowed either."
    assert loans.lead_in == "Messages about the following goods are not allowed:"
    assert by_text(found, "Betting").heading == "Goods"
    assert [each.value for each in by_text(found, "Long number").quantities] == [3]
    assert not [each for each in found.clauses if each.text in ("Goods | Notes", "Number | Limit")]


def test_a_list_that_nobody_marked_keeps_its_lead_in_to_the_end(tmp_path: Path) -> None:
    text = f"""Acceptable Use Policy

{OPENING}

The following are forbidden and may lead to suspension of the line:

Sending the same advertisement to many people who did not ask for a single one of them, by whatever means they are sent
Posting to groups whose rules do not allow it, whatever the post is about and whoever may have written it in the first place
Port scanning
Sharing one account among several households

You must also

Keep the address of each line correct
Answer what our abuse desk asks you within two days
Remove a virus as soon as you learn of it
"""
    found = imported(tmp_path, text)
    forbidden = "The following are forbidden and may lead to suspension of the line:"
    for words in ("advertisement", "Posting to groups", "Port scanning", "several households"):
        assert by_text(found, words).lead_in == forbidden
    assert by_text(found, "Keep the address").lead_in == "You must also"
    assert "suspend" in by_text(found, "Posting to groups").remedies


def test_lines_of_an_address_are_no_list(tmp_path: Path) -> None:
    text = f"""Acceptable Use Policy

{OPENING}

Contact

Juniper Voice Ltd
12 Harbour Street
Port Example
"""
    assert not [each for each in imported(tmp_path, text).clauses if "Harbour" in each.text]


def test_a_paragraph_behind_a_finished_list_is_no_item_of_it(tmp_path: Path) -> None:
    text = f"""Acceptable Use Policy

{OPENING}

You must not:

1. Send mail that nobody asked for.
2. Scan networks that are not yours.

We keep the records of each line for one year and must then delete them.
"""
    assert by_text(imported(tmp_path, text), "records of each line").lead_in is None


def test_what_only_a_mail_has_is_left_aside_and_its_subject_is_the_title(tmp_path: Path) -> None:
    text = f"""From: Abuse Desk <abuse@juniper.example>
To: all-customers@juniper.example
Subject: Rules for our lines
Date: Mon, 16 Sep 2024 09:12:44 +0000

Dear customer,

{OPENING}

You must not send spam, and you must answer our abuse desk within two days.

Kind regards,
Robin Sample
Abuse Desk, Juniper Voice
--
To unsubscribe from this list, please write to us.
"""
    found = imported(tmp_path, text)
    assert found.title == "Rules for our lines"
    assert not [each for each in found.clauses if any(word in each.text for word in ("From:", "Robin", "unsubscribe", "Juniper"))]
    assert [each.value for each in found.reporting] == ["abuse@juniper.example"]


def test_links_to_further_articles_and_the_way_to_the_page_are_left_aside(tmp_path: Path) -> None:
    page = f"""<html><body><div><a>Home</a><span>Acceptable Use Policy</span></div><h1>Acceptable Use Policy</h1>
<p>{OPENING}</p><h2>Stopping</h2><p>You must stop when somebody asks you to, within one day of it.</p>
<h4>Related articles</h4><ul><li>How to add a brand</li><li>Why must my number be registered?</li></ul></body></html>"""
    found = imported(tmp_path, page, "policy.html")
    assert found.title == "Acceptable Use Policy"
    assert not [each for each in found.clauses if any(word in each.text for word in ("brand", "registered", "Home"))]


def test_a_line_that_tells_version_or_day_is_no_heading(tmp_path: Path) -> None:
    text = f"# Acceptable Use Policy\n\n**Version 4.2**\n\n**Effective: March 12, 2024**\n\n{OPENING}\n"
    found = imported(tmp_path, text, "policy.md")
    assert {each.heading for each in found.clauses} == {"Acceptable Use Policy"}
    assert found.version == "4.2"


def test_an_answer_of_one_word_is_no_heading_and_a_long_question_is_one(tmp_path: Path) -> None:
    question = "What will happen to my line when somebody tells the abuse desk that I called them without having been asked to?"
    text = f"""Acceptable Use Policy

{OPENING}

May I buy a list?

No. You must not call anybody whose number you bought from somebody else.

{question}

We may suspend the line until you have answered.
"""
    found = imported(tmp_path, text)
    assert by_text(found, "whose number you bought").heading == "May I buy a list?"
    assert by_text(found, "until you have answered").heading == question
    assert not [each for each in found.clauses if each.text == question]


def test_numbered_paragraphs_go_on_from_a_numbered_heading_as_sections(tmp_path: Path) -> None:
    page = f"""<html><body><h1>Acceptable Use Policy</h1><p>{OPENING}</p><p><b>1. Definitions:</b></p>
<p>1.1 “Line” – shall mean a line that we provide. “Line” shall also include a line that was ported to us.</p>
<p>1.2 “Burst” and “Flood” – shall mean six calls at the same time.</p>
<p>2. Flat rates. We may look at how much each line is used every month. You must use a flat rate as other people do, and never
for calls that a machine makes on its own.</p>
<p>3. Callers. Each number that you show must be your own, wherever the call goes to. The lines must not be used to:</p>
<p>3.1 Hide who calls from the people who are called.</p><p>3.2 Call people who asked you not to.</p></body></html>"""
    found = imported(tmp_path, page, "policy.html")
    assert not [each for each in found.clauses if "Burst" in each.text or "ported" in each.text]
    assert by_text(found, "as other people do").heading == "Flat rates."
    hide = by_text(found, "Hide who calls")
    assert (hide.id, hide.heading) == ("3.1", "Callers.")
    assert [each.id for each in found.clauses if each.id.startswith("2")] == ["2", "2-2"]


def test_items_are_called_after_the_item_over_them(tmp_path: Path) -> None:
    text = f"""Acceptable Use Policy

{OPENING}

1. You must not resell minutes to anybody.
2. You must not:
   (a) send spam from our lines;
   (b) scan networks that are not yours.
3. You must not:
   (a) call people at night;
   (b) hide your number.
"""
    found = imported(tmp_path, text)
    assert by_text(found, "send spam").id.endswith(".2.a")
    assert by_text(found, "at night").id.endswith(".3.a")


def test_a_definition_that_sets_a_limit_is_a_clause(tmp_path: Path) -> None:
    text = f"Acceptable Use Policy\n\n{OPENING}\n\nFlat-rate calling means no more than 2,500 minutes a month for each line.\n"
    assert by_text(imported(tmp_path, text), "2,500").quantities


def test_reasons_are_no_clauses_and_what_should_not_be_is_one(tmp_path: Path) -> None:
    text = f"""# Acceptable Use Policy

{OPENING}

## Why there is a policy

Spam has become a plague of our time. Half of all mail is spam.

## Web space

Pages should not contain copies of films.
"""
    found = imported(tmp_path, text, "policy.md")
    assert not [each for each in found.clauses if "plague" in each.text]
    assert by_text(found, "copies of films")


@pytest.mark.parametrize("hours", ["8 a.m. or after 9 p.m.", "8 am or after 9 pm"])
def test_a_full_stop_of_a_short_form_does_not_part_the_words_of_a_cue(tmp_path: Path, hours: str) -> None:
    text = f"Acceptable Use Policy\n\n{OPENING}\n\nCalls before {hours} where the callee lives are not allowed.\n"
    topics = by_text(imported(tmp_path, text), "where the callee lives").topics
    assert topics[0].topic == "calling_hours"


def test_text_right_behind_a_heading_of_html_in_markdown_is_read(tmp_path: Path) -> None:
    text = f"""<h2 id="a">Acceptable Use Policy</h2>
Last updated: 26 August 2023
<ul>
  <li><a href="#b">1. Mail</a></li>
</ul>
<h3 id="b">Mail</h3>
{OPENING}
<h3>Scans</h3>
3.1 You must not scan networks that are not yours.

3.2 You must not listen to the calls of others.
<ul>
<li>You must not <b>guess</b> passwords.</li>
</ul>
"""
    found = imported(tmp_path, text, "policy.md")
    scan = by_text(found, "scan networks")
    assert (scan.id, scan.heading) == ("3.1", "Scans")
    assert by_text(found, "listen to the calls").id == "3.2"
    assert by_text(found, "passwords.").heading == "Scans"
    assert by_text(found, "break the law").heading == "Mail"
    assert found.title == "Acceptable Use Policy"
    assert not [each for each in found.clauses if "<h" in each.text or "1. Mail" in each.text]


def test_lines_that_end_in_semicolons_are_items_up_to_the_one_with_the_full_stop(tmp_path: Path) -> None:
    text = f"""Acceptable Use Policy
{OPENING}
You may not stream anything that:
Shows cruelty; or
Promotes terror; or
Is a cheat in the eyes of the law.
We will close the accounts of those who do it again and again.
"""
    found = imported(tmp_path, text)
    for words in ("cruelty", "terror", "cheat"):
        assert by_text(found, words).lead_in == "You may not stream anything that:"
    assert by_text(found, "again and again").lead_in is None


def test_a_heading_that_says_the_same_does_not_hide_what_a_clause_is_about(tmp_path: Path) -> None:
    text = f"# Acceptable Use Policy\n\n{OPENING}\n\n## Spam\n\nYou shall not use the web hosting service to send spam.\n"
    topics = by_text(imported(tmp_path, text, "policy.md"), "web hosting").topics
    assert "mail_spam" in {each.topic for each in topics if each.confidence >= 0.5}


def test_a_numbered_title_over_a_paragraph_is_a_heading_in_any_file(tmp_path: Path) -> None:
    page = f"""<html><body><h1>Acceptable Use Policy</h1><p>{OPENING}</p>
<p>1. Flat Rates</p><p>A flat rate covers no more than 2,000 minutes a month, whatever the plan says.</p>
<p>2. Conference Calls</p><p>You must not leave a conference open that nobody is in any more.</p></body></html>"""
    found = imported(tmp_path, page, "policy.html")
    assert [(each.id, each.heading) for each in found.clauses[-2:]] == [("1.1", "Flat Rates"), ("2.1", "Conference Calls")]
    assert not [each for each in found.clauses if each.text == "Flat Rates"]


def test_rules_without_a_full_stop_are_no_menu(tmp_path: Path) -> None:
    found = imported(
        tmp_path, "Acceptable Use Policy\n\nYou may not harass others\nYou may not send spam\nDo not use robocalls\n"
    )
    assert [each.text for each in found.clauses] == ["You may not harass others", "You may not send spam", "Do not use robocalls"]


def test_a_title_that_the_file_did_not_mark_is_no_clause(tmp_path: Path) -> None:
    page = f"""<html><body><h1>Acceptable Use Policy</h1><p>{OPENING}</p>
<p>Spam And Robocalls</p><p>You must not send spam.</p></body></html>"""
    found = imported(tmp_path, page, "policy.html")
    assert "Spam And Robocalls" not in {each.text for each in found.clauses}
    assert by_text(found, "send spam")
