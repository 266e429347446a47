"""Copy one pin, with what it needs, to any other address."""

import click

from store.address import Address, parse


@click.command()
@click.argument("ref")
@click.argument("target")
@click.option("--data", help="Where the data are to be, when TARGET is in PostgreSQL: s3://bucket/prefix, or a folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def copy(address: Address, ref: str, target: str, data: str | None, as_json: bool) -> None:
    """Copy the pin REF, with all that it was built from, to TARGET, where there is no lake yet. The whole lake: t2s lake copy.

    \b
    Example:
      t2s pin copy demo_sft@1 elsewhere/lake
      t2s --lake https://example.org/demo_sft-1 pin copy demo_sft@1 'postgres://lake@db.example.org/research' --data s3://team/sft
    """
    from text2sql_data.commands.pin.publish import copy_pin

    copy_pin(address, ref, parse(target, data), as_json=as_json)
