"""MATS rollouts: one line a question with its trajectories, planner, critiques, fixer, and the first rows of their results.

Item i is sample i: a fixer that was not called is null, and so is a sample that is not there. Critiques that the four `fb_`
fields cannot hold stand in `critiques`, fixes that read another set of critiques in `more_fixes`. Other stages than planner and
fixer are left out and counted.
"""

import msgspec

from text2sql_data.critiques.parsing import sections
from text2sql_data.exporters.model import Candidate, Critique, Left, Line, Question, Rollouts
from text2sql_data.importers.model import FURTHER_FIXER, Parent

_VALIDATORS = ("select", "condition", "join", "order")
_MOST_DIGITS = 4


def line(question: Question, left: Left) -> Line | None:
    """One question."""
    facts = question.facts
    planners: dict[int, Candidate] = {}
    fixers: dict[int, dict[int, Candidate]] = {}
    if not question.unanswered:
        planners = {
            candidate.sample: candidate
            for candidate in question.candidates
            if (candidate.stage, candidate.step, candidate.parent) == ("planner", 0, None)
        }
        fixers = {sample: {} for sample in planners}
        for candidate in question.candidates:
            if candidate is planners.get(candidate.sample):
                continue
            number = _number(candidate)
            if number and candidate.sample in planners:
                fixers[candidate.sample][number] = candidate
            else:
                left[f"candidates of stage {candidate.stage}"] += 1
                left["critiques of candidates that were left out"] += len(candidate.critiques)
        if not planners:
            left["questions without a planner"] += 1
            return None
    prompts = {planner.prompt for planner in planners.values()}
    shared = len(prompts) == 1 and prompts != {None}
    k = max(planners, default=-1) + 1
    left["samples that the run lacks: null in their place"] += k - len(planners)
    content: dict[str, object] = {
        "position": facts.position,
        "question_id": facts.question_id,
        "db_id": facts.db_id,
        "db_path": facts.db_path,
        "question": facts.question,
        "evidence": facts.evidence,
        "sql": facts.gold_sql,
        **({"prompt_planner": prompts.pop()} if shared else {}),
        "trajectories": [
            _trajectory(planners[sample], fixers[sample], shared=shared) if sample in planners else None for sample in range(k)
        ],
    }
    if question.unanswered:
        left["flags of questions without candidates"] += question.candidates[0].correct is not None
        return Line(content, question.candidates)
    return Line(content, [*planners.values(), *(fix for fixes in fixers.values() for fix in fixes.values())])


def _number(candidate: Candidate) -> int | None:
    """Which fix of its sample's planner a candidate is, from 1; None when it is none that the format can hold."""
    if candidate.parent != Parent(candidate.sample, "planner"):
        return None
    if (candidate.stage, candidate.step) == ("fixer", 1):
        return 1
    digits = candidate.stage.removeprefix(FURTHER_FIXER)
    if digits == candidate.stage or not digits.isdecimal() or len(digits) > _MOST_DIGITS:
        return None
    number = int(digits)
    return number if number > 1 and (str(number), 1 - number) == (digits, candidate.step) else None


def _trajectory(planner: Candidate, fixes: dict[int, Candidate], *, shared: bool) -> dict[str, object]:
    first = {critique.validator: critique for critique in planner.critiques if _fits(critique)}
    found: dict[str, object] = {
        "planner_output": planner.completion,
        "planner_sql": planner.sql,
        "planner_exec_ok": planner.ok,
        "is_planner_correct": planner.correct,
        "exec_rows_preview": _rows(planner),
    }
    if not shared:
        found["prompt_planner"] = planner.prompt
    if planner.generation:
        found["planner_generation"] = planner.generation
    for validator in _VALIDATORS:
        critique = first.get(validator)
        found[f"fb_{validator}"] = critique.text if critique else None
        if critique and critique.prompt is not None:
            found[f"prompt_feedback_{validator}"] = critique.prompt
        if critique and critique.logprob is not None:
            found[f"logprob_feedback_{validator}"] = critique.logprob
    if others := [critique for critique in planner.critiques if not _fits(critique)]:
        found["critiques"] = [critique._asdict() for critique in others]
    found["fixer_called"] = 1 in fixes
    found |= _fix(fixes.get(1))
    if further := [{"number": number, **_fix(fix)} for number, fix in sorted(fixes.items()) if number > 1]:
        found["more_fixes"] = further
    return found


def _fix(fix: Candidate | None) -> dict[str, object]:
    """The fields of a fix, all null when the fixer was not called."""
    found: dict[str, object] = {
        "fixer_output": fix.completion if fix else None,
        "fixed_sql": fix.sql if fix else None,
        "fixed_exec_ok": fix.ok if fix else None,
        "is_fixed_correct": fix.correct if fix else None,
        "fixed_exec_rows_preview": _rows(fix) if fix else None,
        "prompt_fix": fix.prompt if fix else None,
    }
    if fix and fix.generation:
        found["fixer_generation"] = fix.generation
    if fix and fix.critiques:
        found["fixed_critiques"] = [critique._asdict() for critique in fix.critiques]
    return found


def _fits(critique: Critique) -> bool:
    """Whether a field of its validator gives the same critique back: the first one, not empty, and without sections in tags."""
    return (
        critique.validator in _VALIDATORS
        and critique.ordinal == 0
        and bool(critique.text)
        and sections(critique.validator, critique.text) == [(critique.validator, critique.text)]
    )


def _rows(candidate: Candidate) -> msgspec.Raw | None:
    return None if candidate.preview is None else msgspec.Raw(candidate.preview.encode())


FORMAT = Rollouts("mats", line, previews=True)
