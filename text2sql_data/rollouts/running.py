"""Running a rollout: the run's row, the steps of its pipeline one after the other, and what it came to.

Every step does what the lake says is missing. Stopped at any point, the same command goes on where it stopped.
"""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from store import Lake
from store.ids import short_id
from store.scratch import Scratch
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.comparators import comparator
from text2sql_data.comparators.labelling import NotExecutedError, current_limits, label
from text2sql_data.execution import executing
from text2sql_data.execution.limits import Limits, settings_id
from text2sql_data.lookups import check_name
from text2sql_data.rollouts import agents as agents_module
from text2sql_data.rollouts.agents import Asker
from text2sql_data.rollouts.asking import Tally, Wave, ask
from text2sql_data.rollouts.beginning import begin, check_same
from text2sql_data.rollouts.clients import open_client
from text2sql_data.rollouts.clients.model import Client
from text2sql_data.rollouts.config import Config, OneShot, Repair, identity, pipeline
from text2sql_data.rollouts.feedback import sees_gold
from text2sql_data.rollouts.linking import link, recorded
from text2sql_data.rollouts.pipelines import one_shot, planner_validators_fixer, repair
from text2sql_data.rollouts.progress import Started
from text2sql_data.rollouts.questions import Only, Questions, choose, read_questions
from text2sql_data.rollouts.recording import Recorder
from text2sql_data.rollouts.stages import Execute, Stage, Step, sql_text


class Rolled(NamedTuple):
    """What a start did.

    Attributes:
        run: Name of the run.
        questions: Questions that it took.
        excluded: Questions that cannot be asked, by reason.
        missing: What was missing at the start, by stage; for stages that follow others, as they came up.
        added: Rows that were added, by table.
        failures: Calls that failed for good, by stage and kind.
        unrecorded: Completions that a replay has no recording of.
        unusable: Databases whose file is gone or has changed, with the reason.
        prompt_tokens: Tokens of prompts, by model.
        completion_tokens: Tokens of completions, by model.
        cost: What that costs, where the configuration has prices.
    """

    run: str
    questions: int
    excluded: dict[str, int]
    missing: dict[str, int]
    added: dict[str, int]
    failures: dict[str, int]
    unrecorded: int
    unusable: dict[str, str]
    prompt_tokens: dict[str, int]
    completion_tokens: dict[str, int]
    cost: float | None


