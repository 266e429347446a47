"""Repair: what failed is shown with what it did, and asked for again, for some turns.

With `of: best` the samples of a turn share one prompt, about the best attempt of the turn before (as execution-guided pipelines
mine pairs); with `of: each` every sample is a chain of its own. What knew the gold is marked: with the scope `verified` the gold
decides who is asked again, with `result_status` and `oracle_rows` the prompt tells of it.
"""

from collections.abc import Mapping

from text2sql_data.rollouts.agents import Asker
from text2sql_data.rollouts.config import Repair
from text2sql_data.rollouts.feedback import Attempt, feedback, rules, sees_gold
from text2sql_data.rollouts.questions import Questions
from text2sql_data.rollouts.stages import Execute, Fields, Stage, Step, Work, attempt_fields


def steps(config: Repair, agents: dict[str, Asker], settings: str, questions: Questions) -> list[Step]:
    """Ask for the first turn, execute it, and repair it turn by turn."""
    saw_gold = sees_gold(config.feedback, config.scope)
    execute = Execute(label=saw_gold)
    first = Stage("turn 1", agents["sql"], "work_samples", {"run": config.run, "stage": "turn 1"})
    found: list[Step] = [[first], execute]
    before = agents["sql"]
    for turn in range(2, config.turns + 1):
        repairs = Stage(
            name=f"turn {turn}",
            asker=agents["repair"],
            query="work_repairs",
            parameters={
                "run": config.run,
                "stage": f"turn {turn}",
                "stage_before": f"turn {turn - 1}",
                "samples_before": before.n,
                "of": config.of,
                "scope": config.scope,
                "benchmark": config.benchmark,
                "gold_revision": config.gold_revision,
                "settings": settings,
            },
            step=turn - 1,
            fields=_fields(config, questions),
            saw_gold=saw_gold,
        )
        found += [[repairs], execute]
        before = agents["repair"]
    return found


def _fields(config: Repair, questions: Questions) -> Fields:
    def fields(work: Work) -> Mapping[str, object]:
        row = work.row
        attempt = Attempt(
            row["sql"], row["status"], row["error_class"], row["error"], row["columns"], row["n_rows"], row["preview"]
        )
        expected = None
        if row["gold_columns"] is not None:
            expected = Attempt(None, "ok", None, None, row["gold_columns"], row["gold_n_rows"], row["gold_preview"])
        said = feedback(
            attempt,
            mode=config.feedback,
            detail=config.detail,
            schema=questions.schema(work.position),
            expected=expected,
            tables=questions.tables(work.position),
        )
        return {**attempt_fields(work, config.result), "feedback": said, "rules": rules(config.detail)}

    return fields
