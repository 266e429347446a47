"""Asking a selector about runs: what is missing is scored, chosen and committed, chunk by chunk, so that nothing done is lost."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from store import Lake
from store.commit import versions
from store.ids import canonical_json, content_id
from text2sql_data.lookups import check_name, require
from text2sql_data.selection import choices as reading
from text2sql_data.selection.choosing import chosen
from text2sql_data.selection.language.asking import StoppedError
from text2sql_data.selection.language.judgements import known
from text2sql_data.selection.language.selector import Judging

if TYPE_CHECKING:
    import polars as pl

    from store.scratch import Scratch
    from text2sql_data.selection.model import Choices, Scores, Selector

GATES = ("exec_ok", "critique", "always")


class Selected(NamedTuple):
    """What was done.

    Attributes:
        selector: Identity of the selector.
        name: Its name.
        runs: The runs that it was asked about.
        questions: Questions that have final answers.
        added: Those that were chosen for now, or would be; the others were there.
        tied: Of those, the ones that a tie-break decided.
        reasons: Of those, the ones that were not decided by a score, by reason.
        snapshot: Version of the lake that the new ones stand in; None when there are none.
    """

    selector: UUID
    name: str
    runs: list[str]
    questions: int
    added: int
    tied: int
    reasons: dict[str, int]
    snapshot: int | None


def identity(selector: "Selector", gate: str, name: str) -> UUID:
    """The identity of a selector: what could change a choice."""
    return content_id(name, selector.method, selector.version, gate, canonical_json(selector.parameters), selector.model or "")


def run(
    lake: Lake,
    selector: "Selector",
    runs: Sequence[str],
    *,
    gate: str = "exec_ok",
    name: str | None = None,
    draws: int = 0,
    seed: int = 0,
    chunk: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> Selected:
    """Let a selector choose for every question of runs for which it has not chosen from the same inputs.

    Args:
        lake: The lake.
        selector: Who chooses.
        runs: The runs.
        gate: Which SQL of a sample is its final answer: exec_ok, critique or always.
        name: Name in figures; that of the method when it is left out.
        draws: For curves over k: draws of every k below K, for which it chooses as well.
        seed: Seed of the draws.
        chunk: Questions of a commit; None is few where the selector asks a language model, and many otherwise.
        progress: Told how many questions are done.
        arguments: Arguments of the command, for the log.
        dry_run: Only count what would be chosen; a selector that asks a language model is to be one that estimates.

    Raises:
        NameNotFoundError: A run is not there.
        SelectionError: The selector cannot be used on these runs.
        ServerGoneError: The model of the selector is gone; what was judged is kept, and the same call goes on later.
    """
    require(lake, "run", runs)
    name = selector.method if name is None else name
    check_name("selector", name)
    key = identity(selector, gate, name)
    done = Selected(key, name, list(runs), 0, 0, 0, {}, None)
    if isinstance(selector, Judging):
        chunk = chunk or selector.chunk
        selector.begin(key, known(lake, key))
    for one in runs:
        with lake.scratch() as scratch:
            # A question with draws is many choices: fewer questions at a time.
            ranges = list(reading.ranges(scratch, one, chunk or reading.CHUNK // (1 + draws)))
        for first, end in ranges:
            done = _chunk(lake, selector, done, one, gate, first, end, draws, seed, arguments, dry_run=dry_run)
            progress(end - first)
    return done


def _chunk(
    lake: Lake,
    selector: "Selector",
    done: Selected,
    run_: str,
    gate: str,
    first: int,
    end: int,
    draws: int,
    seed: int,
    arguments: list[str] | None,
    *,
    dry_run: bool,
) -> Selected:
    with lake.scratch() as scratch:
        snapshot = lake.version
        questions = reading.stage(scratch, run_, gate, first, end)
        done = done._replace(questions=done.questions + questions)
        missing = _missing(scratch, done.selector, draws)
        if missing.is_empty():
            return done
        seen = reading.staged(scratch, missing)
        there = reading.choices(seen, draws=draws, seed=seed)
        if dry_run:
            if isinstance(selector, Judging):
                selector.score(there)
            return done._replace(added=done.added + len(missing))
        try:
            scores = selector.score(there)
        except StoppedError as stopped:
            if stopped.kept:
                with lake.commit(f"judgements by {done.name}", command="select", arguments=arguments) as commit:
                    commit.append("selectors", [_row(selector, done, gate)])
                    for table, kept in stopped.kept.items():
                        commit.append(table, kept)
            raise stopped.cause from None
        picks = chosen(there, scores)
    return _record(lake, selector, done, gate, snapshot, there, scores, picks, arguments)


def _missing(scratch: "Scratch", selector: UUID, draws: int) -> "pl.DataFrame":
    """The positions that the selector has not chosen for from the same inputs, or without the draws that are wanted."""
    import polars as pl

    there = scratch.execute(reading.text("done"), selector=str(selector)).pl()
    if draws:
        there = there.filter(pl.col("draws") > 0)
    return scratch.execute("SELECT position FROM temp.inputs_seen").pl().join(there, on="position", how="anti")


def _row(selector: "Selector", done: Selected, gate: str) -> dict[str, object]:
    """The selector, as a row of its table."""
    return {
        "selector": str(done.selector),
        "name": done.name,
        "method": selector.method,
        "version": selector.version,
        "gate": gate,
        "parameters": canonical_json(selector.parameters),
        "model": selector.model,
        "versions": canonical_json(versions()),
        "added": datetime.now(UTC).replace(tzinfo=None),
    }


def _record(
    lake: Lake,
    selector: "Selector",
    done: Selected,
    gate: str,
    snapshot: int,
    there: "Choices",
    scores: "Scores",
    picks: "pl.DataFrame",
    arguments: list[str] | None,
) -> Selected:
    import polars as pl

    key = pl.lit(str(done.selector))
    selections = picks.join(there.questions.select("choice", "run", "position", "k", "draw", "inputs"), on="choice").with_columns(
        selector=key, snapshot=pl.lit(snapshot)
    )
    whole = there.questions.filter(pl.col("draw") == 0).select("choice")
    rows = scores.answers.join(whole, on="choice", how="semi").with_columns(selector=key, snapshot=pl.lit(snapshot))
    if "detail" not in rows.columns:
        rows = rows.with_columns(detail=pl.lit(None, pl.String))
    new = selections.filter(pl.col("draw") == 0)
    with lake.commit(f"selections by {done.name}: {len(new):,} questions", command="select", arguments=arguments) as commit:
        commit.append("selectors", [_row(selector, done, gate)])
        commit.append("selections", selections.drop("choice"))
        commit.append("scores", rows.select("selector", "candidate", "snapshot", "score", "detail"))
        for table, kept in scores.kept.items():
            commit.append(table, kept)
    reasons = dict(done.reasons)
    for reason, n in new.drop_nulls("reason").group_by("reason").len().iter_rows():
        reasons[reason] = reasons.get(reason, 0) + n
    tied = new["tie_break"].count()
    return done._replace(added=done.added + len(new), tied=done.tied + tied, reasons=reasons, snapshot=commit.snapshot)
