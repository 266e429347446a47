"""Selector, pairwise: a right and a wrong candidate as A and B, in an order that is drawn, and the completion A or B."""

from collections.abc import Iterator

from store.ids import content_id
from text2sql_data.datasets.kinds import candidates
from text2sql_data.datasets.prompting import LIST_FIELDS, NoPrompt, completion_columns, prompt_columns
from text2sql_data.datasets.recipe import SelectorPairwise
from text2sql_data.datasets.rows import Drop, Example, Question
from text2sql_data.datasets.source import Row, Source

KIND = "selector_pairwise"


def examples(source: Source, recipe: SelectorPairwise) -> Iterator[Example | Drop]:
    """The pairs of each question, in the order of the draw; at most as many as the recipe says."""
    source.prompter.require(KIND, LIST_FIELDS)
    candidates.offer(source, recipe)
    for question, rows in candidates.by_question(source):
        for row in rows:
            if row["drop"]:
                yield Drop(content_id(KIND, str(row["candidate"])), question, row["drop"], candidates.why_dropped(row))
        pairs = _pairs([row for row in rows if not row["drop"]])
        if not pairs:
            yield Drop(content_id(KIND, *_place(question)), question, "one_verdict", "its candidates are all right or all wrong")
        for place, (right, wrong) in enumerate(pairs):
            first, second = sorted((str(right["candidate"]), str(wrong["candidate"])))
            identity = content_id(KIND, first, second)
            if place >= recipe.per_question:
                yield Drop(identity, question, "cap", f"pair {place + 1} of a question that may give {recipe.per_question}")
                continue
            # The last bit of a digest over both and the seed: nothing about the candidates tells which way it falls.
            turned = content_id(str(recipe.seed), identity.hex).int % 2
            shown = (wrong, right) if turned else (right, wrong)
            names = [
                {"name": name, "sql": row["sql"], "result": source.result(row)} for name, row in zip("AB", shown, strict=True)
            ]
            prompt = source.prompter.prompt(None, KIND, source.fields(question, candidates=names))
            if isinstance(prompt, NoPrompt):
                yield Drop(identity, question, *prompt)
                continue
            answer = "B" if turned else "A"
            content = {"prompt": prompt_columns(recipe, prompt), "completion": completion_columns(recipe, answer)}
            made_from = {
                "right": dict(candidates.sources(right, recipe)),
                "wrong": dict(candidates.sources(wrong, recipe)),
            }
            yield Example(identity, question, made_from, content, answer)


def _pairs(rows: list[Row]) -> list[tuple[Row, Row]]:
    """Every right one with every wrong one, so that the first few are about as many different candidates as can be."""
    right = [row for row in rows if row["verdict"] == "correct"]
    wrong = [row for row in rows if row["verdict"] == "wrong"]
    by_distance = sorted(
        ((i, j) for i in range(len(right)) for j in range(len(wrong))), key=lambda pair: (max(pair), sum(pair), pair)
    )
    return [(right[i], wrong[j]) for i, j in by_distance]


def _place(question: Question) -> tuple[str, str, int]:
    return question.benchmark or "", question.revision or "", question.position or 0
