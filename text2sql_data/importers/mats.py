"""MATS rollouts in both forms: a list of `trajectories` a question, or parallel lists of equal length.

A fixer that was not called is a null, and nulls keep their place: sample i is item i of every list. A null among the trajectories
is a sample that is not there.
"""

from typing import Annotated

import msgspec

from text2sql_data.importers.entries import Entry, EntryError, decode, json_entries
from text2sql_data.importers.model import FURTHER_FIXER, Answer, Candidate, Critique, Format, Generation, Parent, Said


class Fix(msgspec.Struct):
    """A fix that read another critique of each validator than the first; its stage is `fixer#2`, `fixer#3`, ..."""

    number: Annotated[int, msgspec.Meta(ge=2, le=10_000)]
    fixed_sql: str | None = None
    fixed_exec_ok: bool | None = None
    is_fixed_correct: bool | None = None
    fixer_output: str | None = None
    prompt_fix: str | None = None
    fixer_generation: Generation | None = None
    fixed_critiques: list[Said] = []


class Trajectory(msgspec.Struct):
    """One of the K rollouts of a question; its prompts have these names or the row's.

    `fixer_called` tells a fixer that wrote no SQL from one that was not called. `critiques` and `fixed_critiques` hold what the
    four `fb_` fields cannot.
    """

    planner_sql: str | None
    planner_exec_ok: bool | None = None
    is_planner_correct: bool | None = None
    fixed_sql: str | None = None
    is_fixed_correct: bool | None = None
    fb_select: str | None = None
    fb_condition: str | None = None
    fb_join: str | None = None
    fb_order: str | None = None
    planner_output: str | None = None
    fixer_output: str | None = None
    prompt_planner: str | None = None
    prompt_fix: str | None = None
    prompt_feedback_select: str | None = None
    prompt_feedback_condition: str | None = None
    prompt_feedback_join: str | None = None
    prompt_feedback_order: str | None = None
    logprob_feedback_select: float | None = None
    logprob_feedback_condition: float | None = None
    logprob_feedback_join: float | None = None
    logprob_feedback_order: float | None = None
    planner_generation: Generation | None = None
    fixer_generation: Generation | None = None
    fixer_called: bool | None = None
    fixed_exec_ok: bool | None = None
    critiques: list[Said] = []
    fixed_critiques: list[Said] = []
    more_fixes: list[Fix] = []


class ParallelLists(msgspec.Struct):
    """The older form: every list has one item a rollout."""

    predict_sqls: list[str | None]
    planners: list[str | None] | None = None
    prompt_planner: list[str | None] | None = None
    fixed_sqls: list[str | None] | None = None
    prompt_fix: list[str | None] | None = None
    first_try_has_errors: list[bool | None] | None = None
    feedback_selects: list[str | None] | None = None
    feedback_conditions: list[str | None] | None = None
    feedback_joins: list[str | None] | None = None
    feedback_orders: list[str | None] | None = None
    prompt_feedback_select: list[str | None] | None = None
    prompt_feedback_condition: list[str | None] | None = None
    prompt_feedback_join: list[str | None] | None = None
    prompt_feedback_order: list[str | None] | None = None


class Row(msgspec.Struct):
    """What both forms share, and the trajectories where they are there."""

    question: str | None = None
    db_id: str | None = None
    question_id: str | int | None = None
    position: int | None = None
    trajectories: list[Trajectory | None] | None = None
    prompt_planner: str | list[str | None] | None = None


def answer(entry: Entry) -> Answer:
    """One row, in either form."""
    row = decode(entry.content, Row)
    if row.trajectories is not None:
        prompt = row.prompt_planner if isinstance(row.prompt_planner, str) else None
        candidates = _from_trajectories(row.trajectories, prompt)
    else:
        try:
            lists = decode(entry.content, ParallelLists)
        except EntryError as error:
            raise EntryError(f"neither `trajectories` nor parallel lists: {error}") from error
        candidates = _from_lists(lists)
    question_id = None if row.question_id is None else str(row.question_id)
    return Answer(candidates, position=row.position, question_id=question_id, db_id=row.db_id, question=row.question)


