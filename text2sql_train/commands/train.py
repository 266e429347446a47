"""Train a model from a pinned dataset, and register it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from text2sql_train.training import Done


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--dry-run", is_flag=True, help="Look at rows, lengths, lineage and base, say what would be trained, and train nothing."
)
@click.option("--force", is_flag=True, help="Train again what was trained before; it becomes the next version.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def train(context: click.Context, recipe: Path, dry_run: bool, force: bool, as_json: bool) -> None:
    """Train by a RECIPE: a pin, a base model and a trainer. A training that was killed goes on from its last checkpoint.

    The same recipe over the same pin and base is not trained twice. Exit code 3: rows that are not to be learnt from, too many
    that are too long, or a model that would be judged on what it learns from.

    \b
    Example:
      t2s train docs/train/tiny_sft.yaml --dry-run
    """
    import store
    from store import output
    from text2sql_train import reading
    from text2sql_train.commands.refusal import refusing

    wanted = reading.read(recipe)
    with refusing(context, as_json=as_json), store.open(context.obj, create=False) as lake:
        from text2sql_train import training

        done = training.train(lake, wanted, force=force, dry_run=dry_run, arguments=sys.argv[1:])
    if not training.is_first():
        return  # the first process says it
    if dry_run:
        output.note("Dry run: nothing was trained.")
    if as_json:
        output.json_line(_object(done))
        return
    _say(done)


def _object(done: "Done") -> dict[str, object]:
    plan, model = done.plan, done.model
    return {
        "ref": None if model is None else model.ref,
        "reused": done.reused,
        "training": plan.training,
        "pin": plan.pin.ref,
        "base": plan.base.record(),
        "rows": plan.rows,
        "lengths": plan.lengths,
        "folder": str(plan.folder) if model is None else model.path,
        "metrics": None if model is None else model.summary.get("metrics"),
        "steps": None if model is None else model.summary.get("steps"),
    }


def _say(done: "Done") -> None:
    from store import output
    from text2sql_train.card import metrics
    from text2sql_train.recipe import trainer

    plan, model = done.plan, done.model
    counts = ", ".join(f"{split} {found['rows']:,}" for split, found in plan.rows.items() if isinstance(found, dict))
    if model is None:
        on = f", goes on from step {plan.checkpoint}" if plan.checkpoint is not None else ""
        click.echo(
            f"{plan.recipe.name}: {trainer(plan.recipe)} of {plan.base.name} on {plan.pin.ref} ({counts}){on}. {plan.folder}"
        )
        return
    if done.reused:
        click.echo(f"{model.ref}: trained before by the same recipe; nothing was trained. {model.path}")
        return
    did = f"{model.summary['steps']:,} steps"
    click.echo(f"{model.ref}: {model.kind} of {plan.base.name} on {plan.pin.ref} ({counts}), {did}. {model.path}")
    if found := metrics(model.summary):
        output.table(["on validation", "value"], [[name, f"{value:.4g}"] for name, value in found.items()], right=[False, True])
