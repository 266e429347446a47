"""Do what is missing of a rollout."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.rollouts.running import Rolled


@click.command()
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--limit", type=click.IntRange(1), help="Only the first so many questions.")
@click.option("--questions", multiple=True, help="Only this question, by its id; repeatable, or ids parted by commas.")
@click.option("--shard", metavar="I/N", help="Only every N-th question, from the I-th, such as 1/4 to 4/4 on four machines.")
@click.option("--processes", type=click.IntRange(1), help="Worker processes for executions; one a processor when not given.")
@click.option("--dry-run", is_flag=True, help="Check models and configuration, and say what is missing of the first stage.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def run(
    address: Address,
    config: Path,
    limit: int | None,
    questions: tuple[str, ...],
    shard: str | None,
    processes: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Ask models for everything that is missing of the rollout that CONFIG describes, execute it, and keep it in the lake.

    Stopped at any point, the same command does the rest. Another configuration is another run.

    \b
    Example:
      t2s rollout run docs/rollouts/one_shot.yaml --limit 20
    """
    import store
    from store import output
    from text2sql_data.rollouts import agents, running
    from text2sql_data.rollouts.progress import shown
    from text2sql_data.rollouts.questions import Only

    only = Only(limit, _ids(questions), _shard(shard))
    with store.open(address, create=False) as lake:
        done = running.run(
            lake,
            agents.read(config),
            folder=config.parent,
            only=only,
            started=shown,
            processes=processes,
            arguments=sys.argv[1:],
            dry_run=dry_run,
        )
    if as_json:
        output.json_line(done._asdict())
    else:
        _say(done, dry_run=dry_run)
    if done.failures or done.unusable:
        raise click.exceptions.Exit(1)


def _ids(questions: tuple[str, ...]) -> tuple[str, ...] | None:
    if not questions:
        return None
    ids = tuple(name.strip() for text in questions for name in text.split(",") if name.strip())
    if not ids:
        raise click.BadParameter("no id is given.", param_hint="--questions")
    return ids


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return (0, 1)
    part, _, parts = text.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise click.BadParameter(f"{text} is not I/N with I from 1 to N, such as 1/4.", param_hint="--shard")
    return (int(part) - 1, int(parts))


def _say(done: "Rolled", *, dry_run: bool) -> None:
    from store import output

    missing = ", ".join(f"{n:,} {stage}" for stage, n in done.missing.items())
    if dry_run:
        said = f"{missing} to ask for" if missing else "nothing to ask for first"
        click.echo(f"Run {done.run}: {done.questions} questions, {said}.")
    else:
        added = ", ".join(f"{n:,} {table}" for table, n in done.added.items() if table != "calls")
        said = f"{added} added" if added else "nothing came back" if done.missing else "nothing was missing"
        click.echo(f"Run {done.run}: {done.questions} questions, {said}.")
        if done.added:
            cost = "" if done.cost is None else f"; this start cost {done.cost:,.2f}"
            prompt, completion = sum(done.prompt_tokens.values()), sum(done.completion_tokens.values())
            click.echo(f"{prompt:,} prompt tokens, {completion:,} completion tokens{cost}.")
    for reason, n in done.excluded.items():
        output.note(f"warning: {n} questions were not asked: {reason}.")
    for database, reason in done.unusable.items():
        output.note(f"warning: {database} {reason}; its SQL was not executed, and nothing was asked for after it.")
    if done.unrecorded:
        output.note(f"{done.unrecorded:,} completions were not recorded in what is replayed.")
    for what, n in done.failures.items():
        output.note(f"warning: {n} calls failed ({what}); they stand in the table calls, and the same command asks again.")
