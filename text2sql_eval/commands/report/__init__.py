"""Report on pairs, runs and questions: figures side by side, charts and examples on one page."""

import click

from text2sql_eval.commands.report.collab import collab_
from text2sql_eval.commands.report.compare import compare
from text2sql_eval.commands.report.drift import drift
from text2sql_eval.commands.report.pairs import pairs_
from text2sql_eval.commands.report.question import question_
from text2sql_eval.commands.report.runs import runs_
from text2sql_eval.commands.report.trajectory import trajectory


@click.group()
def report() -> None:
    """Report on what is in the lake: one page that opens without a network, and the same figures as JSON and Markdown."""


for command in (runs_, compare, collab_, question_, drift, pairs_, trajectory):
    report.add_command(command)
