"""Report on pairs, runs and questions: figures side by side, charts and examples on one page."""

import click

from text2sql_eval.commands.report.pairs import pairs_


@click.group()
def report() -> None:
    """Report on what is in the lake: one page that opens without a network, and the same figures as JSON and Markdown."""


for command in (pairs_,):
    report.add_command(command)
