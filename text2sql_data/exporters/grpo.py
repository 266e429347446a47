"""Rollouts for GRPO: one line a question with its prompt and its completions, each with its reward and what is known of it.

A response is the completion; where only the SQL is known, it is written from it as `SQL: ...`, and `from_sql` says so.
"""

from text2sql_data.exporters.model import Candidate, Left, Line, Question, Rollouts
from text2sql_data.exporters.trajectories import costs, first_prompt, place
from text2sql_data.importers.grpo import PREFIX


def line(question: Question, left: Left) -> Line:
    """One question."""
    facts = question.facts
    prompt = first_prompt(question)
    attempts = question.attempts
    left["empty SQL: no SQL"] += sum(candidate.sql == "" for candidate in attempts)
    content: dict[str, object] = {
        "position": facts.position,
        "prompt": prompt,
        "db_id": facts.db_id,
        "question": facts.question,
        "gold_sql": facts.gold_sql,
        "completions": [_completion(candidate, prompt) for candidate in attempts],
    }
    return Line(content, question.candidates)


def _completion(candidate: Candidate, prompt: str | None) -> dict[str, object]:
    meta: dict[str, object] = {
        "turn": abs(candidate.step) + 1,
        "correct": candidate.correct,
        "ok": candidate.ok,
        "error": candidate.error or "",
        "elapsed_ms": candidate.elapsed_ms,
        "row_count": candidate.row_count,
        "rule_reward": candidate.reward,
        **costs(candidate),
        "sql": candidate.sql,
        **place(candidate, prompt),
    }
    response = candidate.completion
    if response is None:
        response = f"{PREFIX} {candidate.sql}" if candidate.sql is not None else ""
        meta["from_sql"] = True
    return {"response": response, "reward": candidate.reward, "meta": meta}


FORMAT = Rollouts("grpo", line)
