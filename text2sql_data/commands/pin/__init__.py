"""Pin datasets as name@version, prove them, compare them, export and publish them."""

import click

from text2sql_data.commands.pin.copy import copy
from text2sql_data.commands.pin.create import create
from text2sql_data.commands.pin.diff import diff
from text2sql_data.commands.pin.export import export
from text2sql_data.commands.pin.list_ import list_
from text2sql_data.commands.pin.publish import publish
from text2sql_data.commands.pin.show import show
from text2sql_data.commands.pin.verify import verify


@click.group()
def pin() -> None:
    """Datasets that can be cited as name@version: build and pin them, prove them, compare them, export and publish them."""


for command in (create, list_, show, verify, diff, export, copy, publish):
    pin.add_command(command)
