"""What a critique says: its verdict, and the sections of one that wraps several in tags.

The patterns are the one definition of a verdict: `verdict` applies them here, and `importers/sql/critiques.sql` applies the same
ones, in the same order, in DuckDB. They are therefore written in what both engines read alike: no flag for case, no `\\s`.
"""

import re
from typing import NamedTuple

_SPACE = r"[ \t\r\n\f]*"
_MARKS = r"[ \t\r\n\f*_`]*"


def _any_case(word: str) -> str:
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


_CORRECT = f"{_any_case('correct')}|{_any_case('incorrect')}"
_HEADING = "|".join(_any_case(word) for word in ("select", "condition", "join", "order by", "order"))

CONCLUSION = rf"(?:{_any_case('conclude')}|{_any_case('conclusion')}){_MARKS}:{_MARKS}({_CORRECT})\b"
"""`Conclude: incorrect.`, also as `Conclusion:`, in bold, and in any case. The last one counts: a critique may weigh both."""

LAST_LINE = rf"(?:^|\n){_MARKS}(?:(?:{_HEADING})\.{_MARKS})?({_CORRECT}|{_any_case('none')})[ \t\r\n\f*_`.]*$"
"""The short form, in which the last line is a single word; `None` is to say that nothing is wrong."""

FIRST_LINE = rf"^{_MARKS}({_any_case('yes')}|{_any_case('no')})[*_`.!, \t\r\f]*(?:\n|$)"
"""A judge that was asked whether the SQL is correct: Yes or No on a line of its own, before the reasons."""

PATTERNS = {"conclusion": CONCLUSION, "last_line": LAST_LINE, "first_line": FIRST_LINE}
"""The patterns by the name of the DuckDB variable that the import sets."""

_MEANING = {"correct": "correct", "incorrect": "incorrect", "none": "correct", "yes": "correct", "no": "incorrect"}


def _compiled(pattern: str) -> re.Pattern[str]:
    # `$` is the very end in DuckDB; for Python's re it would also be the place before a last newline.
    return re.compile(pattern.replace("$", r"\Z"), re.ASCII)


_CONCLUSION, _LAST_LINE, _FIRST_LINE = (_compiled(pattern) for pattern in PATTERNS.values())

TAG = "</"
"""What every critique in the wrapper form contains; a text without it is one critique, and costs nothing to tell."""

_SECTION = re.compile(r"<(select|condition|join|order(?:[ _]by)?)>(.*?)</\1>", re.ASCII | re.DOTALL | re.IGNORECASE)


class Section(NamedTuple):
    """What one validator says in a text."""

    validator: str
    text: str


def verdict(text: str) -> str:
    """What a critique concludes: correct, incorrect, or unparsed."""
    conclusions = _CONCLUSION.findall(text)
    if conclusions:
        return _MEANING[conclusions[-1].lower()]
    for pattern in (_LAST_LINE, _FIRST_LINE):
        found = pattern.search(text)
        if found:
            return _MEANING[found[1].lower()]
    return "unparsed"


def sections(validator: str, text: str) -> list[Section]:
    """The critiques in a text, in their order, each of its own validator.

    A text in the wrapper form, `<select>...</select>` and so on, holds one critique a tag; an empty tag holds none. What stands
    beside the tags stays with the validator that the text came from. Any other text is one critique.

    Args:
        validator: Whose text it is.
        text: The text.
    """
    found = _SECTION.findall(text) if TAG in text else []
    if not found:
        return [Section(validator, text)]
    parts = [Section(tag.lower().split("_")[0].split(" ")[0], inner.strip()) for tag, inner in found]
    parts.append(Section(validator, _SECTION.sub("", text).strip()))
    return list(dict.fromkeys(part for part in parts if part.text))
