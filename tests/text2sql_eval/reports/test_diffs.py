"""Differences of two SQL: nothing is lost, and what differs is marked."""

from hypothesis import given
from hypothesis import strategies as st

from text2sql_eval.reports.diffs import Difference, difference

LINES = st.text(st.sampled_from("ab(), '\"\n;-") | st.characters(codec="utf-8"), max_size=40)


def text(found: Difference, side: int) -> str:
    """One side, put together again."""
    return "\n".join("".join(piece for piece, _ in line[side]) for line in found.lines if line[side] is not None)


@given(LINES, LINES)
def test_both_sides_can_be_put_together_again(rejected: str, chosen: str) -> None:
    """Of texts that are not SQL every character is there, in order, on its side."""
    found = difference(rejected, chosen, sql=False)
    assert (text(found, 0), text(found, 1)) == (rejected, chosen)


@given(LINES)
def test_equal_texts_have_no_difference(same: str) -> None:
    """A text differs nowhere from itself."""
    assert all(line.same for line in difference(same, same, sql=False).lines)


def test_sql_is_laid_out_and_compared_by_words() -> None:
    """Clauses stand on lines of their own; letter case of names is no difference, that of a literal is."""
    found = difference("select NAME from singer where country = 'france'", "SELECT name FROM singer WHERE country = 'France'")
    assert found.layout == "sql"
    assert [line.same for line in found.lines] == [True, True, True, True, False]
    assert found.lines[-1].rejected == [("  country = ", False), ("'france'", True)]
    assert found.lines[-1].chosen == [("  country = ", False), ("'France'", True)]


def test_a_difference_in_writing_alone_is_shown_as_it_is() -> None:
    """Where the layout would hide the only difference, both texts stand as they are."""
    found = difference("SELECT a  FROM t", "SELECT a FROM t")
    assert (found.layout, text(found, 0).replace("\n", " ")) == ("text", "SELECT a  FROM t".replace("  FROM", " FROM"))
    assert difference("SELECT (", "SELECT 1").layout == "text"
    assert difference("SELECT 1; SELECT 2", "SELECT 1").layout == "text"


def test_what_is_too_long_is_cut_and_said() -> None:
    """A SQL of 33,000 characters neither fills the page nor vanishes."""
    found = difference("SELECT " + "1 + " * 8000 + "1", "SELECT 1")
    assert found.cut > 20_000
    assert len(text(found, 0)) == 6_000


def test_few_words_that_repeat_often_are_not_matched() -> None:
    """Lines with so many words that matching them would take minutes differ as wholes; both texts are cut, and said to be."""
    found = difference("SELECT " + "+".join(["1"] * 30_000), "SELECT " + "+".join(["2"] * 30_000))
    assert (found.layout, found.cut) == ("text", 2 * (60_006 - 6_000))
    (line,) = found.lines
    assert (line.rejected, line.chosen) == ([(text(found, 0), True)], [(text(found, 1), True)])
    assert {text(found, 0)[:9], text(found, 1)[:9]} == {"SELECT 1+", "SELECT 2+"}


def test_many_lines_are_compared_place_by_place() -> None:
    """Texts of too many lines to match: what is the same at its place is the same, and nothing is lost."""
    old, new = ["a", "b"] * 500, ["a", "c"] * 490
    found = difference("\n".join(old), "\n".join(new), sql=False)
    assert (text(found, 0), text(found, 1)) == ("\n".join(old), "\n".join(new))
    assert [line.same for line in found.lines] == [True, False] * 490 + [False] * 20
    assert found.lines[-1] == ([("b", True)], None, False)
