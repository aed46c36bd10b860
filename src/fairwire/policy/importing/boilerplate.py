"""What of a page is not the policy: menus, banners, footers, and what stands there twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from fairwire.model.prose import Block

_TITLE = re.compile(
    r"\b(?:acceptable|fair|appropriate|responsible|unacceptable)\s+(?:and\s+\w+\s+)?us(?:e|age)\b|\busage\s+(?:policy|rules|guidelines)\b|\bAUP\b"
    r"|\b(?:use|messaging|anti-?spam|abuse|communications?|conduct)\s+(?:policy|policies|guidelines|rules)\b|\b(?:policy|policies)\b",
    re.I,
)
_CHROME = re.compile(
    r"""^\W*(?:back\s+to\s+top|skip\s+to\s+(?:main\s+)?content|print|dark\s*light|article\s+summary|did\s+you\s+find.*|thank\s+you\s+for\s+your\s+feedback|
      was\s+this\s+(?:article|page|answer|content)\s+helpful.*|share(?:\s+this)?(?:\s+(?:on|via|page|article).*)?|yes|no|menu|search(?:\s+.{0,20})?|home|
      toggle\s+(?:navigation|menu)|close|open|
      log\s*in|sign\s*(?:in|up)|register|subscribe.*|newsletter|follow\s+us.*|contact(?:\s+(?:us|sales|support))?|about(?:\s+us)?|careers|blog|news|faqs?|
      privacy(?:\s+(?:policy|notice|statement))?|cookies?(?:\s+(?:policy|settings|preferences))?|terms(?:\s+(?:of\s+(?:use|service)|(?:and|&)\s+conditions))?|
      sitemap|site\s+map|legal(?:\s+notices?)?|accept(?:\s+all)?(?:\s+cookies)?|reject(?:\s+all)?|manage\s+(?:cookies|preferences|consent)|
      (?:we|this\s+(?:site|website))\s+use[sd]?\s+cookies.*|by\s+(?:continuing|clicking).{0,60}cookies.*|.{0,60}cookies\s+to\s+(?:improve|enhance|ensure|give|provide|personali).*|
      (?:copyright\b(?!\s+(?:infring|or|and|mat|law|viol|owner|hold))|©|\(c\)\s).{0,120}|.{0,80}all\s+rights\s+reserved\.?.{0,60}|powered\s+by.*|read\s+more|learn\s+more|download(?:\s+pdf)?|
      \d+\s+min(?:ute)?s?\s+(?:to\s+)?read|table\s+of\s+contents|contents|on\s+this\s+page|in\s+this\s+article|(?:related|recent|popular)\s+(?:articles|posts|links|topics)|
      (?:kind|best|warm)(?:est)?\s+regards|(?:yours\s+)?(?:sincerely|faithfully|truly)(?:\s+yours)?|dear\s+\w+(?:\s+\w+){0,2}|
      next|previous|page\s+\d+(?:\s+of\s+\d+)?|\d+|english|language|get\s+started|request\s+(?:a\s+)?(?:demo|quote)|free\s+trial|
      (?:updated|last\s+updated|posted|published)\s+(?:on\s+)?\d{1,2}\s+\w+\s+\d{4}|\d{1,2}\s+\w{3,9}\s+\d{4}|skip\s+navigation|support|help(?:\s+cent(?:er|re))?)\W*$""",
    re.X | re.I,
)
_FURTHER = re.compile(r"\W*(?:related|recent|popular|further|more)\s+(?:articles|posts|links|topics|reading)\b", re.I)
_MAIL = re.compile(
    r"(?:from|to|cc|bcc|sent|date|subject|reply-to|return-path|received|message-id|mime-version|content-[\w-]+|x-[\w-]+):\s", re.I
)
_CLOSING = re.compile(
    r"\W*(?:(?:kind|best|warm)(?:est)?\s+regards|(?:yours\s+)?(?:sincerely|faithfully|truly)(?:\s+yours)?)\W*$", re.I
)
MAIL_HEAD = 15
"""Blocks in which the head of a mail is looked for. Our choice."""
_PROHIBITS = re.compile(
    r"prohibit|not\s+(?:allowed|permitted|use|be)|unacceptable|forbidden|restrict|must|shall|may\s+not|illegal|violat|abuse|misuse|precluded|examples?|following|"
    r"responsib|obligation|requirement|rules|limits?|inappropriate|you\s+agree|include",
    re.I,
)
_SENTENCE = re.compile(r"[.;:?!]['\"”’)\]]*$|,$|\b(?:and|or)$", re.I)
_RULE = re.compile(
    r"\W*(?:(?:you|we|customers?|users?|clients?|subscribers?)\s+(?:may|must|shall|will|can|cannot|should|are|reserve)\b|(?:do\s+not|don['’]t|never)\s)",
    re.I,
)
"""A line that no menu has, with or without a full stop."""
SHORT_WORDS = 6
SUBSTANTIAL = 60
"""Characters from which a block is prose and no menu entry."""


def folded(text: str) -> str:
    """A text as compared for repeats."""
    return " ".join(text.split()).casefold().strip(" .:;-–•*")


def split_boilerplate(text: str, blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """(what belongs to the document, what does not), each in the order of the text."""
    said = [folded(text[block.start : block.end]) for block in blocks]
    dropped = {index for index, block in enumerate(blocks) if block.region in ("navigation", "footer", "aside")}
    dropped |= {index for index, block in enumerate(blocks) if _CHROME.match(text[block.start : block.end])}
    dropped |= _letter(text, blocks)
    dropped |= _further(text, blocks, dropped)
    dropped |= _repeats(text, blocks, said, dropped)
    dropped |= _menus(text, blocks, dropped)
    dropped |= _before_title(text, blocks, dropped)
    dropped |= _tail(text, blocks, dropped)
    kept = [block for index, block in enumerate(blocks) if index not in dropped]
    return kept, [block for index, block in enumerate(blocks) if index in dropped]


def _letter(text: str, blocks: Sequence[Block]) -> set[int]:
    """The head of a mail, and what stands behind its signature's dashes."""
    words = [text[block.start : block.end] for block in blocks]
    head = {index for index, said in enumerate(words[:MAIL_HEAD]) if _MAIL.match(said)}
    found = head if len(head) >= 3 else set()
    signed = next((index for index, said in enumerate(words) if said.strip() in ("--", "—") and index >= len(words) * 0.6), None)
    closed = next((index for index, said in enumerate(words) if _CLOSING.match(said) and index >= len(words) * 0.6), None)
    if signed is not None:
        found |= set(range(signed, len(words)))
    if closed is not None:
        found |= {index for index in range(closed, len(words)) if _is_short(text, blocks[index])}
    return found


