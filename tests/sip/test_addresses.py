"""Addresses and the numbers in them: one number has one form, and nothing passes for another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairwire.sip import BadAddress, number_of, read_address, read_uri, split_list
from fairwire.sip.dialogs import tag_of


@pytest.mark.parametrize(
    "uri",
    [
        "tel:+12125550100",
        "TEL:+1-212-555-0100",
        "tel:+1(212)555.0100;phone-context=example.net",
        "tel:+12125550100;isub=12",
        "sip:+12125550100@example.net",
        "sips:+12125550100@example.net:5061;transport=tcp",
        "sip:+12125550100@192.0.2.1;user=phone",
        "sip:+12125550100@[2001:db8::1]:5060;user=phone",
        "sip:+1-212-555-0100@example.net;user=phone",
        "sip:%2B1212555%30100@example.net",
        "sip:+12125550100;npdi=yes@example.net",
        "sip:+12125550100;phone-context=+1@example.net;user=phone",
        "sip:+12125550100%3Bnpdi=yes@example.net",
        "sip:+12125550100:secret@example.net",
        "sip:+1%20212%20555%200100@example.net",
        "sip:+1212555%000100@example.net",
        "sip:+1212555%E2%80%8B0100@example.net",
        "sip:+1212555%E2%80%930100@example.net",
        "sip:%EF%BC%8B%EF%BC%91212555%D9%A0100@example.net",
        "sip:+12125550100",
    ],
)
def test_one_number_has_one_form(uri: str) -> None:
    assert number_of(read_uri(uri)) == "+12125550100"


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:911@example.net", "911"),
        ("sip:9-1-1@example.net;user=phone", "911"),
        ("sip:%39%31%31@example.net", "911"),
        ("tel:911;phone-context=+1", "911"),
        ("sip:911%20@example.net", "911"),
        ("sip:911;x=y@example.net", "911"),
        ("sip:911:911@example.net", "911"),
        ("sip:911", "911"),
        ("sip:*67@example.net", "*67"),
        ("sip:%2331%235550100@example.net", "#31#5550100"),
        ("sip:#31#5550100@example.net", "#31#5550100"),
        ("urn:service:SOS.fire", "urn:service:sos.fire"),
        ("sip:%252B12125550100@example.net", "%2B12125550100"),
        ("sip:911%40example.com@example.net", "911@example.com"),
        ("sip:x911@example.net", "x911"),
        ("sip:alice@example.net", "alice"),
        ("sip:al%69ce@example.net", "alice"),
        ("sip:example.net", ""),
        ("sip:192.0.2.1", ""),
        ("http://911@example.net", ""),
    ],
)
def test_what_is_dialled_is_what_stands_there_decoded_once(uri: str, number: str) -> None:
    assert number_of(read_uri(uri)) == number


@given(st.text("0123456789", min_size=3, max_size=15), st.data())
def test_escapes_and_separators_never_change_a_number(digits: str, data: st.DataObject) -> None:
    made = []
    for digit in digits:
        made.append(data.draw(st.sampled_from(["", "", "-", ".", "(", ")", "%20", "%2D"])))
        made.append(data.draw(st.sampled_from([digit, f"%{ord(digit):02X}", f"%{ord(digit):02x}"])))
    user = "".join(made)
    plus = data.draw(st.sampled_from(["", "+", "%2B", "%2b"]))
    wanted = ("+" if plus else "") + digits
    assert number_of(read_uri(f"sip:{plus}{user}@example.net")) == wanted
    assert number_of(read_uri(f"tel:{plus}{user}")) == wanted


def test_a_uri_is_taken_apart() -> None:
    uri = read_uri("sip:+12125550100;npdi:pass@[2001:DB8::1]:5070;transport=tcp;lr?Subject=x")
    assert uri[:5] == ("sip", "+12125550100;npdi", "pass", "2001:db8::1", 5070)
    assert (dict(uri.params), uri.headers) == ({"transport": "tcp", "lr": None}, "Subject=x")
    assert read_uri("tel:+1-212;phone-context=+1").params == {"phone-context": "+1"}
    assert read_uri("sip:a@h:5060;x=%41").params == {"x": "%41"}


@pytest.mark.parametrize(
    "text",
    ["", "sip:", "sip:@", "sip:a@", "a@example.net", "sip:a@b@c", "sip:a@[::1", "sip:a b@c", "sip:a@c:", "tel:", "tel:abc xyz"],
)
def test_a_uri_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        read_uri(text)


@pytest.mark.parametrize(
    ("text", "display", "user", "params"),
    [
        ("<sip:a@example.net>", "", "a", {}),
        ("sip:a@example.net;tag=1", "", "a", {"tag": "1"}),
        ('"A < B > C" <sip:a@example.net;tag=no>;tag=1', "A < B > C", "a", {"tag": "1"}),
        (
            r'"say \"<sip:evil@example.net>\" \\" <sip:a@example.net>;tag=1',
            r'say "<sip:evil@example.net>" \ '[:-1],
            "a",
            {"tag": "1"},
        ),
        ("Ann Lee<sip:a@example.net> ; TAG = 1", "Ann Lee", "a", {"tag": "1"}),
        ("Zoë <sip:a@example.net>", "Zoë", "a", {}),
        ('<sip:a@example.net>;p="x>;tag=evil";tag=1', "", "a", {"p": "x>;tag=evil", "tag": "1"}),
        ("<tel:+12125550100>;index=1.1", "", "+12125550100", {"index": "1.1"}),
    ],
)
def test_an_address_has_a_name_a_uri_and_parameters_after_the_bracket(
    text: str, display: str, user: str, params: dict[str, str]
) -> None:
    address = read_address(text)
    assert (address.display, address.uri.user, dict(address.params)) == (display, user, params)
    assert address.tag == params.get("tag")
    assert tag_of(text.encode()) == (params["tag"].encode() if "tag" in params else None)


def test_a_tag_is_never_found_inside_a_uri_or_a_quoted_string() -> None:
    assert tag_of(b"<sip:a@example.net;tag=uri>") is None
    assert tag_of(b'"x>;tag=name" <sip:a@example.net>') is None
    assert tag_of(b'<sip:a@example.net>;p="y>;tag=p"') is None
    assert tag_of(b"<sip:a@example.net>;mytag=1") is None
    assert tag_of(b"nonsense <") is None


@pytest.mark.parametrize(
    "text", ["Bell, A <sip:a@h>", '"a <sip:a@h>', "<sip:a@h", "sip:a@h>", "<sip:a@h>x", "<sip:a@h>;=1", "<a", "x <>"]
)
def test_an_address_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        read_address(text)


def test_lists_are_split_at_commas_between_addresses_only() -> None:
    assert split_list('"A, B" <sip:a,b@h>, <tel:+1>;p="x,y" ,sip:c@h') == ['"A, B" <sip:a,b@h>', '<tel:+1>;p="x,y"', "sip:c@h"]
    assert split_list("  one ") == ["one"]
    assert split_list("") == [""]


@given(st.text(max_size=80) | st.text('<>"\\;,:@?=% sip', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for value in split_list(text):
        try:
            number_of(read_address(value).uri)
        except BadAddress:
            continue
    tag_of(text.encode())
