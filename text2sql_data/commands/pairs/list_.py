"""List the pair sets of a lake."""

import json

import click

from store.address import Address


@click.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a set, with everything that decided what is in it.")
@click.pass_obj
def list_(address: Address, as_json: bool) -> None:
    """List the pair sets: how each was made, from what, and how many pairs it holds.

    \b
    Example:
      t2s pairs list
    """
    import store
    from store import output

    with store.open(address, create=False) as lake:
        columns = "pair_set, kind, benchmark, revision, n_pairs, n_dropped, parents, parameters, snapshot, added"
        rows = lake.sql(f"SELECT {columns} FROM pair_sets ORDER BY added, pair_set").fetchall()
    names = columns.split(", ")
    sets = [dict(zip(names, row, strict=True)) for row in rows]
    for one in sets:
        one["parents"], one["parameters"] = json.loads(one["parents"]), json.loads(one["parameters"])
    if as_json:
        for one in sets:
            output.json_line(one)
        return
    if not sets:
        output.note("There is no pair set yet. Make one with: t2s pairs mine, t2s pairs synthesise or t2s pairs import")
        return
    cells = [
        (
            one["pair_set"],
            one["kind"],
            one["benchmark"],
            f"{one['n_pairs']:,}",
            f"{one['n_dropped']:,}",
            _parents(one["parents"]),
            f"{one['added']:%Y-%m-%d %H:%M}",
        )
        for one in sets
    ]
    heads = ("set", "kind", "benchmark", "pairs", "dropped", "made from", "added (UTC)")
    output.table(heads, cells, right=(False, False, False, True, True))


def _parents(parents: list[dict[str, str]]) -> str:
    """What a set was made from, in short: the names of runs, files and sets."""
    return ", ".join(f"{kind.replace('_', ' ')} {parent[kind]}" for parent in parents for kind in list(parent)[:1])
