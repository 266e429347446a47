"""Writes a run as a file in one of the formats, and says what the file does not hold.

The lake is read as it is when the export begins. Memory does not grow with the run. Nothing is executed or labelled here: flags
are those of a comparator that has labelled the run already.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from store import Lake, StoreError
from store.errors import remedy
from store.scratch import Scratch
from text2sql_data.exporters import FORMATS, bird, reading
from text2sql_data.exporters import contents as holding
from text2sql_data.exporters.contents import Contents
from text2sql_data.exporters.model import Left, Predictions, Rollouts, RunExportError
from text2sql_data.exporters.writing import require_free, target
from text2sql_data.lookups import require

Progress = Callable[[int], None]
"""Told how many more questions were written."""


class Options(NamedTuple):
    """What is exported of a run.

    Attributes:
        comparator: Whose labels are the flags; None is bird if it has labelled the run, else the flags that its file brought.
        gold_revision: Gold revision of the labels, and of the gold SQL in the file.
        regime: Regime of the critiques; None is the system of the run, or the first that there is.
        sample: Which sample, where a format has one SQL a question.
        final: Take the final answer of that sample, not its first SQL.
        gate: Which SQL of a sample is its final answer (view `taken_fixes`).
        by_id: In BIRD predictions, the key is the question's id, not its position.
        force: Replace a file that is there.
    """

    comparator: str | None = None
    gold_revision: str = "original"
    regime: str | None = None
    sample: int = 0
    final: bool = False
    gate: str = "exec_ok"
    by_id: bool = False
    force: bool = False


class Exported(NamedTuple):
    """What was written.

    Attributes:
        run: The run.
        format: Name of the format.
        path: The file.
        questions: Questions in it; empty lines for what the run lacks do not count.
        candidates: Candidates in it.
        critiques: Critiques in it.
        comparator: Whose labels the flags are; None where the file has none.
        flagged: Candidates with a flag; the flags of the others are null.
        regime: Regime of the critiques; None where the file has none.
        taken: Which SQL was taken of each question; empty where all were.
        left: How many of what was left out or changed, and why.
    """

    run: str
    format: str
    path: Path
    questions: int
    candidates: int
    critiques: int
    comparator: str | None
    flagged: int
    regime: str | None
    taken: str
    left: dict[str, int]


def size(lake: Lake, run: str, format_name: str) -> int:
    """How many questions progress will be told of.

    Raises:
        NameNotFoundError: There is no such run.
    """
    require(lake, "run", [run])
    if any(isinstance(known, Predictions) and known.name == format_name for known in FORMATS):
        query = "SELECT count(*) FROM questions AS q JOIN runs AS r USING (benchmark, revision) WHERE r.run = $run"
    else:
        query = "SELECT count(DISTINCT position) FROM candidates WHERE run = $run"
    row = lake.sql(query, run=run).fetchone()
    return int(row[0]) if row else 0


def export_run(
    lake: Lake,
    run: str,
    format_name: str,
    path: Path,
    options: Options | None = None,
    *,
    progress: Progress | None = None,
) -> Exported:
    """Write a run to a file.

    Args:
        lake: The lake.
        run: Name of the run.
        format_name: mats, trajectories, grpo, bird or spider.
        path: The file, or `-` for standard output. It is there when it is whole, or not at all.
        options: What is exported.
        progress: Told how many more questions were written.

    Raises:
        NameNotFoundError: There is no such run, comparator or gold revision.
        RunExportError: The format cannot hold the run, or there is a file already, or it cannot be written.
    """
    options = options or Options()
    chosen = next((known for known in FORMATS if known.name == format_name), None)
    if chosen is None:
        raise RunExportError(f"There is no format {format_name}.", f"Choose one of {', '.join(one.name for one in FORMATS)}.")
    require_free(path, force=options.force)
    progress = progress or (lambda _: None)
    try:
        with lake.at(lake.version) as snapshot, snapshot.scratch() as scratch:
            require(snapshot, "run", [run])
            require(snapshot, "gold_revision", [options.gold_revision])
            require(snapshot, "comparator", None if options.comparator is None else [options.comparator])
            held = holding.contents(snapshot, scratch, run, options.gold_revision)
            if isinstance(chosen, Rollouts):
                return _rollouts(scratch, held, chosen, path, options, progress)
            if options.by_id:
                chosen = _by_id(snapshot, run, chosen)
            return _predictions(scratch, held, chosen, path, options, progress)
    except duckdb.Error as error:
        raise StoreError(f"The run {run} could not be read: {error}", remedy(error)) from error


def _rollouts(scratch: Scratch, held: Contents, chosen: Rollouts, path: Path, options: Options, progress: Progress) -> Exported:
    comparator = holding.comparator(options.comparator, held)
    regime = holding.regime(options.regime, held)
    encoder = msgspec.json.Encoder()
    left: Left = Counter()
    questions = answered = candidates = critiques = flagged = 0
    with target(path, force=options.force) as file:
        for question in reading.questions(scratch, held.run, options.gold_revision, comparator, regime, previews=chosen.previews):
            line = chosen.line(question, left)
            if line is not None:
                file.write(encoder.encode(line.content) + b"\n")
                questions += 1
                answered += not question.unanswered
                candidates += len(line.held)
                critiques += sum(len(candidate.critiques) for candidate in line.held)
                flagged += sum(candidate.correct is not None for candidate in line.held)
            progress(1)
        if not answered and (not questions or "questions without a planner" in left):
            raise RunExportError(
                f"The run {held.run} has nothing that {chosen.name} can hold: its stages are {', '.join(held.names('stage'))}.",
                "Export another format, such as trajectories.",
            )
    holding.count_unheld(left, held, regime)
    return Exported(
        held.run, chosen.name, path, questions, candidates, critiques, comparator, flagged, regime if critiques else None, "",
        dict(+left),
    )  # fmt: skip


def _predictions(
    scratch: Scratch, held: Contents, chosen: Predictions, path: Path, options: Options, progress: Progress
) -> Exported:
    given = {"run": held.run, "sample": options.sample, "final": options.final, "gate": options.gate}
    left: Left = Counter()
    written = answered = 0
    with target(path, force=options.force) as file:
        file.write(chosen.begin.encode())
        for answer in reading.answers(scratch, **given):
            text = chosen.text(answer, left)
            if text is not None:
                file.write(f"{chosen.between if written else ''}{text}".encode())
                written += 1
            answered += answer.answered
            if not answer.answered:
                lacks = f"questions without sample {options.sample}" if answer.asked else "questions that the run lacks"
                left[lacks if text is None else f"{lacks}: empty lines"] += 1
            progress(1)
        file.write(chosen.end.encode())
        if not answered:
            raise RunExportError(f"The run {held.run} has no sample {options.sample}.", "Samples are counted from 0.")
    holding.count_others(left, held, answered)
    taken = f"sample {options.sample}, {f'its final answer by the gate {options.gate}' if options.final else 'its first SQL'}"
    return Exported(held.run, chosen.name, path, answered, answered, 0, None, 0, None, taken, dict(+left))


def _by_id(lake: Lake, run: str, chosen: Predictions) -> Predictions:
    """The format with the question's id as its key, where ids tell the questions apart."""
    if chosen is not bird.FORMAT:
        raise RunExportError(f"The format {chosen.name} has no keys.", "Leave --key out.")
    if repeated := lake.sql(reading.text("repeated_ids"), run=run).fetchone():
        what = "Several questions have no question_id" if repeated[0] is None else f"The question_id {repeated[0]} is there twice"
        raise RunExportError(f"{what}, so it cannot be a key.", "Leave --key out: the key is then the position.")
    return bird.BY_ID
