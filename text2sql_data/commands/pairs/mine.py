"""Mine preference pairs from the judged candidates of runs."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from store.address import Address

if TYPE_CHECKING:
    from text2sql_data.pairs.recording import Recorded

MODES = ("natural", "independent", "collab", "collab_v2", "joint", "critique_aware")
"""Their names, here because their modules are imported only when the command runs."""


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option("--name", help="Name of the new pair set; RUN_MODE when not given, for one run.")
@click.option("--mode", type=click.Choice(MODES), default="natural", show_default=True, help="How pairs are found.")
@click.option("--comparator", default="bird", show_default=True, help="Whose verdicts count; file:RUN for the flags of a file.")
@click.option("--gold-revision", default="original", show_default=True, help="Gold revision of the verdicts.")
@click.option(
    "--type", "types", multiple=True, help="Only pairs of this type; repeatable. Gold and cost pairs must be asked for."
)
@click.option(
    "--max-turns", type=click.IntRange(1), help="The last turn: wrong there has the lowest reward. Default: the highest."
)
@click.option(
    "--tie-break",
    type=click.Choice(["sample", "claimed_ms"]),
    default="sample",
    show_default=True,
    help="Of equally good answers, the lowest sample, or the fastest as the source states it.",
)
@click.option("--per-group", type=click.IntRange(1), default=1, show_default=True, help="Most pairs of answers to one prompt.")
@click.option("--min-cost-gap", type=float, default=0.05, show_default=True, help="Least difference of rewards in a cost pair.")
@click.option(
    "--gate",
    type=click.Choice(["critique", "exec_ok", "always"]),
    default="critique",
    show_default=True,
    help="In joint mode, which SQL of a rollout is its final answer.",
)
@click.option("--dry-run", is_flag=True, help="Find everything, say what would be added, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def mine(
    address: Address,
    runs: tuple[str, ...],
    name: str | None,
    mode: str,
    comparator: str,
    gold_revision: str,
    types: tuple[str, ...],
    max_turns: int | None,
    tie_break: Literal["sample", "claimed_ms"],
    per_group: int,
    min_cost_gap: float,
    gate: Literal["critique", "exec_ok", "always"],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Mine the pairs of RUN... as one pair set: each question of each run by itself.

    In mode natural a run's own answers are compared (docs/pairs.md); the other modes judge the agents of full rollouts
    (docs/rollout-pairs.md). Mining the same again adds nothing.

    \b
    Example:
      t2s pairs mine mats_rollouts --name planner_pairs
      t2s pairs mine trajectories --comparator file:trajectories --tie-break claimed_ms --type gold_vs_failed_attempt
      t2s pairs mine sft_vf --mode joint
    """
    import store
    from store import output
    from store.progress import busy
    from text2sql_data.pairs.mining import mine as mine_pairs
    from text2sql_data.pairs.options import Options

    if name is None and len(runs) > 1:
        raise click.UsageError("Several runs make one set: name it with --name.")
    options = Options(
        mode=mode,
        comparator=comparator,
        gold_revision=gold_revision,
        max_turns=max_turns,
        types=tuple(dict.fromkeys(types)),
        gate=gate,
        tie_break=tie_break,
        per_group=per_group,
        min_cost_gap=min_cost_gap,
    )
    with store.open(address, create=False) as lake, busy(f"mining {mode} pairs"):
        done = mine_pairs(lake, name or f"{runs[0]}_{mode}", runs, options, arguments=sys.argv[1:], dry_run=dry_run)
    if dry_run:
        output.note("Dry run: nothing was written.")
    show(done, as_json=as_json)


def show(done: "Recorded", *, as_json: bool, **more: object) -> None:
    """Print what a pair set holds; what more there is to say goes into the JSON."""
    from store import output

    if as_json:
        without = [{"agent": agent, "reason": reason, "questions": count} for (agent, reason), count in done.without.items()]
        output.json_line({**done._asdict(), "without": without, **more})
        return
    total = sum(done.pairs.values())
    state = "already there; nothing was added" if done.already else f"{total:,} pair{'' if total == 1 else 's'}"
    click.echo(output.visible(f"{done.name}: {state}"))
    for type_, count in sorted(done.pairs.items(), key=lambda item: (-item[1], item[0])):
        click.echo(output.visible(f"  {count:>7,} {type_}"))
    for reason, count in done.dropped.items():
        click.echo(f"dropped: {count:,} {reason}")
    for agent in dict.fromkeys(agent for agent, _ in done.without):
        reasons = ", ".join(f"{count:,} {reason}" for (whose, reason), count in done.without.items() if whose == agent)
        click.echo(f"questions without a pair ({agent}): {reasons}")
