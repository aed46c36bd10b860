"""The pages on SBCs send what the API takes, and say what nobody may forget: time-outs, failure, headers, calls for help."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from fairwire.model.events import CallAttempt
from fairwire.serve.redirect import calls
from fairwire.serve.redirect.settings import PEER_NAMES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "how-to" / "sbc").glob("*.md"))
HEADERS = {"X-Fairwire-Customer", "X-Fairwire-User", "X-Fairwire-Source", "X-Fairwire-Trunk", "X-Fairwire-Rate"}


def snippets(page: Path) -> list[str]:
    """The blocks of code of a page."""
    return re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_there_is_a_page_for_each() -> None:
    assert {page.stem for page in PAGES} == {"opensips", "freeswitch", "asterisk", "generic_sbc"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_nobody_may_forget(page: Path) -> None:
    text = page.read_text(encoding="utf-8").lower()
    for word in ("not run here", "fail-open", "fail-closed", "time-out", "x-fairwire-customer", "emergency", "--on-failure"):
        assert word in " ".join(text.split()), word


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "generic_sbc"], ids=lambda page: page.stem)
def test_a_form_sends_fields_of_an_attempt_and_all_that_it_must(page: Path) -> None:
    sent = {
        name
        for snippet in snippets(page)
        if "/v1/decisions" in snippet
        for name in re.findall(r"(?:&amp;|&|post |FORM=|\")(\w+)=(?=[\"$]|outbound)", snippet)
        if not name.startswith("fw_")  # a variable of the switch
    }
    fields = {info.encode_name: info.required for info in msgspec.structs.fields(CallAttempt)}
    assert {name for name, required in fields.items() if required} <= sent
    assert sent <= set(fields)


def test_the_headers_are_those_that_are_read() -> None:
    source = Path(calls.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r"x-fairwire-[a-z]+", source.lower()))
    text = (ROOT / "docs" / "how-to" / "sbc" / "generic_sbc.md").read_text(encoding="utf-8")
    assert read <= {header.lower() for header in HEADERS}
    assert all(f"`{header}`" in text for header in HEADERS)


def test_the_peer_that_is_shown_has_settings_that_exist() -> None:
    (shown,) = [one for one in snippets(ROOT / "docs" / "how-to" / "sbc" / "generic_sbc.md") if "[[sip.peers]]" in one]
    names = re.findall(r"^(\w+) =", shown.partition("[[sip.peers]]")[2], re.MULTILINE)
    assert names
    assert set(names) <= set(PEER_NAMES)
