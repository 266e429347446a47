"""List the selectors that have chosen something."""

import click

from store.address import Address


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(address: Address, as_json: bool) -> None:
    """List selectors with their parameters and the runs that they chose for.

    \b
    Example:
      t2s select list
    """
    import json

    import store
    from store import output
    from text2sql_data.selection.choices import text

    with store.open(address, create=False) as lake, lake.scratch() as scratch:
        found = scratch.execute(text("listed"))
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    for row in rows:
        row["parameters"] = json.loads(row["parameters"])
    if as_json:
        for row in rows:
            output.json_line(row)
        return
    output.table(
        ["selector", "method", "gate", "parameters", "model", "run", "questions", "by a tie-break"],
        [
            [
                row["name"],
                f"{row['method']} {row['version']}",
                row["gate"],
                ", ".join(f"{name}={value}" for name, value in row["parameters"].items()) or "-",
                row["model"] or "-",
                row["run"],
                f"{row['questions']:,}",
                f"{row['tied']:,}",
            ]
            for row in rows
        ],
        right=[False] * 6 + [True] * 2,
    )
    if not rows:
        output.note("No selector has chosen anything yet: t2s select run majority --run RUN")
