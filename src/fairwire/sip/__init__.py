"""SIP messages, for one that is asked and answers: read a request, learn what a call is, write the reply. Pure: no clock, no network."""
