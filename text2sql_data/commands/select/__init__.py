"""Choose one of K: selectors, and what they chose."""

import click

from text2sql_data.commands.select.fit import fit
from text2sql_data.commands.select.list_ import list_
from text2sql_data.commands.select.run import run


@click.group()
def select() -> None:
    """Choose one of the K final answers of a question, without a label and without a gold."""


for command in (run, fit, list_):
    select.add_command(command)
