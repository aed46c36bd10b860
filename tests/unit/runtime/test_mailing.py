"""Notices on their way: through a real mail server, one that refuses, none at all, and a process that ends in the middle."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from fairwire.mailers.smtp import SmtpMailer
from fairwire.model.errors import BadInput
from fairwire.model.instants import DAY_US, format_us, parse_us
from fairwire.model.versions import Change, PolicyNotice, PolicyVersion, Publication, VersionTerms
from fairwire.ports.mail import Letter, Told
from fairwire.ports.policies import PolicyStore
from fairwire.runtime.data import open_control
from fairwire.runtime.mailing import BadMailServer, MailSettings, Postman, mail_server, send_due
from fairwire.runtime.posting import Sending
from fairwire.serve.settings import read_settings
from policy_office import Clock, Postbox
from policy_office import mail_server as smtp_server

NOON = parse_us("2026-03-02T12:00:00Z")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PolicyStore]:
    with closing(open_control(tmp_path)) as control:
        yield control.policies


@pytest.fixture
def box() -> Iterator[Postbox]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


def queue(store: PolicyStore, *customers: str, **more: str) -> list[PolicyNotice]:
    """Notices of one publication, waiting."""
    version = PolicyVersion(
        pack="acme", version="1.0.0", content="c", decides="d", title="Acme", document="Acme", author="ana", authors=("ana",),
        stage="published", submitted_us=1, published_us=1, effective_us=1, terms=VersionTerms(),
    )  # fmt: skip
    publication = Publication(publication_id="p", pack="acme", version="1.0.0", content="c", by="ben", at_us=1, effective_us=1)
    plain = {"publication_id": "p", "pack": "acme", "version": "1.0.0", "role": "admin", "state": "queued", "queued_us": NOON}
    made = [
        msgspec.convert(
            {
                "notice_id": f"n-{name}",
                "customer": name,
                "recipient": f"it@{name}.example",
                "subject": f"For {name}",
                "text": "The policy has changed.\n",
                "message_id": f"<n-{name}@acme.example>",
            }
            | plain
            | more,
            PolicyNotice,
        )
        for name in customers
    ]
    change = Change(versions=(version,), texts={"c": {}}, publications=(publication,), notices=tuple(made))
    store.act("acme", lambda file: change)
    return made


def send(store: PolicyStore, address: str, clock: Clock) -> Sending:
    with closing(mail_server(address).mailer()) as mailer:
        return send_due(store, mailer, lambda notice: "policy@acme.example", clock=lambda: clock.now_us)


def states(store: PolicyStore) -> dict[str, tuple[str, int, str]]:
    return {each.customer: (each.state, each.attempts, each.answer) for each in store.notices()}


def test_letters_arrive_as_they_are_kept(store: PolicyStore, box: Postbox, clock: Clock) -> None:
    queue(store, "hobnail", "quillfeather", subject="Änderung der Richtlinie: bitte lesen", text="Grüße,\n.\n\n.. und Schluss\n")
    done = send(store, box.address, clock)
    assert (done.sent, done.waiting, done.failed) == (2, 0, 0)
    sender, recipients, letter = box.taken[0]
    assert (sender, recipients) == ("policy@acme.example", ["it@hobnail.example"])
    assert letter["Subject"] == "Änderung der Richtlinie: bitte lesen"
    assert letter["Message-ID"] == "<n-hobnail@acme.example>"
    assert letter["Date"] == "Mon, 02 Mar 2026 12:00:00 -0000"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == "Grüße,\n.\n\n.. und Schluss\n"
    assert states(store)["hobnail"] == ("sent", 1, "250 queued as 1")
    assert [(each.before, each.after, each.subject) for each in store.history()] == [
        ("queued", "sent", "hobnail"),
        ("queued", "sent", "quillfeather"),
    ]
    assert send(store, box.address, clock).sent == 0, "nothing is sent twice"


def test_a_refusal_for_now_is_tried_again_later_and_later_and_given_up_after_three_days(
    store: PolicyStore, box: Postbox, clock: Clock
) -> None:
    queue(store, "hobnail")
    box.refuse["it@hobnail.example"] = "451 come back later"
    assert send(store, box.address, clock).waiting == 1
    assert states(store)["hobnail"] == ("queued", 1, "451 come back later")
    assert send(store, box.address, clock).waiting == 0, "not due yet"
    waits = []
    while states(store)["hobnail"][0] == "queued":
        (notice,) = store.notices()
        waits.append((notice.next_us - clock.now_us) // 1_000_000)
        clock.now_us = notice.next_us
        send(store, box.address, clock)
    assert waits[:5] == [60, 240, 960, 3840, 15360]
    assert max(waits) == 6 * 3600
    assert clock.now_us - NOON >= 3 * DAY_US
    assert states(store)["hobnail"][2].startswith(f"given up after {len(waits) + 1} attempts: 451 come back later")
    assert box.taken == []


def test_a_server_that_recovers_gets_the_letter_at_the_next_attempt(store: PolicyStore, box: Postbox, clock: Clock) -> None:
    queue(store, "hobnail")
    box.refuse["it@hobnail.example"] = "451 come back later"
    send(store, box.address, clock)
    box.refuse.clear()
    clock.now_us += 60_000_000
    assert send(store, box.address, clock).sent == 1
    assert states(store)["hobnail"] == ("sent", 2, "250 queued as 1")


def test_a_refusal_for_good_is_shown_and_does_not_hold_up_the_others(store: PolicyStore, box: Postbox, clock: Clock) -> None:
    queue(store, "gone", "hobnail")
    box.refuse["it@gone.example"] = "550 5.1.1 no such mailbox"
    done = send(store, box.address, clock)
    assert (done.sent, done.failed, done.last_answer) == (1, 1, "550 5.1.1 no such mailbox")
    assert states(store) == {"gone": ("failed", 1, "550 5.1.1 no such mailbox"), "hobnail": ("sent", 1, "250 queued as 1")}


def test_no_server_is_no_loss(store: PolicyStore, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
    queue(store, "hobnail")
    assert send(store, address, clock).waiting == 1
    assert states(store)["hobnail"] == ("queued", 1, f"{address} cannot be used: connection refused")


def test_a_server_that_cannot_be_used_is_not_asked_for_every_customer(store: PolicyStore, clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
    queue(store, "alder", "birch", "cedar", "dogwood")
    assert send(store, address, clock).waiting == 4
    assert [attempts for _, (_, attempts, _) in sorted(states(store).items())] == [1, 1, 0, 0]
    with smtp_server() as box:
        assert send(store, box.address, clock).sent == 2, "those that were not tried are due at once"


def test_what_is_said_to_whoever_connects_is_no_refusal_of_a_letter(store: PolicyStore, clock: Clock) -> None:
    def turn_away(door: socket.socket) -> None:
        guest, _ = door.accept()
        with guest:
            guest.sendall(b"554 nobody from your address\r\n")

    queue(store, "alder")
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=turn_away, args=(door,))
        thread.start()
        done = send(store, f"127.0.0.1:{door.getsockname()[1]}", clock)
        thread.join()
    assert (done.waiting, done.failed) == (1, 0)
    assert states(store)["alder"] == ("queued", 1, "554 nobody from your address")


class Killed(Exception):
    """The process ends here."""


class Dying:
    """A mail server's client whose process ends once the letter is out."""

    def __init__(self, box: Postbox) -> None:
        host, _, port = box.address.partition(":")
        self._real = SmtpMailer(host=host, port=int(port))

    def send(self, letter: Letter) -> Told:
        self._real.send(letter)
        self._real.close()
        raise Killed

    def close(self) -> None:
        """Nothing is open."""


