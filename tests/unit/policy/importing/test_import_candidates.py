"""What is a clause and what is not: menus, lead-ins, examples, prose, definitions, repeats."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from fairwire.model.prose import Block, Prose
from fairwire.policy.importing import Read, blocks_of, read_clauses, split_boilerplate, with_symbols
from fairwire.policy.importing.sentences import is_definition, is_normative, is_purpose, sentences_of
from fairwire.runtime.imports import taxonomy


def read(text: str, blocks: tuple[Block, ...] | None = None) -> Read:
    found = with_symbols(text, blocks_of(text)) if blocks is None else blocks
    return read_clauses(Prose(kind="text", text=text), found, taxonomy(), lambda clause: clause)


def clauses(text: str) -> list[str]:
    return [" ".join(clause.text.split()) for clause in read(text).clauses]


HEAD = "Juniper Voice Acceptable Use Policy\n\n"


def test_items_that_end_the_same_sentence_stay_together() -> None:
    text = HEAD + (
        "You must not use the lines:\n"
        "(a) to present a number that\n(i) is not yours,\n(ii) is premium rate, or\n(iii) cannot be called back;\n"
        "(b) to send spam.\n"
    )
    assert clauses(text) == [
        "to present a number that (i) is not yours, (ii) is premium rate, or (iii) cannot be called back;",
        "to send spam.",
    ]


def test_a_list_that_goes_on_in_the_line_is_cut_at_its_letters() -> None:
    text = HEAD + (
        "You may not use the service (a) to send unsolicited messages to people who did not ask for them; (b) to "
        "attack or scan the "
        "systems of other people without permission; or (c) to impersonate another person or to hide who is calling.\n"
    )
    found = read(text).clauses
    assert len(found) == 3
    assert found[1].text == "to attack or scan the systems of other people without permission"
    assert {clause.lead_in for clause in found} == {"You may not use the service"}


def test_a_list_that_goes_on_in_the_line_is_cut_at_its_dashes() -> None:
    text = (
        HEAD + "It is forbidden: - to send spam to strangers; - to forge the headers of mail; - to spread viruses by mail; "
        "- to bomb mailboxes.\n"
    )
    assert len(clauses(text)) == 4


def test_sentences_of_a_paragraph_are_clauses_unless_they_tell_one_thing() -> None:
    text = HEAD + (
        "You may not share your password. You may not send spam to anybody. This includes text messages and mail that people "
        "did not ask for.\n"
    )
    assert clauses(text) == [
        "You may not share your password.",
        "You may not send spam to anybody. This includes text messages and mail that people did not ask for.",
    ]


def test_a_sentence_that_only_says_what_the_policy_is_for_is_no_clause() -> None:
    text = HEAD + "This policy is designed to keep our network pleasant. We believe in good neighbours. You must not send spam.\n"
    assert clauses(text) == ["You must not send spam."]


def test_definitions_are_kept_apart() -> None:
    text = HEAD + (
        "1. Definitions\n\n“Line” means a number and the device behind it.\n\n“Spam” means messages that nobody asked for.\n\n"
        "2. Rules\n\nYou must not send Spam over a Line.\n"
    )
    result = read(text)
    assert [clause.text for clause in result.clauses] == ["You must not send Spam over a Line."]
    assert len(result.definitions) == 2


def test_a_menu_before_the_title_and_one_after_the_end_are_left_aside() -> None:
    menu = "Products\nCall Forwarding\nFax\nSMS\nPrices\nSupport\n"
    text = menu + "\n" + HEAD + "You must not send spam to anybody at all, by mail or by message.\n\n" + menu
    assert clauses(text) == ["You must not send spam to anybody at all, by mail or by message."]
    assert sum("Call Forwarding" in passage.text for passage in read(text).ignored) == 2


def test_short_items_under_a_sentence_that_forbids_are_no_menu() -> None:
    text = HEAD + "The following are prohibited:\n- Spam\n- Phishing\n- Port scanning\n- Call spoofing\n- Robocalls\n"
    assert clauses(text) == ["Spam", "Phishing", "Port scanning", "Call spoofing", "Robocalls"]


def test_a_heading_inside_a_list_keeps_the_lead_in() -> None:
    text = HEAD + "The following are not allowed:\n\n🚫 Messages\n\n• Spam\n• Phishing\n\n🚫 Calls\n\n• Robocalls\n• Spoofing\n"
    found = {clause.text: clause.lead_in for clause in read(text).clauses}
    assert {found[item] for item in ("Spam", "Phishing", "Robocalls", "Spoofing")} == {"The following are not allowed:"}


def test_a_lead_in_ends_with_its_list() -> None:
    text = HEAD + "You must not:\n- send spam;\n- share your password.\n\n2. Reports\n\nReport abuse to us by mail.\n"
    assert read(text).clauses[-1].lead_in is None


def test_an_item_that_stands_there_twice_counts_once() -> None:
    item = "- Not share the credentials of a line with anybody outside the household that ordered it\n"
    text = HEAD + "You must:\n" + item + "- Not send spam to anybody who did not ask for it\n" + item
    assert len(clauses(text)) == 2


def test_a_region_that_the_file_calls_navigation_is_left_aside() -> None:
    text = "You must not use call forwarding to loop calls.\nYou must not send spam."
    blocks = (Block(start=0, end=47, region="navigation"), Block(start=48, end=len(text)))
    assert [clause.text for clause in read(text, blocks).clauses] == ["You must not send spam."]


def test_ids_are_the_documents_own_numbers() -> None:
    text = (
        HEAD + "1. Rules\n\n1.1 You must not send spam.\n\n1.2 You must not share your password.\n\n2. Limits\n\nYou must "
        "not:\n(a) resell lines.\n"
    )
    assert [clause.id for clause in read(text).clauses] == ["1.1", "1.2", "2.a"]


def test_short_forms_do_not_end_a_sentence() -> None:
    text = "Report abuse, e.g. Spam, to Juniper Inc. Support. Calls after 9 p.m. are not allowed. We act."
    assert [text[a:b] for a, b in sentences_of(text, 0, len(text))] == [
        "Report abuse, e.g. Spam, to Juniper Inc. Support.",
        "Calls after 9 p.m. are not allowed.",
        "We act.",
    ]


def test_what_a_sentence_says() -> None:
    assert is_normative("Customers may not send spam.")
    assert not is_normative("Founded in 1998.")
    assert is_definition("“User” means a person.")
    assert is_definition("Fair use means the use of a usual office.")
    assert not is_definition("You must define your users.")
    assert is_purpose("This policy is intended to protect our network.")
    assert not is_purpose("This policy applies to all users and must be kept.")


words = st.sampled_from(
    [
        "You must not",
        "send spam.",
        "Menu",
        "1.",
        "(a)",
        "•",
        "\n",
        "\n\n",
        ":",
        ";",
        "We may suspend you.",
        "“X” means",
        "UPPER",
        "🚫 ",
        "- ",
        "the",
        "call",
    ]
)


@given(st.lists(words, max_size=60).map(" ".join))
@settings(deadline=None)
def test_whatever_the_text_clauses_are_in_order_apart_and_quoted(text: str) -> None:
    result = read(text)
    end = 0
    for clause in result.clauses:
        assert end <= clause.start < clause.end <= len(text)
        assert text[clause.start : clause.end] == clause.text
        end = clause.end
    assert len({clause.id for clause in result.clauses}) == len(result.clauses)
    assert msgspec.json.encode(result.clauses) == msgspec.json.encode(read(text).clauses)
    kept, dropped = split_boilerplate(text, blocks_of(text))
    assert len(kept) + len(dropped) == len(blocks_of(text))