def _further(text: str, blocks: Sequence[Block], dropped: set[int]) -> set[int]:
    """The list under `Related articles`."""
    found: set[int] = set()
    for index in sorted(dropped):
        following = index + 1
        while (
            _FURTHER.match(text[blocks[index].start : blocks[index].end])
            and following < len(blocks)
            and (blocks[following].kind == "item" or _is_short(text, blocks[following]))
            and blocks[following].kind != "heading"
        ):
            found.add(following)
            following += 1
    return found


def _repeats(text: str, blocks: Sequence[Block], said: Sequence[str], dropped: set[int]) -> set[int]:
    """A short line that stands there again and again is a menu's; a long one counts where it stands first."""
    counts = Counter(words for index, words in enumerate(said) if index not in dropped)
    last = {words: index for index, words in enumerate(said) if index not in dropped}
    seen: set[str] = set()
    found: set[int] = set()
    for index, (block, words) in enumerate(zip(blocks, said, strict=True)):
        if counts[words] < 2 or not words:
            continue
        size = block.end - block.start
        if size >= SUBSTANTIAL or len(words.split()) > SHORT_WORDS or _SENTENCE.search(text[block.start : block.end]):
            # A lead-in such as `the following are not allowed:` may well stand there twice.
            if words in seen and not text[block.start : block.end].rstrip().endswith(":"):
                found.add(index)
            seen.add(words)
        elif (counts[words] > 2 or index != last[words]) and not _leads(text, blocks, index):
            found.add(index)
    return found


