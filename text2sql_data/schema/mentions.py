"""The parts of a question that may be values of a database: texts in quotes, names and numbers, and any other run of words.

It finds where something could be meant, not whether it is: that is known only beside the values.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_WORDS = 8
"""Words that a run has at most."""

_WORD = re.compile(r"\w+")
# An apostrophe within a word does not open or close a quotation.
_QUOTED = re.compile(
    r"""(?<!\w)'([^'\n]{1,80}(?:'(?=\w)[^'\n]{0,80}){0,3})'(?!\w)|"([^"\n]{1,80})"|`([^`\n]{1,80})`|\u201c([^\u201d\n]{1,80})\u201d|\u2018([^\u2019\n]{1,80})\u2019"""
)
_LEAST = 4  # characters that a text has to have before another spelling of it is looked for


class Mention(NamedTuple):
    """A part of a question.

    Attributes:
        text: As it is written.
        start: Where it begins.
        end: Where it ends.
        key: Its words in lower case, with one blank between them.
        n_words: How many they are.
        quoted: Whether it stands in quotes.
        proper: Whether it looks like a name or a number: some word begins with an upper-case letter or a digit.
    """

    text: str
    start: int
    end: int
    key: str
    n_words: int
    quoted: bool
    proper: bool


def key(text: str) -> str:
    """The words of a text in lower case, with one blank between them: texts that differ in case and signs only have the same."""
    return " ".join(_WORD.findall(text.casefold()))


def mentions(text: str) -> Iterator[Mention]:
    """Every part of a text that may be a value: what stands in quotes, then the runs of words."""
    for found in _QUOTED.finditer(text):
        inside = next(group for group in found.groups() if group is not None)
        start = found.start() + 1
        yield Mention(inside, start, start + len(inside), key(inside), len(_WORD.findall(inside)), quoted=True, proper=True)
    words = list(_WORD.finditer(text))
    for first in range(len(words)):
        proper = False
        for last in range(first, min(first + MOST_WORDS, len(words))):
            proper = proper or _is_proper(words[last].group())
            yield _run(text, words[first : last + 1], proper=proper)


def names(text: str) -> Iterator[Mention]:
    """The parts of a text that may be a value in another spelling: what stands in quotes, and runs of capitalised words.

    The first word of the text is capitalised whatever it is, so it only counts in quotes.
    """
    for mention in mentions(text):
        if mention.quoted and len(mention.key) >= _LEAST:
            yield mention
    run: list[re.Match[str]] = []
    words = list(_WORD.finditer(text))
    for word in words[1:]:
        follows = bool(run) and text[run[-1].end() : word.start()].strip(" .'\u2019-&") == ""
        if run and not (follows and _is_proper(word.group())):
            yield from _name(text, run)
            run = []
        if _is_proper(word.group()):
            run.append(word)
    yield from _name(text, run)


def _name(text: str, run: list[re.Match[str]]) -> Iterator[Mention]:
    if run and len(run) <= MOST_WORDS:
        mention = _run(text, run, proper=True)
        if len(mention.key) >= _LEAST and not mention.key.replace(" ", "").isdecimal():  # a number has no other spelling
            yield mention


def _run(text: str, words: list[re.Match[str]], *, proper: bool) -> Mention:
    start, end = words[0].start(), words[-1].end()
    joined = " ".join(word.group().casefold() for word in words)
    return Mention(text[start:end], start, end, joined, len(words), quoted=False, proper=proper)


def _is_proper(word: str) -> bool:
    return word[0].isupper() or word[0].isdecimal()
