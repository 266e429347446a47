"""Trained models of the lake: list them, show one, serve one."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_train.registry import Model


@click.group()
def model() -> None:
    """Models that can be cited as name@version: list them, show where one comes from, serve one."""


@model.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(address: Address, as_json: bool) -> None:
    """List the models with what they were trained on.

    \b
    Example:
      t2s model list
    """
    import store
    from store import output
    from text2sql_train import registry, serving

    with store.open(address, create=False) as lake:
        found = registry.models(lake)
    if as_json:
        for one in found:
            output.json_line({"ref": one.ref, **one._asdict()})
        return
    output.table(
        ["model", "kind", "pin", "base", "steps", "added", "folder"],
        [
            [
                one.ref,
                one.kind,
                one.pin or "-",
                (one.base or {}).get("name", "-"),
                one.summary.get("steps", "-"),
                f"{one.added:%Y-%m-%d %H:%M}",
                "in the lake" if one.path is None else one.path if serving.has_folder(one) else f"{one.path} (gone)",
            ]
            for one in found
        ],
        right=[False] * 4 + [True],
    )
    if not found:
        output.note("There is no model yet: t2s train RECIPE")


@model.command()
@click.argument("ref")
@click.option("--card", "with_card", is_flag=True, help="The model card, as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(address: Address, ref: str, with_card: bool, as_json: bool) -> None:
    """Show where the model REF (name@version, or name for the latest) comes from, and what was measured of it.

    \b
    Example:
      t2s model show tiny_sft
    """
    import store
    from store import output, pins
    from text2sql_train import card, registry

    with store.open(address, create=False) as lake:
        found = registry.find(lake, ref)
        text = card.render(found, pins.find(lake, found.pin)) if with_card and found.pin else None
    if as_json:
        output.json_line({"ref": found.ref, "lineage": registry.lineage(found), **found._asdict()})
        return
    if text is not None:
        click.echo(text)
        return
    _say(found)


@model.command()
@click.argument("ref")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Where it listens.")
@click.option("--run", "now", is_flag=True, help="Start it; else the command is printed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def serve(address: Address, ref: str, port: int, now: bool, as_json: bool) -> None:
    """Print the command that serves the model REF with vLLM, its adapter included; it is asked for by the name name@version.

    \b
    Example:
      t2s model serve tiny_sft
    """
    import store
    from store import output
    from text2sql_train import registry, serving

    with store.open(address, create=False) as lake:
        found = registry.find(lake, ref)
    arguments = serving.command(found, port=port)
    if as_json:
        output.json_line({"ref": found.ref, "command": arguments})
    else:
        click.echo(serving.shown(arguments))
    if now:
        serving.start(arguments)


@model.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--pin", required=True, help="The dataset that the tokenizer learns from, as name@version.")
@click.option("--vocabulary", type=click.IntRange(min=300), default=1500, show_default=True, help="Tokens, at most.")
@click.option("--layers", type=click.IntRange(min=1), default=4, show_default=True, help="Layers.")
@click.option("--hidden", type=click.IntRange(min=8), default=192, show_default=True, help="Width.")
@click.option("--heads", type=click.IntRange(min=1), default=4, show_default=True, help="Heads of attention.")
@click.option("--context", type=click.IntRange(min=16), default=256, show_default=True, help="Tokens that it can see.")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the weights.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def init(
    address: Address,
    folder: Path,
    pin: str,
    vocabulary: int,
    layers: int,
    hidden: int,
    heads: int,
    context: int,
    seed: int,
    as_json: bool,
) -> None:
    """Write a small decoder with random weights, and a tokenizer that learnt from a pin, to FOLDER: a base to begin with.

    \b
    Example:
      t2s model init models/tiny --pin demo_sft@1 --context 4096 --hidden 64
    """
    import store
    from store import output
    from text2sql_train import scratch_model

    shape = scratch_model.Shape(vocabulary, layers, hidden, heads, context)
    with store.open(address, create=False) as lake:
        made = scratch_model.make(lake, folder, pin, shape, seed=seed)
    if as_json:
        output.json_line({"folder": str(folder), **made})
        return
    did = "random weights" if made["made"] else "there already; nothing was written"
    click.echo(f"{folder}: {made['parameters']:,} parameters, {made['vocabulary']:,} tokens, {did}.")


def _say(found: "Model") -> None:
    from store import output
    from text2sql_train import card, registry

    base = found.base or {}
    rows: list[list[object]] = [
        ["kind", found.kind],
        ["pin", found.pin or "-"],
        ["lineage", ", ".join(registry.lineage(found)) or "-"],
        ["base", base.get("name", "-")],
        ["revision of the base", base.get("revision") or "-"],
        ["sha256 of the base", base.get("sha256", "-")],
        ["seed", found.seed],
        ["steps", found.summary.get("steps", "-")],
        ["folder", found.path or "in the lake"],
        ["sha256", found.sha256],
        ["added", f"{found.added:%Y-%m-%d %H:%M}"],
    ]
    rows.extend([name, f"{value:.4g}"] for name, value in card.metrics(found.summary).items())
    output.table([found.ref, ""], rows)
