"""The page about customer records names every field of one, and every class of destinations that can be barred."""

from __future__ import annotations

import re

import msgspec
from generate import ROOT

from fairwire.model.customers import Customer
from fairwire.runtime.own_limits import CLASSES

PAGE = (ROOT / "docs" / "explanation" / "customer_records.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`.+?) \| (.+) \|$", PAGE, re.MULTILINE)


def test_every_field_of_a_record_is_explained_and_no_other() -> None:
    named = [name for first, _ in ROWS for name in re.findall(r"`(\w+)`", first)]
    assert sorted(named) == sorted(field.name for field in msgspec.structs.fields(Customer))


def test_every_class_that_can_be_barred_is_named() -> None:
    (said,) = [text for first, text in ROWS if first == "`barred_destinations`"]
    assert set(CLASSES) == set(re.findall(r"`([a-z_]+)`", said))
