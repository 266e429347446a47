"""The pipelines of rollouts, each the list of its steps."""

from text2sql_data.rollouts.pipelines import one_shot, planner_validators_fixer, repair

__all__ = ["one_shot", "planner_validators_fixer", "repair"]
