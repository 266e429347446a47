"""Compare candidates with golds: correct, wrong or unknown."""

import sys
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from store import Lake
    from text2sql_data.comparators import Comparator
    from text2sql_data.comparators.labelling import Labelled
    from text2sql_data.comparators.why import Explanation, Group, Result


@click.command()
@click.option("--comparator", "names", multiple=True, help="bird, spider, strict or bag; repeatable. Default: all of them.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision to compare with.")
@click.option("--run", "runs", multiple=True, help="Only this run; repeatable.")
@click.option("--why", "question", metavar="QUESTION", help="Explain the labels of one question: position or id:ID.")
@click.option("--benchmark", help="With --why, the benchmark of the question.")
@click.option("--compare-imported", is_flag=True, help="List where the flags of imported files differ from bird's labels.")
@click.option("--dry-run", is_flag=True, help="Decide everything, say what would be labelled, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def label(
    address: Address,
    names: tuple[str, ...],
    gold_revision: str,
    runs: tuple[str, ...],
    question: str | None,
    benchmark: str | None,
    compare_imported: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Label the candidates that have no label yet, without executing anything again where digests decide.

    With --why or --compare-imported nothing is labelled: they show what the labels rest on.

    \b
    Example:
      t2s label --comparator bird --comparator spider
      t2s label --why 17 --benchmark spider_dev
      t2s label --compare-imported --run sft_vf
    """
    import store
    from store import output
    from text2sql_data.comparators import COMPARATORS, comparator

    if question is not None and compare_imported:
        raise click.UsageError("--why and --compare-imported exclude each other.")
    if benchmark is not None and question is None:
        raise click.UsageError("--benchmark goes with --why.")
    chosen = [comparator(name) for name in dict.fromkeys(names)]
    with store.open(address, create=False) as lake:
        if question is not None:
            from text2sql_data.comparators.why import explain

            found = explain(
                lake,
                question,
                chosen or list(COMPARATORS),
                benchmark=benchmark,
                gold_revision=gold_revision,
                runs=runs or None,
            )
            _print_explanation(found, as_json=as_json)
        elif compare_imported:
            for one in chosen or [comparator("bird")]:
                _compare(lake, one, gold_revision, runs, as_json=as_json)
        else:
            from text2sql_data.comparators import labelling

            done = labelling.label(
                lake,
                chosen or list(COMPARATORS),
                gold_revision=gold_revision,
                runs=runs or None,
                arguments=sys.argv[1:],
                dry_run=dry_run,
            )
            if dry_run:
                output.note("Dry run: nothing was written.")
            _print_labels(done, as_json=as_json)


def _print_labels(done: "list[Labelled]", *, as_json: bool) -> None:
    from store import output

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
        for database, reason in labelled.unusable.items():
            output.note(
                f"warning: {database} {reason}; labels that take its rows are missing. Put it back and run t2s label again."
            )


def _compare(lake: "Lake", one: "Comparator", gold_revision: str, runs: tuple[str, ...], *, as_json: bool) -> None:
    from store import output
    from text2sql_data.comparators.imported import Difference, compare_imported

    found = compare_imported(lake, one, gold_revision=gold_revision, runs=runs or None)
    if as_json:
        output.json_lines(Difference._fields, found.differences)
        summary = {
            "comparator": one.name,
            "compared": found.compared,
            "differ": len(found.differences),
            "not_compared": found.not_compared,
        }
        output.json_line({"summary": summary})
        return
    if found.differences:
        output.table(Difference._fields, found.differences)
    not_compared = f"; {found.not_compared:,} not compared, for they have no label of ours" if found.not_compared else ""
    click.echo(f"{one.name}: {found.compared:,} flags compared, {len(found.differences):,} differ{not_compared}")


def _print_explanation(found: "Explanation", *, as_json: bool) -> None:
    from dataclasses import asdict

    from store import output

    if as_json:
        for group in found.groups:
            output.json_line(
                {
                    "benchmark": found.benchmark,
                    "position": found.position,
                    "question_id": found.question_id,
                    "db_id": found.db_id,
                    "question": found.question,
                    "evidence": found.evidence,
                    "gold": found.gold._asdict(),
                    **asdict(group),
                    "result": group.result._asdict(),
                    "opinions": [opinion._asdict() for opinion in group.opinions],
                    "answers": [dict(zip(("run", "sample", "stage"), answer, strict=True)) for answer in group.answers],
                }
            )
        return
    name = f"{found.position}{'' if found.question_id is None else f' (id {found.question_id})'}"
    click.echo(output.visible(f"{found.benchmark} {name}, database {found.db_id}: {found.question}"))
    if found.evidence:
        click.echo(output.visible(f"evidence: {found.evidence}"))
    click.echo(output.visible(f"gold: {found.gold.sql or 'none'}"))
    click.echo(output.visible(_summary(found.gold)))
    for number, group in enumerate(found.groups, 1):
        click.echo()
        _print_group(number, group, found.gold)
    if not found.groups:
        click.echo("There are no candidates for this question.")


def _print_group(number: int, group: "Group", gold: "Result") -> None:
    from store import output

    n_answers = len(group.answers)
    same = "" if group.n_sqls == 1 else f" ({group.n_sqls} different SQL)"
    answers = ", ".join(f"{run} #{sample} {stage}" for run, sample, stage in group.answers)
    click.echo(output.visible(f"result {number}: {n_answers} candidate{'s' if n_answers > 1 else ''}{same}: {answers}"))
    click.echo(output.visible(f"SQL: {group.result.sql or 'none'}"))
    click.echo(output.visible(_summary(group.result)))
    output.table(("comparator", "verdict", "reason", "first difference"), [_dashed(opinion) for opinion in group.opinions])
    n_rows = max(len(gold.preview), len(group.result.preview))
    if n_rows and group.result.status == "ok":
        rows = [
            (row + 1, *(" | ".join(one.preview[row]) if row < len(one.preview) else "" for one in (gold, group.result)))
            for row in range(n_rows)
        ]
        heads = [f"{name}: {' | '.join(one.columns)}" for name, one in (("gold", gold), ("candidate", group.result))]
        output.table(("row", *heads), rows, right=(True,))


def _summary(result: "Result") -> str:
    from text2sql_data.comparators.difference import counted

    if result.status == "ok":
        more = "" if result.n_rows == len(result.preview) else f", the first {len(result.preview)} shown"
        return f"{counted(result.n_rows or 0, 'row')}{more}"
    return f"{result.status}{f': {result.error}' if result.error else ''}"


def _dashed(cells: tuple[str | None, ...]) -> list[str]:
    return [cell or "-" for cell in cells]
