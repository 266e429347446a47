"""Show all that is recorded of a pin."""

from collections.abc import Mapping

import click

from store.address import Address


@click.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with the recipe and the statistics.")
@click.pass_obj
def show(address: Address, ref: str, as_json: bool) -> None:
    """Show what is recorded of the pin REF: name@version, or name for the latest version.

    \b
    Example:
      t2s pin show selector@2
    """
    import store
    from store import output, pins

    with store.open(address, create=False) as lake:
        pin = pins.find(lake, ref)
        splits = pins.splits(lake, pin)
    if as_json:
        output.json_line({"ref": pin.ref, "splits": splits, **pin._asdict()})
        return
    rows = [
        ("pin", pin.ref),
        ("kind", pin.kind),
        ("digest", f"sha256 {pin.digest}"),
        ("rows", ", ".join(f"{count:,} {split}" for split, count in splits.items())),
        ("snapshot", pin.snapshot),
        ("added", pin.added),
        *(("template", f"{name} {sha256}") for name, sha256 in pin.templates.items()),
        *((str(parent["kind"]), _parent(parent)) for parent in pin.parents),
        ("columns", ", ".join(f"{name} {output.text(column)}" for name, column in pin.columns.items())),
        *(("built with", f"{name} {version}") for name, version in pin.versions.items()),
    ]
    output.table(("what", "value"), rows)
    click.echo(output.visible(f"recipe: {output.text(pin.recipe)}"))


def _parent(parent: Mapping[str, object]) -> str:
    return " ".join(str(value) for part, value in parent.items() if part != "kind" and value is not None)
