"""Planner, validators, fixer: a SQL with its plan, critiques of its parts, and a correction that read them.

The final SQL of a sample is the fix where the gate was open, and the planner's otherwise (see the view `answers`). With several
critiques of each validator there are as many sets of critiques, and a fix of each set: the first one is the sample's (stage
`fixer`); the others (`fixer#2`, ...) are there for pairs and for critique sensitivity, and never stand as an answer.
"""

from collections.abc import Mapping

from text2sql_data.rollouts.agents import Asker
from text2sql_data.rollouts.config import VALIDATORS, PlannerValidatorsFixer
from text2sql_data.rollouts.stages import Execute, Stage, Step, Work, attempt_fields


def steps(config: PlannerValidatorsFixer, agents: dict[str, Asker], regime: str) -> list[Step]:
    """Ask the planner, execute, ask all validators at the same time, ask the fixer, execute."""
    validators = [name for name in VALIDATORS if name in config.validators]

    def shown(work: Work) -> Mapping[str, object]:
        return attempt_fields(work, config.result)

    def shown_with_critiques(work: Work) -> Mapping[str, object]:
        return {**shown(work), "critiques": work.row["critiques"]}

    planner = Stage("planner", agents["planner"], "work_samples", {"run": config.run, "stage": "planner"})
    critics = [
        Stage(
            name=name,
            asker=agents[name],
            query="work_critiques",
            parameters={"validator": name, "regime": regime, "critiques": config.critiques},
            makes="critiques",
            fields=shown,
        )
        for name in validators
    ]
    fixer = Stage(
        name="fixer",
        asker=agents["fixer"],
        query="work_fixes",
        parameters={"validators": validators, "regime": regime, "critiques": config.critiques, "gate": config.gate},
        step=1,
        fields=shown_with_critiques,
    )
    return [[planner], Execute(), *([critics] if critics else []), [fixer], Execute()]