def _from_trajectories(trajectories: list[Trajectory | None], prompt: str | None) -> list[Candidate]:
    candidates = []
    for sample, t in enumerate(trajectories):
        if t is None:
            continue
        critiques = tuple(
            Critique(validator, text, critique_prompt, logprob=logprob)
            for validator, text, critique_prompt, logprob in (
                ("select", t.fb_select, t.prompt_feedback_select, t.logprob_feedback_select),
                ("condition", t.fb_condition, t.prompt_feedback_condition, t.logprob_feedback_condition),
                ("join", t.fb_join, t.prompt_feedback_join, t.logprob_feedback_join),
                ("order", t.fb_order, t.prompt_feedback_order, t.logprob_feedback_order),
            )
            if text
        )
        own_prompt = t.prompt_planner if prompt is None else t.prompt_planner or prompt
        candidates.append(
            Candidate(
                sample, "planner", 0, t.planner_sql, t.planner_output, own_prompt, t.planner_exec_ok, t.is_planner_correct,
                critiques + tuple(said.critique() for said in t.critiques), generation=t.planner_generation,
            ),
        )  # fmt: skip
        if t.fixed_sql is not None or t.fixer_called:
            candidates.append(
                Candidate(
                    sample, "fixer", 1, t.fixed_sql, t.fixer_output, t.prompt_fix, t.fixed_exec_ok, t.is_fixed_correct,
                    tuple(said.critique() for said in t.fixed_critiques), generation=t.fixer_generation,
                ),
            )  # fmt: skip
        candidates += (
            Candidate(
                sample, f"{FURTHER_FIXER}{fix.number}", 1 - fix.number, fix.fixed_sql, fix.fixer_output, fix.prompt_fix,
                fix.fixed_exec_ok, fix.is_fixed_correct, tuple(said.critique() for said in fix.fixed_critiques),
                parent=Parent(sample, "planner"), generation=fix.fixer_generation,
            )
            for fix in t.more_fixes
        )  # fmt: skip
    return candidates


def _from_lists(lists: ParallelLists) -> list[Candidate]:
    k = len(lists.predict_sqls)
    for field in msgspec.structs.fields(lists):
        values = getattr(lists, field.name)
        if values is not None and len(values) != k:
            raise EntryError(f"{field.name} has {len(values)} items beside {k} predict_sqls")

    def at(values: list[str | None] | None, sample: int) -> str | None:
        return None if values is None else values[sample]

    validators = (
        ("select", lists.feedback_selects, lists.prompt_feedback_select),
        ("condition", lists.feedback_conditions, lists.prompt_feedback_condition),
        ("join", lists.feedback_joins, lists.prompt_feedback_join),
        ("order", lists.feedback_orders, lists.prompt_feedback_order),
    )
    candidates = []
    for sample, sql in enumerate(lists.predict_sqls):
        critiques = tuple(
            Critique(validator, text, at(prompts, sample))
            for validator, texts, prompts in validators
            if (text := at(texts, sample))
        )
        failed = lists.first_try_has_errors[sample] if lists.first_try_has_errors else None
        candidates.append(
            Candidate(
                sample, "planner", 0, sql, at(lists.planners, sample), at(lists.prompt_planner, sample),
                None if failed is None else not failed, None, critiques,
            ),
        )  # fmt: skip
        if (fixed := at(lists.fixed_sqls, sample)) is not None:
            candidates.append(Candidate(sample, "fixer", 1, fixed, None, at(lists.prompt_fix, sample)))
    return candidates


FORMAT = Format(
    "mats",
    "MATS rollouts: planner, validators and fixer, K trajectories or parallel lists a question.",
    json_entries,
    answer,
)
