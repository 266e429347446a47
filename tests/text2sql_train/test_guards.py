"""Every guard over rows is tripped, says which rows and what to change, and lets good rows through."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text2sql_data.datasets.auditing import TooLongError
from text2sql_train import reading
from text2sql_train.guards import TrainingRowsError, look_at_lengths, look_at_rows
from text2sql_train.recipe import Recipe

Row = dict[str, Any]


class Words:
    """A tokenizer of which every word is a token."""

    eos_token = " </s>"  # noqa: S105 - the end of a text
    eos_token_id = 1
    bos_token_id = None
    chat_template: str | None = None

    def __call__(self, text: Sequence[str], *, add_special_tokens: bool = True) -> Mapping[str, list[list[int]]]:
        """The tokens of texts."""
        del add_special_tokens
        return {"input_ids": [[hash(word) for word in one.split()] for one in text]}

    def apply_chat_template(self, conversation: Sequence[Any], **options: object) -> Any:  # noqa: ANN401 - as transformers has it
        """Not there."""
        raise NotImplementedError


def recipe(trainer: str = "sft", **fields: object) -> Recipe:
    """A recipe."""
    return reading.convert({"name": "tried", "trainer": trainer, "pin": "demo@1", "base": "tiny", **fields})


def look(rows: Sequence[Row], trainer: str = "sft", kind: str = "sft", **fields: object) -> Mapping[str, object]:
    """What the guard over rows counts."""
    return look_at_rows(rows, "train", recipe(trainer, **fields), pin="demo@1", kind=kind)


def sft(prompt: str, completion: str) -> Row:
    """A row to imitate."""
    return {"prompt": prompt, "completion": completion}


def pair(prompt: str, chosen: str, rejected: str) -> Row:
    """A row with a preference."""
    return {"prompt": prompt, "chosen": chosen, "rejected": rejected}


GOOD = [sft("How many?", "SELECT count(*) FROM a"), sft("Which?", "SELECT b FROM a")]


def test_good_rows_pass() -> None:
    """They are counted."""
    assert look(GOOD) == {"rows": 2, "repeated": 0, "contradicting": 0, "most_of_a_prompt": 1}


def test_a_split_without_rows_is_refused() -> None:
    """Nothing can be learnt from it."""
    with pytest.raises(TrainingRowsError, match="demo@1, split train: there is no row"):
        look([])


@pytest.mark.parametrize("blank", ["", "  \n"])
@pytest.mark.parametrize(
    ("trainer", "kind", "row"),
    [
        ("sft", "sft", sft("Which question is this?", "{}")),
        ("kto", "kto", {**sft("Which question is this?", "{}"), "label": True}),
        ("dpo", "preference", pair("Which question is this?", "SELECT 1", "{}")),
        ("orpo", "preference", pair("Which question is this?", "{}", "SELECT 1")),
        ("reward", "preference", pair("Which question is this?", "{}", "SELECT 1")),
    ],
)
def test_empty_completions_are_refused(trainer: str, kind: str, row: Row, blank: str) -> None:
    """With the place and the prompt of the row."""
    empty = {name: value.replace("{}", blank) if isinstance(value, str) else value for name, value in row.items()}
    with pytest.raises(TrainingRowsError, match=r"1 rows with an empty prompt or completion.\n  row 0: Which question") as caught:
        look([empty], trainer, kind)
    assert caught.value.hint


def test_empty_messages_are_refused() -> None:
    """The text of a message counts, not its role."""
    rows = [{"prompt": [{"role": "user", "content": "Which?"}], "completion": [{"role": "assistant", "content": " "}]}]
    with pytest.raises(TrainingRowsError, match="an empty prompt or completion"):
        look(rows)


@pytest.mark.parametrize("trainer", ["dpo", "orpo", "reward"])
def test_pairs_of_the_same_text_are_refused(trainer: str) -> None:
    """Nothing is preferred in them."""
    rows = [pair("Which?", "SELECT 1", "SELECT 2"), pair("How many?", "SELECT 3", "SELECT 3 ")]
    with pytest.raises(TrainingRowsError, match=r"the same text as chosen and as rejected.\n  row 1: How many"):
        look(rows, trainer, "preference")


def test_repeated_rows_are_refused_beyond_the_share() -> None:
    """Rows 0 and 2 are the same; half of four may be."""
    rows = [*GOOD, GOOD[0], sft("Who?", "SELECT c FROM a")]
    with pytest.raises(
        TrainingRowsError, match=r"1 of 4 rows \(25.00%\) repeat another row.\n  rows 0 and 2: How many"
    ) as caught:
        look(rows)
    assert "max_repeated_share" in caught.value.hint
    assert look(rows, max_repeated_share=0.25)["repeated"] == 1


@pytest.mark.parametrize(
    ("trainer", "kind", "rows"),
    [
        ("dpo", "preference", [pair("Which?", "SELECT 1", "SELECT 2"), pair("Which?", "SELECT 2", "SELECT 1")]),
        ("kto", "kto", [{**sft("Which?", "SELECT 1"), "label": True}, {**sft("Which?", "SELECT 1"), "label": False}]),
        ("sft", "selector_pointwise", [sft("Is it right?", "YES"), sft("Is it right?", "NO")]),
    ],
)
def test_contradictions_are_refused(trainer: str, kind: str, rows: list[Row]) -> None:
    """A pair both ways round, a completion that is good and bad, a prompt with two verdicts."""
    with pytest.raises(TrainingRowsError, match=r"2 of 2 rows \(100.00%\) contradict another row"):
        look(rows, trainer, kind)
    assert look(rows, trainer, kind, max_repeated_share=1.0)["contradicting"] == 2


def test_several_answers_are_no_contradiction() -> None:
    """Two right SQL of one question, or a SQL that is better than two others, are to be learnt."""
    assert look([sft("Which?", "SELECT 1"), sft("Which?", "SELECT 1 + 0")])["contradicting"] == 0
    pairs = [pair("Which?", "SELECT 1", "SELECT 2"), pair("Which?", "SELECT 1", "SELECT 3")]
    assert look(pairs, "dpo", "preference")["contradicting"] == 0


def test_too_many_rows_of_a_prompt_are_refused() -> None:
    """The prompt is shown, and the limit is named."""
    rows = [sft("Which?", f"SELECT {number}") for number in range(5)]
    with pytest.raises(TrainingRowsError, match=r"5 rows have the same prompt, and max_per_prompt is 4.\n  Which\?"):
        look(rows, max_per_prompt=4)
    assert look(rows, max_per_prompt=5)["most_of_a_prompt"] == 5


def test_the_format_is_that_of_the_recipe() -> None:
    """Plain rows are not put through a chat template by mistake, nor the other way round."""
    with pytest.raises(TrainingRowsError, match="the rows are plain, and the recipe wants conversational"):
        look(GOOD, format="conversational")
    with pytest.raises(TrainingRowsError, match="have no column completion"):
        look([{"prompt": "Which?"}])


def test_long_rows_are_refused_beyond_the_share() -> None:
    """The report and the longest row are given; the share that is stated is allowed."""
    rows = {
        "train": [sft("one two three", "four"), sft("one two three", "four five six seven")],
        "validation": [sft("one", "two")],
    }
    with pytest.raises(
        TooLongError, match=r"max_length 5 would not take 50.00% of the rows of train as they are: of 2 1 cut"
    ) as caught:
        look_at_lengths(rows, recipe(max_length=5), Words())
    assert "row 1 has 7 tokens: one two three" in caught.value.message
    assert "max_cut_share" in caught.value.hint
    report = look_at_lengths(rows, recipe(max_length=5, max_cut_share=0.5), Words())
    assert report["train"] == {"fates": {"kept": 1, "cut": 1}, "share": 0.5, "longest": 7}
    assert report["validation"] == {"fates": {"kept": 1}, "share": 0.0, "longest": 2}


def test_conversations_need_a_chat_template() -> None:
    """A base model without one is refused before it is loaded."""
    rows = {"train": [{"prompt": [{"role": "user", "content": "Which?"}], "completion": [{"role": "assistant", "content": "a"}]}]}
    with pytest.raises(TrainingRowsError, match="tiny has no chat template") as caught:
        look_at_lengths(rows, recipe(), Words(), name="tiny")
    assert "chat_template: FILE" in caught.value.hint


WORD = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=12))
def test_what_passes_has_no_fault(drawn: list[tuple[str, str, str]]) -> None:
    """Of any pairs the guard lets through exactly those without sides that are the same, repetition, or contradiction."""
    rows = [pair(prompt, chosen, rejected) for prompt, chosen, rejected in drawn]
    turned = {(prompt, rejected, chosen) for prompt, chosen, rejected in drawn}
    faulty = any(chosen == rejected for _, chosen, rejected in drawn) or len(set(drawn)) < len(drawn) or bool(turned & set(drawn))
    if faulty:
        with pytest.raises(TrainingRowsError):
            look(rows, "dpo", "preference")
    else:
        assert look(rows, "dpo", "preference")["rows"] == len(rows)
