"""Which function plays which variant of `attacks.yaml` and which look-alike of `lookalikes.yaml`."""

from __future__ import annotations

from collections.abc import Callable

from fairwire.testkit.simulate import attacks, attacks_messages
from fairwire.testkit.simulate.attack_kit import Act, Stage

Generator = Callable[[Stage], Act]

GENERATORS: dict[str, Generator] = {
    **attacks.GENERATORS,
    **attacks_messages.GENERATORS,
}
LOOKS: dict[str, Generator] = {}
