"""Answers that ask for no more texts."""

from __future__ import annotations

import pytest

from fairwire.content.opt_outs import is_opt_out

ASKED = """
STOP
 Stop.
stop!!
STOP please
Please stop
Stop, thanks
STOP STOP STOP
S.T.O.P
ＳＴＯＰ
🛑 stop
STOP 60070
stop to 60070
STOPP
STOP ALL
Opt-out
opt me out
Unsubscribe me
unsub
REMOVE
remove me
Please remove me from your list
take me off this list
Stop texting me
please stop texting me
Stop sending me messages
stop these texts
No more texts
no more messages please
Don't text me again
Do not contact me any more
I said stop
END
Abmelden
Bitte abmelden
Keine SMS mehr
bitte keine Nachrichten mehr
Keine weiteren Nachrichten
ARRET
ARRÊT
Arrêtez de m'écrire
plus de SMS svp
désabonner
BAJA
ALTO
No más mensajes
dame de baja por favor
afmelden
geen berichten meer
SAIR
não quero mais mensagens
basta sms
СТОП
退订
""".strip("\n").split("\n")  # fmt: skip
NOT_ASKED = """
Cancel
Please stop by at eight
stop by later?
Stop?
Stop 12
Bitte stoppen Sie kurz am Tor
don't stop the good work
I will not stop
Stop the car
End of the month
Quit smoking with us
Please remove the old lock
remove me and Jo can come
no thanks
No more text books in class
who is this
We stop texting at eight, then I call
nicht abmelden
ich will mich nicht abmelden
Keine Zeit mehr
plus de pain svp
no me digas
arret de bus
baja el volumen
Sie können sich abmelden, wenn Sie wollen
12345
""".strip("\n").split("\n")  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_what_asks_for_no_more_texts_and_nothing_else_is_an_opt_out(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize("text", [*NOT_ASKED, ""])
def test_what_says_anything_else_is_none(text: str) -> None:
    assert not is_opt_out(text)
