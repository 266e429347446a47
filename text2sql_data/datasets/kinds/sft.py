"""SFT: completions of one agent to imitate, in the columns prompt and completion; the trainer learns the completion only.

SQL, plans and fixes are imitated where the comparator says that they are right; a critique where it is right about its candidate.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from store.ids import content_id
from text2sql_data.datasets.kinds import candidates
from text2sql_data.datasets.prompting import AGENT_FIELDS, NoPrompt, completion_columns, prompt_columns
from text2sql_data.datasets.recipe import Sft
from text2sql_data.datasets.rows import Drop, Example, Question
from text2sql_data.datasets.source import Row, Source, sql_form, text

KIND = "sft"
_VALIDATORS = {"select", "condition", "join", "order"}


class _Gold(NamedTuple):
    """What a candidate would repeat."""

    form: UUID
    result: UUID | None


def examples(source: Source, recipe: Sft) -> Iterator[Example | Drop]:
    """One example a completion."""
    source.prompter.require(recipe.agent, AGENT_FIELDS[recipe.agent])
    candidates.offer(source, recipe)
    made: Counter[Question] = Counter()
    for item in _critiques(source, recipe) if recipe.agent in _VALIDATORS else _completions(source, recipe):
        if isinstance(item, Example) and recipe.per_question is not None:
            made[item.question] += 1
            if made[item.question] > recipe.per_question:
                detail = f"example {made[item.question]} of a question that may give {recipe.per_question}"
                yield Drop(item.row, item.question, "cap", detail)
                continue
        yield item


def _completions(source: Source, recipe: Sft) -> Iterator[Example | Drop]:
    golds: dict[Question, _Gold] = {}
    yield from _golds(source, recipe, golds)
    about_parent = recipe.agent in {"fixer", "repair"}
    wanted = "SELECT DISTINCT parent FROM grouped_answers WHERE verdict = 'correct' AND drop IS NULL AND parent IS NOT NULL"
    parents = source.scratch.execute(wanted).fetchall() if about_parent else []
    subjects = source.subjects(parent for (parent,) in parents)
    for row in candidates.answers(source):
        if row["verdict"] == "wrong":  # not an example of anything; only what might have been one is dropped
            continue
        question, identity = source.question(row), content_id(KIND, str(row["candidate"]))
        if row["drop"]:
            yield Drop(identity, question, row["drop"], candidates.why_dropped(row))
            continue
        if question in golds and _repeats(row, golds[question], recipe):
            yield Drop(identity, question, "rewrite", "the same answer as the gold")
            continue
        completion = row["sql"] if recipe.completion == "sql" else row["completion"]
        if completion is None:
            yield Drop(identity, question, "no_completion", "the text of the model was not recorded with it")
            continue
        subject = subjects.get(row["parent"])
        if about_parent and subject is None and not (source.prompter.recorded and row["prompt_text"] is not None):
            yield Drop(identity, question, "no_parent", "the SQL that it was made from is not known")
            continue
        more = subject._asdict() if subject is not None else {}
        prompt = source.prompter.prompt(row["prompt_text"], recipe.agent, source.fields(question, **more))
        if isinstance(prompt, NoPrompt):
            yield Drop(identity, question, *prompt)
            continue
        content = {"prompt": prompt_columns(recipe, prompt), "completion": completion_columns(recipe, completion)}
        yield Example(identity, question, candidates.sources(row, recipe), content, type=row["stage"])


def _repeats(row: Row, gold: _Gold, recipe: Sft) -> bool:
    """Whether a candidate is the gold again, as the recipe sees it."""
    if recipe.duplicates == "none":
        return False
    same_result = recipe.duplicates == "result" and row["status"] == "ok" and row["set_digest"] == gold.result
    return same_result or sql_form(row["sql"]) == gold.form


def _golds(source: Source, recipe: Sft, taken: dict[Question, _Gold]) -> Iterator[Example | Drop]:
    """The golds that the recipe asks for; those that are taken are noted."""
    for row in list(source.rows(text("golds"), benchmarks=list(recipe.golds), gold_revision=recipe.gold_revision)):
        question = source.question(row)
        identity = content_id(KIND, "gold", recipe.gold_revision, row["benchmark"], row["revision"], row["position"])
        if row["sql"] is None or row["status"] not in {None, "ok"}:
            reason = "no_gold" if row["sql"] is None else f"gold_{row['status']}"
            yield Drop(identity, question, reason, row["error"] or f"no gold of the revision {recipe.gold_revision}")
            continue
        prompt = source.prompter.prompt(None, recipe.agent, source.fields(question))
        if isinstance(prompt, NoPrompt):
            yield Drop(identity, question, *prompt)
            continue
        taken[question] = _Gold(sql_form(row["sql"]), row["set_digest"])
        content = {"prompt": prompt_columns(recipe, prompt), "completion": completion_columns(recipe, row["sql"])}
        yield Example(identity, question, {"gold_revision": recipe.gold_revision}, content, type="gold")


def _critiques(source: Source, recipe: Sft) -> Iterator[Example | Drop]:
    told = {"agent": recipe.agent, "critiques": recipe.critiques}
    for row in source.rows(text("unused_critiques"), **told):
        yield Drop(content_id(KIND, str(row["critique"])), source.question(row), row["drop"], row["detail"])
    subjects = source.subjects(one for (one,) in source.scratch.execute("SELECT candidate FROM offered_candidates").fetchall())
    shown = {**told, "duplicates": recipe.duplicates, "recorded": source.prompter.recorded}
    for row in source.rows(text("shown_critiques"), **shown):
        question, identity = source.question(row), content_id(KIND, str(row["critique"]))
        if row["place"] > 1:
            yield Drop(identity, question, "rewrite", "the same text as another critique of the same SQL")
            continue
        subject = subjects[row["candidate"]]
        given = source.fields(question, sql=subject.sql, result=subject.result)
        prompt = source.prompter.prompt(row["prompt_text"], recipe.agent, given)
        if isinstance(prompt, NoPrompt):
            yield Drop(identity, question, *prompt)
            continue
        content = {"prompt": prompt_columns(recipe, prompt), "completion": completion_columns(recipe, row["text"])}
        made_from = {**candidates.sources(row, recipe), "critique": str(row["critique"]), "regime": row["regime"]}
        yield Example(identity, question, made_from, content, row["says"], recipe.agent)
