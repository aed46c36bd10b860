"""The SIP redirect point: an SBC or proxy sends its INVITE, and is answered where the call goes, or why it does not.

    socket -> listener -> point -> who is it (peers) -> whose call is it (calls) -> the service decides -> answers

`listeners` read and write UDP, TCP and TLS; `point` knows one message at a time and has no socket, so that tests and the fuzzer
ask it directly.
"""