def _leads(text: str, blocks: Sequence[Block], index: int) -> bool:
    """Whether a short line stands right over prose, as a heading does."""
    if index + 1 >= len(blocks):
        return False
    following = blocks[index + 1]
    return following.end - following.start >= SUBSTANTIAL


def _is_short(text: str, block: Block) -> bool:
    words = text[block.start : block.end]
    if _RULE.match(words):
        return False
    return " | " not in words and len(words.split()) <= SHORT_WORDS and len(words) < SUBSTANTIAL and not _SENTENCE.search(words)


def _menus(text: str, blocks: Sequence[Block], dropped: set[int]) -> set[int]:
    """Runs of short lines that nothing leads up to."""
    found: set[int] = set()
    long = [i for i, block in enumerate(blocks) if i not in dropped and block.end - block.start >= SUBSTANTIAL]
    prose = (long[0], long[-1]) if long else (len(blocks), -1)
    index = 0
    while index < len(blocks):
        if index in dropped or not _is_short(text, blocks[index]):
            index += 1
            continue
        stop = index
        while stop < len(blocks) and (stop in dropped or _is_short(text, blocks[stop])):
            stop += 1
        run = [place for place in range(index, stop) if place not in dropped]
        titles = sum(blocks[place].kind == "heading" for place in run)
        # Headings stand alone or in twos; a list under a sentence that ends in a colon is the policy's own.
        outside = index < prose[0] or index > prose[1] or index - 1 in dropped or len(run) >= 8
        if len(run) - titles >= 4 and outside and not _led_up_to(text, blocks, index):
            last = run[-1]
            tail = {last} if stop < len(blocks) and _leads(text, blocks, last) else set()
            lead = {place for place in run[-3:] if blocks[place].kind == "heading" and stop < len(blocks)}
            found |= set(run) - tail - lead
        index = stop
    return found


def _led_up_to(text: str, blocks: Sequence[Block], index: int) -> bool:
    first = text[blocks[index].start : blocks[index].end]
    if blocks[index].kind == "heading" and _PROHIBITS.search(first):
        return True
    if index == 0:
        return False
    before = text[blocks[index - 1].start : blocks[index - 1].end].rstrip()
    return before.endswith((":", ",", ";")) or bool(_PROHIBITS.search(before) and not before.endswith("?"))


def _before_title(text: str, blocks: Sequence[Block], dropped: set[int]) -> set[int]:
    """Short lines before the policy's own title."""
    body = next((i for i, b in enumerate(blocks) if i not in dropped and b.end - b.start >= SUBSTANTIAL), len(blocks))
    titles = [
        i
        for i in range(body)
        if i not in dropped and blocks[i].end - blocks[i].start <= 120 and _TITLE.search(text[blocks[i].start : blocks[i].end])
    ]
    if not titles:
        return set()
    said = folded(text[blocks[titles[0]].start : blocks[titles[0]].end])
    own = next((i for i in titles if blocks[i].kind == "heading"), titles[0])
    # `Home > Legal > Our rules` over `Our rules` is the way to the page.
    first = own if said.endswith(folded(text[blocks[own].start : blocks[own].end])) else titles[0]
    return {i for i in range(first) if i not in dropped and _is_short(text, blocks[i])}


def _tail(text: str, blocks: Sequence[Block], dropped: set[int]) -> set[int]:
    """Short lines after the last prose."""
    last = -1
    for index, block in enumerate(blocks):
        if index in dropped:
            continue
        words = text[block.start : block.end]
        if len(words) >= SUBSTANTIAL or _SENTENCE.search(words) or _RULE.match(words) or block.kind == "item" or " | " in words:
            last = index
    return {
        index
        for index in range(last + 1, len(blocks))
        if index not in dropped and not re.search(r"\d{4}|@", text[blocks[index].start : blocks[index].end])
    }