def test_a_crash_between_sending_and_recording_can_be_seen(store: PolicyStore, box: Postbox, clock: Clock) -> None:
    queue(store, "hobnail")
    with pytest.raises(Killed):
        send_due(store, Dying(box), lambda notice: "policy@acme.example", clock=lambda: clock.now_us)
    assert states(store)["hobnail"] == ("sending", 1, ""), "the attempt is on record, its outcome is not"
    assert send(store, box.address, clock).sent == 0, "it may still be on its way"
    clock.now_us += 600_000_000
    assert send(store, box.address, clock).sent == 1
    assert [letter["Message-ID"] for letter in box.to("it@hobnail.example")] == ["<n-hobnail@acme.example>"] * 2
    state, attempts, answer = states(store)["hobnail"]
    assert (state, attempts) == ("sent", 2)
    assert answer == (
        f"250 queued as 2; the attempt of {format_us(NOON)} ended without an outcome; sent again under the same Message-ID"
    )


def test_nothing_in_a_notice_can_add_a_header_or_a_recipient(store: PolicyStore, box: Postbox, clock: Clock) -> None:
    queue(store, "hobnail", subject="Hello\r\nBcc: everybody@else.example")
    assert send(store, box.address, clock).failed == 1
    assert box.taken == []
    assert states(store)["hobnail"][2].startswith("not a letter that can be sent")


