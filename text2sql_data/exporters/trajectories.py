"""Repair trajectories: one line a question with its attempts by turn. A candidate's turn is its step, counted from 1.

What seed files leave to the order of the attempts is said: sample, parent, and the stage and prompt where the order does not tell
them. So any run fits, whatever its stages.
"""

from text2sql_data.exporters.model import Candidate, Left, Line, Question, Rollouts


def line(question: Question, left: Left) -> Line:
    """One question."""
    facts = question.facts
    prompt = first_prompt(question)
    found: dict[str, object] = {
        "position": facts.position,
        "question": facts.question,
        "db_path": facts.db_path,
        "db_id": facts.db_id,
        "gold_sql": facts.gold_sql,
        "gold_row_count": facts.gold_row_count,
        "prompt": prompt,
        "status": status(question),
    }
    if facts.gold_error is not None:
        found["gold_error"] = facts.gold_error
    elif found["status"] == "skipped":
        found["error"] = "no candidates"
    attempts = question.attempts
    left["empty SQL: no SQL"] += sum(candidate.sql == "" for candidate in attempts)
    found["candidates"] = [
        {
            "sql": candidate.sql,
            "turn": abs(candidate.step) + 1,
            "ok": candidate.ok,
            "correct": candidate.correct,
            "error": candidate.error or "",
            "row_count": candidate.row_count,
            "elapsed_ms": candidate.elapsed_ms,
            "reward": candidate.reward,
            **costs(candidate),
            "raw_text": candidate.completion,
            **place(candidate, prompt),
        }
        for candidate in attempts
    ]
    return Line(found, question.candidates)


def status(question: Question) -> str | None:
    """The status that the seed's code gives: correct_first_turn, repaired, failed, bad_gold or skipped; None: nobody can say."""
    if question.facts.gold_error is not None:
        return "bad_gold"
    if not question.attempts:
        return "skipped"
    if correct := [candidate.step for candidate in question.candidates if candidate.correct and candidate.step >= 0]:
        return "correct_first_turn" if min(correct) == 0 else "repaired"
    return "failed" if all(candidate.correct is False for candidate in question.candidates if candidate.step >= 0) else None


def first_prompt(question: Question) -> str | None:
    """The prompt of the first turn: that of its first candidate that has one."""
    return next(
        (candidate.prompt for candidate in question.candidates if candidate.step == 0 and candidate.prompt is not None), None
    )


def costs(candidate: Candidate) -> dict[str, object]:
    """The cost reward of the query plan and what it rests on, where the plan was asked for."""
    if candidate.cost is None:
        return {}
    flags = {name: number for name, number in candidate.cost.items() if number and name != "cost_reward"}
    return {"cost_reward": candidate.cost["cost_reward"], "cost_flags": flags}


def place(candidate: Candidate, prompt: str | None) -> dict[str, object]:
    """Which candidate this is and what it was made from; a stage and a prompt only where they are not those of the turn.

    Args:
        candidate: The candidate.
        prompt: The prompt of the first turn.
    """
    found: dict[str, object] = {"sample": candidate.sample, "parent": candidate.parent}
    if candidate.stage != f"turn {abs(candidate.step) + 1}":
        found["stage"] = candidate.stage
    if candidate.prompt != (prompt if candidate.step == 0 else None):
        found["prompt"] = candidate.prompt
    if candidate.critiques:
        found["critiques"] = [critique._asdict() for critique in candidate.critiques]
    if candidate.step < 0:
        found["step"] = candidate.step
    if candidate.generation:
        found["generation"] = candidate.generation
    return found


FORMAT = Rollouts("trajectories", line)
