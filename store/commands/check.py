"""Look for what should not be in the lake."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Read everything, and look for what is missing, damaged, repeated, refers to nothing or is not as it was pinned.

    Exit code 3 when there is any.

    \b
    Example:
      t2s check && echo sound
      t2s lake check --json
    """
    import store
    from store import output

    with store.open(ctx.obj, create=False) as lake:
        problems = lake.check()
    if as_json:
        output.json_lines(store.Problem._fields, problems)
    elif problems:
        output.table(store.Problem._fields, problems, right=[False, False, True])
    else:
        output.note("No problems found.")
    if problems:
        ctx.exit(3)