def test_the_postman_sends_while_the_service_runs(store: PolicyStore, box: Postbox) -> None:
    queue(store, "hobnail")
    postman = Postman(store, mail_server(box.address), lambda notice: "policy@acme.example")
    postman.start()
    while not box.taken:
        pass  # it looks at once, on its own thread
    postman.close()
    assert states(store)["hobnail"][0] == "sent"


@pytest.mark.parametrize("text", ["", ":25", "mail.example:", "mail.example:99999", "mail example:25", "mail.example:25x"])
def test_what_is_no_mail_server_is_refused(text: str) -> None:
    with pytest.raises(BadMailServer) as caught:
        mail_server(text)
    assert caught.value.sentence() == f"`{text}` is no mail server; give HOST:PORT, such as 127.0.0.1:25"


def test_a_sender_is_one_plain_address() -> None:
    with pytest.raises(BadMailServer, match="is no e-mail address"):
        mail_server("mail.example", "policy@acme.example\r\nBcc: x@y.example")
    assert mail_server("mail.example", "policy@acme.example").port == 25
    assert mail_server("[::1]:2525").host == "::1"


def test_the_section_smtp_is_read_and_its_password_shows_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    file = tmp_path / "fairwire.toml"
    file.write_text(
        'public_url = "https://provider.example"\n[smtp]\nhost = "mail.example"\nport = 587\nfrom = "policy@acme.example"\n'
        'username = "fairwire"\npassword_file = "secret"\n'
    )
    settings = read_settings(file)
    assert settings.smtp == MailSettings(
        host="mail.example", port=587, sender="policy@acme.example", username="fairwire", password="hunter2"  # noqa: S106
    )  # fmt: skip
    assert settings.public_url == "https://provider.example"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(settings.smtp.mailer())


WRONG = {
    "[smtp]\n": 'the section `smtp` has no `host`; add one such as host = "mail.provider.example"',
    "[smtp]\nhots = 'x'\n": "the setting `smtp.hots` does not exist; did you mean `host`?",
    "[smtp]\nhost = 'x'\npassword = 'y'\n": (
        "the setting `smtp.password` does not exist; name a file that only you can read with `password_file`"
    ),
    "[smtp]\nhost = 'x'\nport = 'y'\n": "the setting `smtp.port` must be a number",
    "smtp = 'mail.example'\n": "the setting `smtp` must be a section with `host`",
}


@pytest.mark.parametrize(("text", "said"), WRONG.items())
def test_a_wrong_section_smtp_is_told_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "fairwire.toml"
    file.write_text(text)
    with pytest.raises(BadInput) as caught:
        read_settings(file)
    assert caught.value.sentence() == f"{file}: {said}"
