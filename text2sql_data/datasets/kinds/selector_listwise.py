"""Selector, listwise: up to five candidates in an order that is drawn, and the completion is the number of the right one.

A list has at most one right candidate. Numbers begin with 1; where none is right the completion is the recipe's `none_answer`.
"""

from collections.abc import Iterator

from store.ids import content_id
from text2sql_data.datasets.kinds import candidates
from text2sql_data.datasets.prompting import LIST_FIELDS, NoPrompt, completion_columns, prompt_columns
from text2sql_data.datasets.recipe import SelectorListwise
from text2sql_data.datasets.rows import Drop, Example, Question
from text2sql_data.datasets.source import Row, Source

KIND = "selector_listwise"
_FEWEST = 2


def examples(source: Source, recipe: SelectorListwise) -> Iterator[Example | Drop]:
    """One list a question."""
    source.prompter.require(KIND, LIST_FIELDS | {"none_answer"})
    candidates.offer(source, recipe)
    for question, rows in candidates.by_question(source):
        for row in rows:
            if row["drop"]:
                yield Drop(content_id(KIND, str(row["candidate"])), question, row["drop"], candidates.why_dropped(row))
        usable = [row for row in rows if not row["drop"]]
        right = [row for row in usable if row["verdict"] == "correct"][:1]
        listed = right + [row for row in usable if row["verdict"] == "wrong"][: recipe.candidates - len(right)]
        reason = _why_no_list(right, listed, usable, recipe)
        if reason:
            yield Drop(content_id(KIND, *_place(question)), question, *reason)
            continue
        identity = content_id(KIND, *sorted(str(row["candidate"]) for row in listed))
        # Sorted by a digest over the list, the candidate and the seed: every order is equally likely, whatever is right.
        listed.sort(key=lambda row, of=identity.hex: content_id(str(recipe.seed), of, str(row["candidate"])))  # type: ignore[misc]
        shown = [{"name": str(number), "sql": row["sql"], "result": source.result(row)} for number, row in enumerate(listed, 1)]
        given = source.fields(question, candidates=shown, none_answer=recipe.none_answer)
        prompt = source.prompter.prompt(None, KIND, given)
        if isinstance(prompt, NoPrompt):
            yield Drop(identity, question, *prompt)
            continue
        answer = str(listed.index(right[0]) + 1) if right else recipe.none_answer
        content = {"prompt": prompt_columns(recipe, prompt), "completion": completion_columns(recipe, answer)}
        made_from = {"candidates": [dict(candidates.sources(row, recipe)) for row in listed]}
        yield Example(identity, question, made_from, content, answer, f"{len(listed)} candidates")


def _why_no_list(right: list[Row], listed: list[Row], usable: list[Row], recipe: SelectorListwise) -> tuple[str, str] | None:
    """Why a question gives no list: a reason and its detail."""
    if not usable:
        return "no_candidate", "no candidate of it can be used"
    if len(listed) < _FEWEST:
        return "one_answer", f"it has {len(listed)} different answer{'' if len(listed) == 1 else 's'} to choose from"
    if not right and recipe.none == "never":
        return "none_correct", "no candidate is right, and the recipe wants no such list"
    return None


def _place(question: Question) -> tuple[str, str, int]:
    return question.benchmark or "", question.revision or "", question.position or 0
