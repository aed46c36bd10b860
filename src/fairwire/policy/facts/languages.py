"""The language of a text, by its script and by the small words that every sentence needs."""

from __future__ import annotations

import re
from collections import Counter

from fairwire.policy.facts.words import vocabulary

_SMALL = {
    "en": "the of and to in is that for you not with this be are or by as any may will your our it on from we shall must",
    "de": "der die das und zu in den von mit sich nicht ist für auf dem des ein eine sie wir oder werden auch durch bei nach",
    "fr": "le la les de des et à en un une est pour que qui dans ne pas vous nous sur par au aux avec ou son votre notre",
    "es": "el la los las de y en que no un una se por con para su es del al lo como o usted nuestro nuestros sus más este esta",
    "pt": "o a os as de e em que não um uma se por com para seu é do da dos das no na ao ou como você nosso sua nos mais",
    "it": "il lo la i gli le di e in che non un una si per con è del della dei delle nel alla al da o come suo più nostro",
    "nl": "de het een en van in is dat te niet op voor met zijn aan door of wij u uw onze bij als om worden deze naar ook",
    "sv": "och att det som en på är av för med den till inte om ett du vi eller kan har från ska får din dina vår inom",
    "da": "og at det som en på er af for med den til ikke om et du vi eller kan har fra skal må din dine vores kun",
    "no": "og å det som en på er av for med den til ikke om et du vi eller kan har fra skal må din dine våre bare",
    "fi": "ja on ei että se ovat tai kun joka jos mutta myös sekä mukaan sen voi hän kuin olla tämä niin käyttää palvelun meidän",
    "pl": "i w na z się nie do to jest że o jak za po dla od lub oraz przez może być które przy są ich tym tego usług",
    "cs": "a v na se je že s z o do pro by jako nebo od po jsou může při které jeho které také podle být není služby",
    "sk": "a v na sa je že s z o do pre by ako alebo od po sú môže pri ktoré jeho tiež podľa byť nie služby",
    "hu": "a az és nem hogy egy is van ha vagy meg ez csak azt mint kell lehet minden nem szerint által valamint szolgáltatás",
    "ro": "și în de la cu nu este o un pe care din să sau pentru prin ce mai se au fi sunt dumneavoastră noastre acest",
    "tr": "ve bir bu için ile de da olarak veya değil olan her kadar daha gibi ise tarafından sizin hizmet bizim",
    "ca": "el la els les de i en que no un una es per amb del al com o seu seva aquest són més ha dels",
}
_TABLES = {language: vocabulary(words) for language, words in _SMALL.items()}
_WORDS = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("el", "\u0370", "\u03ff"),
    ("he", "\u0590", "\u05ff"),
    ("hi", "\u0900", "\u097f"),
    ("bn", "\u0980", "\u09ff"),
    ("pa", "\u0a00", "\u0a7f"),
    ("gu", "\u0a80", "\u0aff"),
    ("ta", "\u0b80", "\u0bff"),
    ("te", "\u0c00", "\u0c7f"),
    ("kn", "\u0c80", "\u0cff"),
    ("ml", "\u0d00", "\u0d7f"),
    ("si", "\u0d80", "\u0dff"),
    ("th", "\u0e00", "\u0e7f"),
    ("my", "\u1000", "\u109f"),
    ("ka", "\u10a0", "\u10ff"),
    ("hy", "\u0530", "\u058f"),
    ("am", "\u1200", "\u137f"),
    ("km", "\u1780", "\u17ff"),
    ("cyrillic", "\u0400", "\u04ff"),
    ("arabic", "\u0600", "\u06ff"),
    ("kana", "\u3040", "\u30ff"),
    ("han", "\u4e00", "\u9fff"),
    ("ko", "\uac00", "\ud7af"),
    ("latin", "A", "\u024f"),
)
_FEWEST_WORDS = 8
_FEWEST_SIGNS = 12
_MOST = 200_000
"""Signs that are looked at: a language shows long before."""
_LEAST_SHARE, _FEWEST_SMALL = 0.06, 3
_CLEAR_SHARE = 0.22
"""Of all words, small words make about this much in a plain text of any of these languages."""


def language_of(text: str) -> tuple[str, float]:
    """The language (ISO 639-1) and how sure that is, 0 to 1; `und` where there is too little text or no language fits."""
    sample = text[:_MOST]
    words = [word.lower() for word in _WORDS.findall(sample)]
    script, share = _script(words)
    if script is None:
        return "und", 0.0
    if script != "latin":
        return _of_script(script, Counter("".join(words))), round(share, 3)
    if len(words) < _FEWEST_WORDS:
        return "und", 0.0
    counts = Counter(words)
    scores = {language: sum(counts[word] for word in table) / len(words) for language, table in _TABLES.items()}
    ranked = sorted(scores, key=lambda language: (-scores[language], language))
    best, second = ranked[0], ranked[1]
    if scores[best] < _LEAST_SHARE or sum(word in counts for word in _TABLES[best]) < _FEWEST_SMALL:
        return "und", 0.0
    lead = (scores[best] - scores[second]) / scores[best]
    confidence = min(1.0, scores[best] / _CLEAR_SHARE) * min(1.0, 0.5 + lead)
    return best, round(confidence * share, 3)


def _script(words: list[str]) -> tuple[str | None, float]:
    counts: Counter[str] = Counter()
    letters: Counter[str] = Counter("".join(words))
    for letter, count in letters.items():
        for name, first, last in _SCRIPTS:
            if first <= letter <= last:
                counts[name] += count
                break
    total = sum(letters.values())
    if not counts or total < _FEWEST_SIGNS:
        return None, 0.0
    if counts["kana"] * 20 > counts["han"] and counts["kana"]:
        counts["kana"] += counts.pop("han", 0)
    name, most = max(counts.items(), key=lambda one: (one[1], one[0]))
    return name, most / total


def _of_script(script: str, letters: Counter[str]) -> str:
    if script == "cyrillic":
        if any(letters[letter] for letter in "іїєґ"):
            return "uk"
        if letters["ў"]:
            return "be"
        if any(letters[letter] for letter in "ђјљњћџ"):
            return "sr"
        return "ru" if any(letters[letter] for letter in "ыэё") else "bg"
    if script == "arabic":
        if any(letters[letter] for letter in "ٹڈڑےں"):
            return "ur"
        return "fa" if any(letters[letter] for letter in "پچژگ") else "ar"
    return {"kana": "ja", "han": "zh"}.get(script, script)
