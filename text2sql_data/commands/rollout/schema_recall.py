"""Measure the retrieval of tables for prompts: how much of what golds read is among them."""

from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.schema.recall import Recall

_SHARES = ("table_recall", "all_tables", "any_table", "column_recall")
_MEANS = ("selected", "of")
_COLUMNS = ("mode", "top_k", "hops", "n", "gold_tables", "gold_columns", *_SHARES, *_MEANS)
_MODES = ("full", "overlap", "bm25", "bm25_fk")


@click.command("schema-recall")
@click.option("--benchmark", required=True, help="Benchmark whose golds say which tables are needed.")
@click.option("--gold-revision", default="original", show_default=True, help="Which golds.")
@click.option(
    "--mode", "modes", multiple=True, type=click.Choice(_MODES), help="Only this way to choose tables; repeatable. Default: all."
)
@click.option(
    "--top-k",
    multiple=True,
    type=click.IntRange(1),
    default=(3, 6),
    show_default=True,
    help="How many tables the question chooses at most; repeatable.",
)
@click.option("--hops", type=click.IntRange(0), default=1, show_default=True, help="Foreign keys that bm25_fk follows.")
@click.option("--json", "style", flag_value="json", help="One JSON object a line.")
@click.option("--markdown", "style", flag_value="markdown", help="A Markdown table.")
@click.pass_obj
def schema_recall(
    address: Address,
    benchmark: str,
    gold_revision: str,
    modes: tuple[str, ...],
    top_k: tuple[int, ...],
    hops: int,
    style: str | None,
) -> None:
    """Measure how much of what the golds read is in the schema that a question retrieves.

    Recall is a share of the tables and columns of all golds; a column is there when its table is. Nothing is executed and no
    model is asked: the schemas are those in the lake, from the database files or from tables.json. Questions that cannot be
    measured are counted with the reason, and their positions are in the JSON.

    \b
    Example:
      t2s rollout schema-recall --benchmark bird_dev
      t2s rollout schema-recall --benchmark spider_dev --mode bm25_fk --top-k 6 --json
    """
    import store
    from store import output
    from text2sql_data.schema.recall import recall

    with store.open(address, create=False) as lake:
        done = recall(lake, benchmark, gold_revision=gold_revision, modes=modes or _MODES, top_k=top_k, hops=hops)
    common = {"benchmark": benchmark, "gold_revision": gold_revision}
    names = [name.replace("_", " ") for name in _COLUMNS]
    rows = [_cells(one) for one in done.figures]
    right = [name != "mode" for name in _COLUMNS]
    if style == "json":
        for one in done.figures:
            output.json_line({**common, **one._asdict(), "excluded": done.excluded})
        return
    if style == "markdown":
        output.markdown(names, rows, right)
    else:
        output.table(names, rows, title=f"tables retrieved for {benchmark}: shares in per cent", right=right)
    for reason, positions in done.excluded.items():
        output.note(f"{len(positions):,} questions are not measured: {reason}.")


def _cells(one: "Recall") -> list[str]:
    values = one._asdict()
    shown = {name: f"{100 * values[name]:.2f}" for name in _SHARES} | {name: f"{values[name]:.2f}" for name in _MEANS}
    return [shown.get(name) or ("-" if values[name] is None else str(values[name])) for name in _COLUMNS]
