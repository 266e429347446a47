"""Compare candidates with golds: correct, wrong or unknown."""

import sys
from pathlib import Path

import click


@click.command()
@click.option("--comparator", "names", multiple=True, help="bird, spider, strict or bag; repeatable. Default: all of them.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision to compare with.")
@click.option("--run", "runs", multiple=True, help="Only this run; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def label(path: Path, names: tuple[str, ...], gold_revision: str, runs: tuple[str, ...], as_json: bool) -> None:
    """Label the candidates that have no label yet, without executing anything again where digests decide.

    \b
    Example:
      t2s label --comparator bird --comparator spider
    """
    import store
    from store import output
    from text2sql_data.comparators import COMPARATORS, comparator, labelling

    chosen = [comparator(name) for name in names] or list(COMPARATORS)
    with store.open(path, create=False) as lake:
        done = labelling.label(lake, chosen, gold_revision=gold_revision, runs=runs or None, arguments=sys.argv[1:])
    for labelled in done:
        if as_json:
            labels = [
                {"verdict": verdict, "reason": reason, "count": count} for (verdict, reason), count in labelled.labels.items()
            ]
            output.json_line({**labelled._asdict(), "labels": labels})
            continue
        counts = ", ".join(
            f"{count} {verdict}{f' ({reason})' if reason else ''}" for (verdict, reason), count in labelled.labels.items()
        )
        click.echo(f"{labelled.comparator}: {counts or 'nothing new to label'}")
