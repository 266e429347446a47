"""One shot: K samples a question, each one SQL; greedy with a temperature of 0 and K = 1."""

from text2sql_data.rollouts.agents import Asker
from text2sql_data.rollouts.config import OneShot
from text2sql_data.rollouts.stages import Execute, Stage, Step

STAGE = "answer"


def steps(config: OneShot, agents: dict[str, Asker]) -> list[Step]:
    """Ask for the answers, and execute them."""
    answers = Stage(STAGE, agents["sql"], "work_samples", {"run": config.run, "stage": STAGE})
    return [[answers], Execute()]
