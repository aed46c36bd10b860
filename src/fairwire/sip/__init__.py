"""SIP messages, for one that is asked and answers: read a request, learn what a call is, write the reply.

No clock, no network, bytes in and bytes out:

    message = read(datagram)
    facts = read_invite(message, trusted=True)
    reply(message, 403, "Forbidden", tag=tag_for(secret, message), source=("192.0.2.10", 5060))

`message` reads, `addresses` and `via` take values apart, `invite` and `diversions` say what a call is, `transactions` tells a
retransmission from a second call, `replies` writes the answer, `framing` cuts a stream into messages. See ADR-0029.
"""

from fairwire.sip.addresses import Address, BadAddress, Uri, number_of, read_address, read_uri, split_list
from fairwire.sip.framing import PING, BrokenStream, Frames
from fairwire.sip.invite import InviteFacts, called_in, read_invite
from fairwire.sip.message import KeepAlive, Malformed, Request, Response, read
from fairwire.sip.plain import PlainInvite, Who, plain_redirect, plain_reply, plain_tag, read_plain, who_of
from fairwire.sip.replies import added_parameters, contact_elsewhere, reply, same_target
from fairwire.sip.transactions import tag_for, top_via, transaction_key

__all__ = [
    "PING",
    "Address",
    "BadAddress",
    "BrokenStream",
    "Frames",
    "InviteFacts",
    "KeepAlive",
    "Malformed",
    "PlainInvite",
    "Request",
    "Response",
    "Uri",
    "Who",
    "added_parameters",
    "called_in",
    "contact_elsewhere",
    "number_of",
    "plain_redirect",
    "plain_reply",
    "plain_tag",
    "read",
    "read_address",
    "read_invite",
    "read_plain",
    "read_uri",
    "reply",
    "same_target",
    "split_list",
    "tag_for",
    "top_via",
    "transaction_key",
    "who_of",
]
