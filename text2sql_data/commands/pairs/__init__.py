"""Mine, make, import, select and count preference pairs."""

import click

from text2sql_data.commands.pairs.import_ import import_
from text2sql_data.commands.pairs.list_ import list_
from text2sql_data.commands.pairs.mine import mine
from text2sql_data.commands.pairs.select import select
from text2sql_data.commands.pairs.sensitivity import sensitivity
from text2sql_data.commands.pairs.summary import summary
from text2sql_data.commands.pairs.synthesise import synthesise
from text2sql_data.commands.pairs.yields import yields


@click.group()
def pairs() -> None:
    """Preference pairs: of two answers to one prompt, which is preferred."""


for command in (mine, synthesise, import_, select, list_, yields, sensitivity, summary):
    pairs.add_command(command)
