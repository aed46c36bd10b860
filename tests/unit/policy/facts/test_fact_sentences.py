"""Where sentences end."""

from __future__ import annotations

import pytest

from fairwire.policy.facts.sentences import sentences_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One rule. Two rules.", ["One rule.", "Two rules."]),
        ("See e.g. Acme Ltd. and others, etc. as well.", ["See e.g. Acme Ltd. and others, etc. as well."]),
        ("Between 8 a.m. and 9 p.m. only", ["Between 8 a.m. and 9 p.m. only"]),
        ("A rule of 4.2 GB. Next", ["A rule of 4.2 GB.", "Next"]),
        ("A title\n\nA rule", ["A title", "A rule"]),
        ("A title\r\n\r\nA rule", ["A title", "A rule"]),
        ("Changes to Rules\nWe may change them.", ["Changes to Rules", "We may change them."]),
        ("A line that runs on to\nAcme Voice.", ["A line that runs on to\nAcme Voice."]),
        ("Do not:\n- send\n- call", ["Do not:", "- send", "- call"]),
        ("It ends here.Next begins.", ["It ends here.", "Next begins."]),
        ("", []),
    ],
)
def test_a_sentence_ends_where_a_reader_ends_it(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in sentences_of(text)] == expected
