"""Which function plays which variant of `attacks.yaml` and which look-alike of `lookalikes.yaml`."""

from __future__ import annotations

from fairwire.testkit.simulate import (
    attacks,
    attacks_fraud,
    attacks_identity,
    attacks_lines,
    attacks_mail,
    attacks_messages,
    attacks_network,
    attacks_voice,
    looks_calls,
    looks_other,
)
from fairwire.testkit.simulate.attack_kit import Generator

GENERATORS: dict[str, Generator] = {
    **attacks.GENERATORS,
    **attacks_voice.GENERATORS,
    **attacks_fraud.GENERATORS,
    **attacks_lines.GENERATORS,
    **attacks_identity.GENERATORS,
    **attacks_messages.GENERATORS,
    **attacks_mail.GENERATORS,
    **attacks_network.GENERATORS,
}
LOOKS: dict[str, Generator] = {**looks_calls.LOOKS, **looks_other.LOOKS}
