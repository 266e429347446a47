"""Write a pin as a folder that `datasets.load_dataset` reads."""

from pathlib import Path

import click

from store.address import Address


@click.command()
@click.argument("ref")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--licence", "--license", help="Licence of the dataset, as the Hub writes it: cc-by-sa-4.0, mit, ...")
@click.option(
    "--source-licence", "source_licences", metavar="NAME=LICENCE", multiple=True, help="Licence of a parent; repeatable."
)
@click.option("--language", default="en", show_default=True, help="Language of the questions.")
@click.option(
    "--push-to", metavar="REPO", help="Put the folder into this dataset repository of the Hub (made private if it is new)."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def export(
    address: Address,
    ref: str,
    folder: Path,
    licence: str | None,
    source_licences: tuple[str, ...],
    language: str,
    push_to: str | None,
    as_json: bool,
) -> None:
    """Write the pin REF to FOLDER: Parquet, a dataset card, Croissant metadata, and its lock.

    FOLDER must be new, empty, or an earlier export of the same pin.

    \b
    Example:
      t2s pin export selector@2 selector --licence cc-by-sa-4.0
    """
    import store
    from store import output
    from text2sql_data.datasets.export import export as write
    from text2sql_data.datasets.export import push

    told = {}
    for item in source_licences:
        name, equals, value = item.partition("=")
        if not (name and equals and value):
            raise click.UsageError(f"--source-licence is NAME=LICENCE, and this is {item!r}")
        told[name] = value
    with store.open(address, create=False) as lake:
        done = write(lake, ref, folder, licence=licence, source_licences=told, language=language)
    pushed_to = push(done, push_to) if push_to else None
    if as_json:
        files = [file._asdict() for file in done.files]
        output.json_line(
            {"ref": done.pin.ref, "digest": done.pin.digest, "folder": str(done.folder), "files": files, "pushed_to": pushed_to}
        )
        return
    if licence is None:
        output.note("No licence was given; the card says so. Give one with --licence.")
    click.echo(f"{done.pin.ref}: {done.pin.n_rows:,} rows in {done.folder}. sha256 {done.pin.digest}")
    if pushed_to:
        click.echo(f"{done.pin.ref}: {pushed_to}")