@contextlib.contextmanager
def _silent(_what: str, _total: int | None) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def run(
    lake: Lake,
    config: Config,
    *,
    folder: Path = Path(),
    only: Only = Only(),  # noqa: B008 - immutable
    started: Callable[[Tally], Started] | None = None,
    processes: int | None = None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Rolled:
    """Do what is missing of a rollout.

    Args:
        lake: The lake.
        config: The configuration.
        folder: Where the paths of prompt templates begin.
        only: Which questions this start takes.
        started: Progress: given the tally of the calls, what is called as a stage starts.
        processes: Worker processes for executions.
        arguments: Recorded with the snapshots.
        dry_run: Only say what is missing of the first stage.

    Raises:
        RolloutConfigError: The configuration cannot be run.
        RunExistsError: A run of that name was made in another way.
        ServerGoneError: A model's servers are gone; the same call goes on later.
    """
    agents = agents_module.askers(config, folder)
    revision = current_revision(lake, config.benchmark)
    # Executions run outside of the event loop, where Ctrl-C ends them at once.
    with asyncio.Runner() as loop, contextlib.ExitStack() as stack:
        linked = {name: link(lake, config.models[name]) for name in agents_module.used_models(agents)}
        clients: dict[str, Client] = {}
        for name, one in linked.items():
            clients[name] = open_client(one.config, lake)
            stack.callback(_close, loop, clients[name])
        served = {name: loop.run(client.check()).model for name, client in clients.items()}
        models = {name: recorded(lake, linked[name], served[name])[0] for name in clients}
        what = identity(config, agents_module.templates(agents), models)
        name = config.run or f"{pipeline(config)}-{config.benchmark}-{short_id({**what, 'revision': revision})[:8]}"
        check_name("run", name)
        config = agents_module.with_run(config, name)
        check_same(lake, name, config, revision, what)
        if not dry_run:
            begin(lake, name, config, revision, what, next(iter(agents.values())).n, arguments)
            check_same(lake, name, config, revision, what)  # another start may have been first
        tally = Tally()
        recorder = Recorder(lake, name, config.system or name, arguments)
        limits, progress = _limits(lake, config), started(tally) if started else _silent
        rollout = _Rollout(lake, config, only, limits, loop, clients, recorder, tally, progress)
        with lake.scratch() as scratch:
            excluded = choose(scratch, config, only)
            questions = read_questions(lake, scratch, config)
        missing: dict[str, int] = {}
        unusable: dict[str, str] = {}
        for step in _steps(config, agents, settings_id(rollout.limits), questions):
            if isinstance(step, Execute):
                if not dry_run:
                    unusable |= _execute(rollout, step, processes, arguments)
                continue
            missing |= _wave(rollout, step, questions, dry_run=dry_run)
            if dry_run:
                break
        return Rolled(
            run=name,
            questions=len(questions),
            excluded=excluded,
            missing={stage: n for stage, n in missing.items() if n},
            added=dict(recorder.added),
            failures=dict(tally.failures),
            unrecorded=tally.unrecorded,
            unusable=unusable,
            prompt_tokens=dict(tally.prompt_tokens),
            completion_tokens=dict(tally.completion_tokens),
            cost=_cost(config, tally),
        )


def _limits(lake: Lake, config: Config) -> Limits:
    """The limits that the lake uses, with the time that the configuration says: other limits are other facts to every figure."""
    try:
        _, limits = current_limits(lake)
    except NotExecutedError:
        limits = Limits()
    return limits if config.seconds is None else dataclasses.replace(limits, seconds=config.seconds)


def _close(loop: asyncio.Runner, client: Client) -> None:
    loop.run(client.close())


class _Rollout(NamedTuple):
    """What the steps of a start share."""

    lake: Lake
    config: Config
    only: Only
    limits: Limits
    loop: asyncio.Runner
    clients: Mapping[str, Client]
    recorder: Recorder
    tally: Tally
    progress: Started


def _steps(config: Config, agents: dict[str, Asker], settings: str, questions: Questions) -> list[Step]:
    if isinstance(config, OneShot):
        return one_shot.steps(config, agents)
    if isinstance(config, Repair):
        return repair.steps(config, agents, settings, questions)
    return planner_validators_fixer.steps(config, agents, config.system or str(config.run))


def _wave(rollout: _Rollout, wave: Sequence[Stage], questions: Questions, *, dry_run: bool) -> dict[str, int]:
    """Ask for what the stages of a wave miss; how much that was, by stage."""
    with contextlib.ExitStack() as stack:
        stages = [(stage, stack.enter_context(rollout.lake.scratch())) for stage in wave]
        for _, scratch in stages:
            _stage_tables(scratch, rollout)
        missing = {stage.name: stage.prepare(scratch) for stage, scratch in stages}
        if any(missing.values()) and not dry_run:
            title = wave[0].name if len(wave) == 1 else "critiques"
            advance = stack.enter_context(rollout.progress(title, sum(missing.values())))
            seed = rollout.config.seed
            shared = Wave(rollout.clients, rollout.recorder, questions.prompt, seed, rollout.tally, advance)
            rollout.loop.run(ask(stages, shared))
    return missing


def _stage_tables(scratch: Scratch, rollout: _Rollout) -> None:
    """The temporary tables that the query of a stage reads."""
    config = rollout.config
    choose(scratch, config, rollout.only)
    parameters = {"run": config.run, "benchmark": config.benchmark, "settings": settings_id(rollout.limits)}
    scratch.execute(f"CREATE TEMP TABLE attempts AS {sql_text('attempts')}", **parameters)
    judged = {"run": config.run, "comparator": None, "gold_revision": None}
    if isinstance(config, Repair) and sees_gold(config.feedback, config.scope):
        judged |= {"comparator": config.comparator, "gold_revision": config.gold_revision}
    scratch.execute(f"CREATE TEMP TABLE verdicts_of_run AS {sql_text('verdicts_of_run')}", **judged)


def _execute(rollout: _Rollout, step: Execute, processes: int | None, arguments: list[str] | None) -> dict[str, str]:
    """Execute what was written, and label it where the gold decides; the databases that cannot be used, with the reason."""
    lake, config, runs = rollout.lake, rollout.config, [str(rollout.config.run)]
    judging = comparator(config.comparator) if step.label and isinstance(config, Repair) else None
    with contextlib.ExitStack() as stack:

        def started(total: int) -> Callable[[int], None]:
            return stack.enter_context(rollout.progress("executing", total))

        done = executing.execute(
            lake,
            rollout.limits,
            comparators=[
                judging or comparator("bird")
            ],  # as its comparator has it executed; for others t2s execute does the rest
            runs=runs,
            processes=processes,
            started=started,
            arguments=arguments,
        )
    unusable = dict(done.unusable)
    if judging is not None and isinstance(config, Repair):
        revision = config.gold_revision
        for one in label(lake, [judging], gold_revision=revision, runs=runs, processes=processes, arguments=arguments):
            unusable |= one.unusable
    return unusable


def _cost(config: Config, tally: Tally) -> float | None:
    if not config.prices:
        return None
    return sum(
        price.prompt * tally.prompt_tokens[model] / 1e6 + price.completion * tally.completion_tokens[model] / 1e6
        for model, price in config.prices.items()
    )
