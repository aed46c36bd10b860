"""Check digits of cards, bank accounts and national numbers; each takes digits and letters without blanks, in upper case.

Sources: ISO/IEC 7812-1 annex B (Luhn), ISO 13616 and ISO 7064 mod 97-10 (IBAN), the description of each issuing authority.
"""

from __future__ import annotations

from collections.abc import Sequence

IBAN_LENGTH = {
    code: length
    for length, codes in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for code in codes.split()
}
"""Of the SWIFT registry of IBAN formats."""

_TIMES = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_TURNED = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")
"""Verhoeff's: multiplication in the dihedral group of ten elements, and the permutation by place."""
_ODD_LETTERS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD = {chr(65 + place): value for place, value in enumerate(_ODD_LETTERS)} | {
    str(digit): _ODD_LETTERS[digit] for digit in range(10)
}
"""Of the codice fiscale: what a sign counts at an odd place; a digit counts as the letter of its number."""


def luhn(digits: str) -> bool:
    """Of cards, Canadian SINs, Swedish personnummer."""
    total = 0
    for place, each in enumerate(reversed(digits)):
        value = int(each)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def card(digits: str) -> bool:
    """Whether the digits are a payment card: Luhn, and the prefix and length of an issuer, from Visa to Maestro."""
    count, two, four = len(digits), int(digits[:2] or 0), int(digits[:4] or 0)
    lengths: tuple[int, ...] = ()
    if digits[:1] == "4":
        lengths = (13, 16, 19)
    elif 51 <= two <= 55 or 2221 <= four <= 2720:
        lengths = (16,)
    elif two in (34, 37):
        lengths = (15,)
    elif two in (36, 38, 39) or 300 <= four // 10 <= 305:
        lengths = (14, 16, 19)
    elif two in (35, 60, 62, 64, 65, 50) or 56 <= two <= 58 or two in (61, 63, 67, 68, 69):
        lengths = (16, 17, 18, 19)
    return count in lengths and len(set(digits)) > 1 and luhn(digits)


def iban(text: str) -> bool:
    """Whether the text is an account of a country's length whose remainder by 97 is one."""
    if IBAN_LENGTH.get(text[:2]) != len(text) or not text[2:4].isdigit() or not (text.isascii() and text.isalnum()):
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def weighted(digits: str, weights: Sequence[int], modulus: int) -> int:
    """The sum of the digits by their weights, modulo `modulus`."""
    return sum(int(each) * weight for each, weight in zip(digits, weights, strict=False)) % modulus


def us_ssn(digits: str) -> bool:
    """No check digit: areas 000, 666 and 900 on, group 00 and serial 0000 are never issued (SSA)."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def uk_nino(text: str) -> bool:
    """No check digit: two letters, six digits, A to D; letters that HMRC's manual NIM39110 never uses."""
    if not text.isascii():
        return False
    first, second = text[0], text[1]
    return (
        len(text) == 9
        and first not in "DFIQUV"
        and second not in "DFIOQUV"
        and text[:2] not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
        and text[2:8].isdigit()
        and text[8] in "ABCD"
    )


def nhs(digits: str) -> bool:
    """Ten digits by 10..2, modulo 11."""
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - weighted(digits, range(10, 1, -1), 11)
    return check != 10 and check % 11 == int(digits[9])


def de_tax_id(digits: str) -> bool:
    """Steuer-ID: eleven digits, ISO 7064 mod 11,10; among the first ten one digit comes two or three times."""
    if len(digits) != 11 or digits[0] == "0" or max(map(digits[:10].count, set(digits[:10]))) not in (2, 3):
        return False
    product = 10
    for each in digits[:10]:
        total = (int(each) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def fr_nir(text: str) -> bool:
    """Fifteen characters: sex, year, month, place, serial, and 97 less the remainder by 97; Corsica's 2A is 19, 2B is 18."""
    if not text.isascii():
        return False
    body = text[:13].replace("2A", "19").replace("2B", "18")
    if len(text) != 15 or text[0] not in "1234" or not body.isdigit() or not text[13:].isdigit():
        return False
    month = int(body[3:5])
    return (1 <= month <= 12 or 20 <= month <= 42 or month >= 50) and 97 - int(body) % 97 == int(text[13:])


def es_dni(text: str) -> bool:
    """DNI or NIE: the letter is the remainder by 23; X, Y, Z stand for 0, 1, 2."""
    if not text.isascii():
        return False
    head = {"X": "0", "Y": "1", "Z": "2"}.get(text[0], text[0]) + text[1:8]
    return len(text) == 9 and head.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(head) % 23] == text[8]


def it_fiscal(text: str) -> bool:
    """Codice fiscale: sixteen characters, the last by a table of odd places (D.M. 23 December 1976)."""
    if not text.isascii():
        return False
    if len(text) != 16 or not text.isalnum() or not text.isascii():
        return False
    even = sum(int(each) if each.isdigit() else ord(each) - 65 for each in text[1:15:2])
    total = sum(_ODD[each] for each in text[:15:2]) + even
    return chr(65 + total % 26) == text[15]


def nl_bsn(digits: str) -> bool:
    """Nine digits by 9..2 and -1, modulo 11."""
    return len(digits) == 9 and len(set(digits)) > 1 and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11) == 0


def pl_pesel(digits: str) -> bool:
    """Eleven digits: a date with the century in the month, and a check by 1, 3, 7, 9."""
    return (
        len(digits) == 11
        and 1 <= int(digits[2:4]) % 20 <= 12
        and 1 <= int(digits[4:6]) <= 31
        and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10) == 0
    )


def se_personnummer(digits: str) -> bool:
    """Ten or twelve digits: a date (a co-ordination number adds 60 to the day), and Luhn over the last ten."""
    ten = digits[-10:]
    return len(digits) in (10, 12) and 1 <= int(ten[2:4]) <= 12 and 1 <= int(ten[4:6]) % 60 <= 31 and luhn(ten)


def ca_sin(digits: str) -> bool:
    """Nine digits, Luhn; none begins with 0 or 8."""
    return len(digits) == 9 and digits[0] not in "08" and len(set(digits)) > 1 and luhn(digits)


def aadhaar(digits: str) -> bool:
    """Twelve digits, Verhoeff; none begins with 0 or 1."""
    if len(digits) != 12 or digits[0] in "01":
        return False
    check = 0
    for place, each in enumerate(reversed(digits)):
        check = int(_TIMES[check][int(_TURNED[place % 8][int(each)])])
    return check == 0
