"""Edit ratios: of SQL tokens and of the words of published reports, as a plain second computation gives them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.pairs.measures import EditRatios, edit_ratios, tokens, words

SQL = st.text(alphabet="aBé_ 1'\"`.,()<>=|;\nİ", max_size=30)


def distance(left: Sequence[str], right: Sequence[str]) -> int:
    """The Levenshtein distance, row by row."""
    before = list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        row = [i]
        for j, other in enumerate(right, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (one != other)))
        before = row
    return before[-1]


@given(left=SQL, right=SQL)
def test_ratios(left: str, right: str) -> None:
    """The distance over the longer side, between 0 and 1, the same from both sides, 0 for equal texts."""
    (ratios,) = edit_ratios([(left, right)])
    for ratio, split in zip(ratios, (tokens, words), strict=True):
        a, b = split(left), split(right)
        assert ratio == distance(a, b) / max(len(a), len(b), 1)
    assert edit_ratios([(right, left), (left, left)]) == [ratios, EditRatios(0.0, 0.0)]


@given(text=SQL)
def test_tokens_lose_nothing_but_white_space(text: str) -> None:
    """Tokens together are the text without white space outside of quotes, names in lower case."""
    joined = "".join(tokens(text))
    assert "".join(joined.split()).lower() == "".join(text.split()).lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT A FROM T", ["select", "a", "from", "t"]),
        ("a<=b||'C D'", ["a", "<=", "b", "||", "'C D'"]),
        ("'it''s' \"X y\" `Z`", ["'it''s'", '"X y"', "`Z`"]),
        ("É.x1 >= 2.5", ["é", ".", "x1", ">=", "2", ".", "5"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    """Quoted text is one token and keeps its case; operators stay together."""
    assert tokens(text) == expected


def test_words_are_those_of_the_reports() -> None:
    """The label, quotes, other letters and other signs are left out, so that two names may look equal."""
    assert words("SQL: SELECT 'Zoé' ; -- x") == ["select", "zo", "-", "-", "x"]
    assert edit_ratios([("n = 'é'", "n = 'è'")]) == [EditRatios(1 / 3, 0.0)]
