"""Words of prose and of code, brought to a common form."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# The commonest English words: their share tells English from other languages, and they carry no meaning of their own.
_STOP = """
a about above after again all also an and any are as at be because been before being below between both but by can
cannot could did do does doing down during each either else for from further get had has have having he her here his
how however i if in instead into is it its itself just let like made make may more most must my no nor not of off on
once one only or other our out over own per rather same set should since so some such than that the their them then
there these they this those through to too two under until up upon use used uses using very via was we were what when
where whether which while who whose why will with within without would yet you your
"""
STOP_WORDS = frozenset(_STOP.split())

_OTHER_LANGUAGES = """
aber auf aus bei das dass dem den der des die diese
dieser ein eine einem einen einer für ist mit nach nicht oder sich sind
und von werden wird wie zu zum zur che con dei del della delle gli il nel nella non per più questa questo sono una uno
avec cette dans de du elle est et la le les leur mais ou où par pas pour qui sont sur un une vers como cuando el en
entre esta este los las más para pero por que sin su sus também uma com não os dos das ao pelo pela het een van voor
niet wordt deze dit zijn naar som och att det är den på til ikke
"""
_FOREIGN = (
    frozenset(_OTHER_LANGUAGES.split()) - STOP_WORDS - {"de", "la", "den", "per", "con", "non", "el", "os", "en", "dos"}
)

_SUFFIXES = (
    "izations",
    "ization",
    "ations",
    "ation",
    "ings",
    "ments",
    "ment",
    "ions",
    "ion",
    "ing",
    "ers",
    "ies",
    "ied",
    "ed",
    "es",
    "er",
    "or",
    "ly",
    "s",
    "e",
    "y",
)


def words(text: str) -> list[str]:
    """Lower-case words of a text; identifiers are split at capitals, digits and underscores."""
    return [word.lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its commonest endings, at least three letters: `parses`, `parser` and `parsing` become `pars`."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def content_stems(text: str) -> set[str]:
    """Stems of the words that carry meaning."""
    return {stem(word) for word in words(text) if len(word) > 2 and word not in STOP_WORDS}


def stop_words(text: str) -> tuple[int, int, int]:
    """How many words are common in English, how many only in other European languages, and how many there are."""
    found = re.findall(r"[^\W\d_]+", text.lower())
    return sum(word in STOP_WORDS for word in found), sum(word in _FOREIGN for word in found), len(found)


def foreign_share(text: str) -> float:
    """Share of letters that are not ASCII."""
    if text.isascii():
        return 0.0
    letters = [letter for letter in text if letter.isalpha()]
    return sum(not letter.isascii() for letter in letters) / len(letters) if letters else 0.0
