"""Calls in progress as a proxy shows them: it mirrors its SIP messages by HEP3, and attempts, answers and ends come of them.

    socket -> listener -> point -> which call is it (calls) -> events -> feed -> the service takes them in

`listeners` read UDP and TCP; `point` says who may send and reads a packet; `messages` says what of a SIP message matters here,
`attempts` whose call an INVITE is, by the rules of the redirect point; `calls` follows each call and has neither socket nor
clock. `kept` keeps the open calls over a restart.
"""
