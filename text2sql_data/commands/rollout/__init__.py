"""Make candidates with model servers: rollouts, what is missing of them, and how well schemas are retrieved."""

import click

from text2sql_data.commands.rollout.run import run
from text2sql_data.commands.rollout.schema_recall import schema_recall


@click.group()
def rollout() -> None:
    """Rollouts: K candidates a question from real models, resumable at any moment."""


for command in (run, schema_recall):
    rollout.add_command(command)
