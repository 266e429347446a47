"""Look after a lake: copy, back up, restore, tidy, check."""

import click

from store.commands.check import check
from store.commands.lake.backup import backup
from store.commands.lake.compact import compact
from store.commands.lake.copy import copy
from store.commands.lake.expire import expire
from store.commands.lake.restore import restore


@click.group()
def lake() -> None:
    """Look after a lake: copy it anywhere, back it up and restore it, write small files together, end old versions, check it."""


for command in (copy, backup, restore, compact, expire, check):
    lake.add_command(command)
