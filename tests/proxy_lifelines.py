"""The pattern of crisis lines in the proxy's configuration, made from the lists that Fairwire has."""

from __future__ import annotations

import phonenumbers

from fairwire.numbers.emergency import EmergencyNumbers
from fairwire.numbers.lists import Lists


def lifelines_pattern() -> str:
    """Whole numbers at whose other end is help, as they are dialled from abroad and at home."""
    whole = sorted(EmergencyNumbers(Lists(), {}).e164)
    home = {phonenumbers.national_significant_number(phonenumbers.parse(f"+{number}")) for number in whole}
    return f"^(([+]|00|011)?({'|'.join(whole)})|0?({'|'.join(sorted(home))}))$"
