"""Kamailio, where it is installed: alone, with its own means against floods, and asking Fairwire about each call.

All of them end with a refusal, so that the caller has the same to do. The configuration is the least that does this; the one
for real use stands in docs/how-to/kamailio.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Literal

from fairwire.testkit.bench.child import ChildFailed
from fairwire.testkit.bench.load.served import cpu_seconds
from fairwire.testkit.bench.load.sipp import free_port

Way = Literal["alone", "guarded", "redirect", "evapi"]
WAYS: dict[Way, str] = {
    "alone": "Kamailio alone, t_reply 603",
    "guarded": "Kamailio refusing by pike and htable",
    "redirect": "Kamailio asking Fairwire by redirect",
    "evapi": "Kamailio asking Fairwire by evapi",
}
_START_S = 20.0

_CONFIGURATION = """#!KAMAILIO
debug=-1
log_stderror=yes
children=2
disable_tcp=TCP_OFF
auto_aliases=no
dns=no
rev_dns=no
server_signature=no
listen=udp:127.0.0.1:LISTEN
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
#!ifdef GUARDED
loadmodule "pike.so"
loadmodule "htable.so"
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", 2000000)
modparam("pike", "remove_latency", 4)
modparam("htable", "htable", "block=>size=14;autoexpire=31536000;")
#!endif
#!ifdef EVAPI
loadmodule "jansson.so"
loadmodule "evapi.so"
modparam("evapi", "workers", 1)
modparam("evapi", "bind_addr", "127.0.0.1:EVENTS")
modparam("evapi", "netstring_format", 1)
modparam("evapi", "max_clients", 4)
#!endif
modparam("tm", "failure_reply_mode", 3)
modparam("tm", "fr_timer", 2000)
modparam("tm", "auto_inv_100", 1)

request_route {
	if (is_method("ACK")) { t_check_trans(); exit; }
	if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
	if (!is_method("INVITE")) exit;
	if (t_precheck_trans()) { t_check_trans(); exit; }
	t_check_trans();
#!ifdef GUARDED
	if (!pike_check_req()) { sl_send_reply("503", "Too Fast"); exit; }
	if ($sht(block=>src:$si) != $null || $sht(block=>cli:$fU) != $null || $sht(block=>dst:$rU) != $null) {
		t_newtran();
		t_reply("603", "Decline");
		exit;
	}
#!endif
	t_newtran();
#!ifdef REDIRECT
	t_on_failure("ANSWERED");
	t_set_fr(2000, 1000);
	t_set_retr(100, 400);
	$du = "sip:127.0.0.1:FAIRWIRE";
	if (!t_relay()) t_reply("503", "Away");
	exit;
#!endif
#!ifdef EVAPI
	$var(question) = "{}";
	jansson_set("integer", "i", "$T(id_index)", "$var(question)");
	jansson_set("integer", "l", "$T(id_label)", "$var(question)");
	jansson_set("string", "from", "$fu", "$var(question)");
	jansson_set("string", "to", "$ru", "$var(question)");
	jansson_set("string", "call_id", "$ci", "$var(question)");
	jansson_set("string", "pai", "$(ai{uri.user})", "$var(question)");
	jansson_set("string", "src_ip", "$si", "$var(question)");
	t_on_failure("ANSWERED");
	t_set_fr(2000, 1000);
	if (!evapi_async_relay("$var(question)")) t_reply("503", "Away");
	exit;
#!endif
	t_reply("603", "Decline");
}

failure_route[ANSWERED] {
	if (t_branch_timeout()) t_reply("503", "Silent");
	if (t_check_status("302")) t_reply("603", "Decline");
}

#!ifdef EVAPI
event_route[evapi:message-received] {
	$var(i) = -1;
	$var(l) = -1;
	jansson_get("i", "$evapi(msg)", "$var(i)");
	jansson_get("l", "$evapi(msg)", "$var(l)");
	t_continue("$var(i)", "$var(l)", "TOLD");
}

route[TOLD] {
	t_reply("603", "Decline");
}
#!endif
"""


def installed() -> str | None:
    """Where the program is; None when it is not installed."""
    return shutil.which("kamailio") or next((path for path in ("/usr/sbin/kamailio",) if os.access(path, os.X_OK)), None)


def knows_evapi() -> bool:
    """Whether this Fairwire can be asked over Kamailio's event socket."""
    return find_spec("fairwire.serve.redirect.evapi") is not None


class Kamailio:
    """A proxy on loopback, until it is closed.

    Parameters
    ----------
    folder
        For its files.
    way
        What it does with a call.
    fairwire
        UDP port of the redirect point.
    events
        TCP port that it is to be asked on by the event socket.

    Raises
    ------
    ChildFailed
        It does not start.
    """

    def __init__(self, folder: Path, way: Way, *, fairwire: int, events: int) -> None:
        program = installed()
        if program is None:
            raise ChildFailed("Kamailio is not installed", help_="on Debian it is the package `kamailio`")
        self.port = free_port()
        text = _CONFIGURATION.replace("LISTEN", str(self.port)).replace("FAIRWIRE", str(fairwire)).replace("EVENTS", str(events))
        text = text.replace("TCP_OFF", "no" if way == "evapi" else "yes")
        configuration = folder / f"kamailio-{way}.cfg"
        configuration.write_text(text, encoding="ascii")
        self._said = (folder / f"kamailio-{way}.err").open("w+b")
        # The default allocator is one for debugging, and takes most of the time.
        words = [program, "-DD", "-E", "-x", "tlsf", "-X", "tlsf", "-n", "2", "-b", "4194304", "-m", "512", "-M", "16"]
        words += ["-f", str(configuration), "-Y", str(folder), "-P", str(folder / "kamailio.pid"), "-A", way.upper()]
        self._process = subprocess.Popen(words, stdout=self._said, stderr=self._said, start_new_session=True)
        if not self._answers() or (way == "evapi" and not _is_connected(events)):
            self._end()
            self._said.seek(0)
            lines = self._said.read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise ChildFailed(f"Kamailio did not start: {lines[-1][:300]}")

    def cpu_s(self) -> float:
        """Seconds of processor that its processes have used."""
        return sum(cpu_seconds(pid) for pid in (self._process.pid, *_children(self._process.pid)))

    def _answers(self) -> bool:
        """Wait until it answers."""
        question = (
            f"OPTIONS sip:127.0.0.1:{self.port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKready;rport\r\n"
            f"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: ready\r\nCSeq: 1 OPTIONS\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        end = time.monotonic() + _START_S
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.bind(("127.0.0.1", 0))
            asking.settimeout(0.1)
            while time.monotonic() < end and self._process.poll() is None:
                try:
                    asking.sendto(question, ("127.0.0.1", self.port))
                    if asking.recv(4096).startswith(b"SIP/2.0 200"):
                        return True
                except OSError:
                    continue
        return False

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def __enter__(self) -> Kamailio:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()
        self._said.close()


def _is_connected(port: int) -> bool:
    """Wait until Fairwire has come to the event socket: it looks for it every few seconds."""
    ours = f":{port:04X}"
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        if any(words[1].endswith(ours) and words[3] == "01" for words in map(str.split, lines)):
            return True
        time.sleep(0.1)
    return False


def _children(pid: int) -> list[int]:
    """Processes that a process started; none where the system does not say."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in told.split()]
