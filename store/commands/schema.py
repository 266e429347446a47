"""Show the tables and views with their columns."""

import click

from store.address import Address


@click.command()
@click.argument("name", required=False)
@click.option("--markdown", "style", flag_value="markdown", help="The whole reference as Markdown.")
@click.option("--json", "style", flag_value="json", help="One JSON object a column.")
@click.pass_obj
def schema(address: Address, name: str | None, style: str | None) -> None:
    """Show the tables and views of the lake, or the columns of the one called NAME.

    \b
    Example:
      t2s schema candidates
    """
    import store
    from store import output, reference

    with store.open(address, create=False) as lake:
        relations = reference.relations(lake)
    if name is not None:
        known = {relation.name: relation for relation in relations}
        if name not in known:
            raise click.BadParameter(f"there is no table or view {name}; there are: {', '.join(known)}", param_hint="NAME")
        relations = [known[name]]
    if style == "markdown":
        click.echo(reference.markdown(relations))
    elif style == "json":
        for relation in relations:
            for column in relation.columns:
                output.json_line({"kind": relation.kind, "name": relation.name, **column._asdict()})
    elif name is None:
        output.table(["name", "kind", "one row is"], [(r.name, r.kind, r.comment) for r in relations])
    else:
        output.table(
            ["column", "type", "meaning"],
            [(c.column, c.type, c.comment) for c in relations[0].columns],
            title=relations[0].comment,
        )
