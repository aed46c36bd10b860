"""What a text is: spam, phishing, a code, a lure, a threat ...; which template it was made from; what in it must not be shown.

Pure: no clock, no disk, no dice; the same text gives the same reading everywhere.
"""

from fairwire.content.reading import Reading, Scores, explain_text, read_text, read_transcript
from fairwire.content.redaction import redact
from fairwire.content.sensitive import sensitive

__all__ = ["Reading", "Scores", "explain_text", "read_text", "read_transcript", "redact", "sensitive"]
