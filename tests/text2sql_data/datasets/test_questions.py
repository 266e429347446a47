"""The normalised text of a question: what people call the same is the same, and what makes another question is kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.datasets.questions import normalised, question_key

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How many singers do we have?", "how many singers  do we have"),
        ("What's the “average” age?", "What's the 'average' age ?"),
        ("\uff28\uff4f\uff57 many", "How many"),
        ("Straße", "STRASSE"),
        ("e\u0301t\u00e9", "été"),
        ("a\u00a0b\tc\nd", "a b c d"),
        ("2020 - 2021", "2020-2021"),
        ("data\u00adbase", "database"),
        ("How\u200b many\u200d sing\u2060ers\ufeff", "How many singers"),
        ("e\u200b\u0301t\u00e9", "été"),
    ],
)
def test_the_same_text(one: str, other: str) -> None:
    """Case, forms of letters, white space and punctuation do not make another question."""
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("below -1", "below 1"), ("a < b", "a > b"), ("5%", "5"), ("ages over 20", "ages over 21"), ("名前", "名"), ("C#", "C+")],
)
def test_other_text(one: str, other: str) -> None:
    """Signs, numbers and letters of any script do."""
    assert normalised(one) != normalised(other)


@given(texts)
def test_normalising_again_changes_nothing(text: str) -> None:
    """The normal form is its own, however the text was composed, and whatever stands around it."""
    bare = normalised(text)
    assert normalised(bare) == bare
    assert normalised(unicodedata.normalize("NFD", text)) == bare
    assert normalised(f"  {text} ?!") == bare


@given(st.sampled_from(["", "  ", "?!", "\u200b"]), st.integers(0, 9), st.integers(0, 9))
def test_questions_without_text_are_not_one_question(text: str, one: int, other: int) -> None:
    """An empty text tells nothing, so the place of the question does."""
    assert (question_key(text, "b", "r", one) == question_key(text, "b", "r", other)) is (one == other)
