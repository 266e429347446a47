"""Importing files into the lake: read, match, stage in batches, commit once.

Nothing is written unless every entry could be read, or the bad ones were put aside on request. Memory does not grow with the
file: what is staged lies in DuckDB's temporary tables, which spill to disk.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from store import Commit, Lake, StoreError
from store.ids import file_sha256
from text2sql_data.benchmarks.adding import current_revision
from text2sql_data.critiques.parsing import PATTERNS, TAG, sections
from text2sql_data.importers.entries import Entry, EntryError, Progress, Reader, raw_text
from text2sql_data.importers.match import Questions
from text2sql_data.importers.model import FURTHER_FIXER, Answer, Candidate, Format
from text2sql_data.lookups import check_name

_BATCH = 50_000
_BATCH_CHARACTERS = 16_000_000
_MOST_SAMPLES = 10_000
_SQL = files("text2sql_data") / "importers" / "sql"
_TYPES = {
    "position": pa.int32(),
    "sample": pa.int16(),
    "stage": pa.string(),
    "step": pa.int16(),
    "sql": pa.large_string(),
    "completion": pa.large_string(),
    "prompt": pa.binary(),
    "claimed_ok": pa.bool_(),
    "correct": pa.bool_(),
    "claimed_ms": pa.float64(),
    "claimed_error": pa.string(),
    "parent_sample": pa.int16(),
    "parent_stage": pa.string(),
    "validator": pa.string(),
    "ordinal": pa.int16(),
    "text": pa.large_string(),
    "sampling": pa.string(),
    "logprob": pa.float64(),
    "tokens": pa.int32(),
    "finish": pa.string(),
    "saw_gold": pa.bool_(),
}
_FLAGS = "The flags that the imported file brought with it."


class Imported(NamedTuple):
    """What an import did. `already` says that the run was there, from the same files."""

    run: str
    benchmark: str
    answers: int
    rejects: int
    already: bool
    added: dict[str, int]


class Source(NamedTuple):
    """Files that make one run."""

    run: str
    system: str
    paths: tuple[Path, ...]


def import_runs(
    lake: Lake,
    format: Format,  # noqa: A002 - the word of the field
    sources: Sequence[Source],
    *,
    benchmark: str,
    regime: str | None = None,
    quarantine: bool = False,
    progress: Progress | None = None,
    command: str = "import",
    arguments: list[str] | None = None,
    dry_run: bool = False,
) -> list[Imported]:
    """Import runs in one commit.

    Args:
        lake: The lake.
        format: Format of the files.
        sources: The runs, each with its files; several files of one run are its samples 0, 1, ...
        benchmark: Name of the benchmark whose questions they answer.
        regime: Regime of the critiques in the files; the system when None.
        quarantine: Put entries that cannot be read into `rejects` instead of stopping.
        progress: Told how many bytes were read.
        command: Recorded with the snapshot.
        arguments: Recorded with the snapshot.
        dry_run: Read and match everything, and write nothing.

    Raises:
        StoreError: An entry cannot be read, a run of that name holds something else, or the benchmark is not there.
    """
    for source in sources:
        check_name("run", source.run)
    revision = current_revision(lake, benchmark)
    questions = Questions(_questions(lake, benchmark, revision))
    imported = []
    names = ", ".join(source.run for source in sources)
    with lake.commit(f"import {format.name}: {names}", command=command, arguments=arguments, dry_run=dry_run) as commit:
        for source in sources:
            if _is_there(lake, source, benchmark, revision, format):
                imported.append(Imported(source.run, benchmark, 0, 0, already=True, added={}))
                continue
            importer = _Importer(commit, format, source, questions, quarantine=quarantine, progress=progress)
            answers, rejects = importer.run(benchmark, revision, regime or source.system)
            imported.append(Imported(source.run, benchmark, answers, rejects, already=False, added=importer.counts))
    return imported


def _questions(lake: Lake, benchmark: str, revision: str) -> Iterator[tuple[int, str | None, str, str]]:
    """The questions of a benchmark, a few at a time."""
    found = lake.sql((_SQL / "questions.sql").read_text("utf-8"), benchmark=benchmark, revision=revision)
    while page := found.fetchmany(_BATCH):
        yield from page


class _Importer:
    """Reads the files of one run and stages their rows."""

    def __init__(
        self,
        commit: Commit,
        format: Format,  # noqa: A002 - the word of the field
        source: Source,
        questions: Questions,
        *,
        quarantine: bool,
        progress: Progress | None,
    ) -> None:
        self._commit = commit
        self._format = format
        self._source = source
        self._questions = questions
        self._quarantine = quarantine
        self._progress = progress
        self._candidates = _Columns(
            "position", "sample", "stage", "step", "sql", "completion", "prompt", "claimed_ok", "correct",
            "claimed_ms", "claimed_error", "parent_sample", "parent_stage", "sampling", "logprob", "tokens", "finish", "saw_gold",
        )  # fmt: skip
        self._critiques = _Columns("position", "sample", "stage", "validator", "ordinal", "text", "prompt", "logprob")
        self._prompts: dict[str, bytes] = {}
        self._rejects: list[dict[str, object]] = []  # of the file that is read, those that are not staged yet
        self._rejected = 0
        self._next_sample: Counter[int] = Counter()
        self._characters = 0
        self._stager = ThreadPoolExecutor(max_workers=1)  # DuckDB stages a batch while the next one is read
        self._staging: Future[None] | None = None
        self._flagged = False
        self._k = 0
        self.counts: Counter[str] = Counter()

    def run(self, benchmark: str, revision: str, regime: str) -> tuple[int, int]:
        """Stage everything; the number of answers and of rejected entries."""
        for name, value in {"run": self._source.run, "regime": regime, **PATTERNS}.items():
            self._commit.execute(f"SET VARIABLE {name} = $value", value=value)
        answers, sources = 0, []
        with self._stager:
            for number, path in enumerate(self._source.paths):
                count, sha256 = self._read(path, max(number, self._k))
                answers += count
                sources.append({"path": str(path.absolute()), "sha256": sha256, "bytes": path.stat().st_size})
            self._flush()
            self._await_staging()
        now = datetime.now(UTC).replace(tzinfo=None)
        if self._flagged:
            flags = {"comparator": f"file:{self._source.run}", "version": 1, "meaning": _FLAGS, "added": now}
            self.counts["comparators"] = self._commit.append("comparators", [flags])
        run = {
            "run": self._source.run,
            "benchmark": benchmark,
            "revision": revision,
            "system": self._source.system,
            "k": self._k,
            "format": self._format.name,
            "sources": json.dumps(sources),
            "config": "{}",
            "added": now,
        }
        self._commit.append("runs", [run])
        return answers, self._rejected

    def _read(self, path: Path, offset: int) -> tuple[int, str]:
        """Stage one file, whose samples are numbered from an offset; the number of answers, and the file's sha256."""
        self._questions.begin_file()
        answered: dict[int, int] = {}  # by position, the samples as a set of bits
        count, rejected_before = 0, self._rejected
        with path.open("rb") as file:
            reader = Reader(file, self._progress)
            for position, answer in self._answers(reader, path):
                first = offset
                if answer.samples == "next":
                    first = self._next_sample[position]
                    self._next_sample[position] += len(answer.candidates)
                else:
                    samples = sum(1 << sample for sample in {candidate.sample for candidate in answer.candidates})
                    if answered.get(position, 0) & samples:
                        raise StoreError(
                            f"{path}: position {position} is answered twice.", "Import each set of answers as a run of its own."
                        )
                    answered[position] = answered.get(position, 0) | samples
                for candidate in answer.candidates:
                    self._add(position, candidate, first)
                count += 1
                if len(self._candidates) >= _BATCH or self._characters >= _BATCH_CHARACTERS:
                    self._flush()
            reader.skip()
        rejected = self._rejected - rejected_before
        if not count and not rejected:
            raise StoreError(f"{path} holds no answers.", "Nothing was imported.")
        if self._format.ordered and count + rejected != len(self._questions):
            raise StoreError(
                f"{path} has {count + rejected} answers, and the benchmark has {len(self._questions)} questions.",
                f"The format {self._format.name} has no ids, so the file must answer every question in order.",
            )
        if rejected:
            self._stage_rejects()
            self._commit.append("rejects", f"SELECT *, '{reader.sha256}' AS sha256 FROM rejects_of_file")
            self._commit.execute("DROP TABLE rejects_of_file")
        return count, reader.sha256

    def _answers(self, reader: Reader, path: Path) -> Iterator[tuple[int, Answer]]:
        for entry in self._format.entries(reader, path):
            if self._format.ordered and entry.place > len(self._questions) and _is_blank(entry):
                continue  # an empty line is an answer without SQL, but not after the last question
            try:
                answer = self._format.answer(entry)
                _check_numbers(answer)
                position = self._questions.position(answer)
                if not answer.candidates:  # an empty list is an answer without SQL, not a question that was not asked
                    answer.candidates.append(Candidate(0, "answer", 0, None))
            except EntryError as error:
                self._reject(entry, path, str(error))
            else:
                yield position, answer

    def _reject(self, entry: Entry, path: Path, reason: str) -> None:
        if not self._quarantine:
            unit = "line" if isinstance(entry.content, bytes) else "entry"
            raise StoreError(
                f"{path}, {unit} {entry.place}: {reason}",
                "Nothing was imported. Correct the file, or put such entries aside with --quarantine.",
            )
        self._rejected += 1
        self._characters += len(raw := raw_text(entry.content))
        self._rejects.append(
            {
                "line": entry.place,
                "path": str(path.absolute()),
                "format": self._format.name,
                "reason": reason,
                "raw": raw,
            },
        )
        if len(self._rejects) >= _BATCH or self._characters >= _BATCH_CHARACTERS:
            self._flush()
            self._stage_rejects()

    def _stage_rejects(self) -> None:
        """Put what was put aside where it needs no memory; the digest of its file is known at the end of that."""
        self._await_staging()  # it has the same connection, also for what comes after this
        if not self._rejects:
            return
        self._commit.stage("rejects_batch", self._rejects)
        self._commit.execute("CREATE TEMP TABLE IF NOT EXISTS rejects_of_file AS FROM rejects_batch LIMIT 0")
        self._commit.execute("INSERT INTO rejects_of_file FROM rejects_batch")
        self._rejects = []

    def _add(self, position: int, candidate: Candidate, first: int) -> None:
        """Keep a candidate for the next batch; samples of this file are numbered from `first`."""
        sample = candidate.sample + first
        if sample > _MOST_SAMPLES:
            raise StoreError(f"Position {position} has more than {_MOST_SAMPLES} samples.", "Import them as several runs.")
        self._k = max(self._k, sample + 1)
        self._characters += len(candidate.sql or "") + len(candidate.completion or "")
        prompt = None if candidate.prompt is None else self._prompt(candidate.prompt)
        drawn = candidate.generation
        self._candidates.add(
            position, sample, candidate.stage, candidate.step, candidate.sql, candidate.completion, prompt,
            candidate.claimed_ok, candidate.correct, candidate.claimed_ms, candidate.claimed_error,
            None if candidate.parent is None else candidate.parent.sample + first,
            None if candidate.parent is None else candidate.parent.stage,
            None if drawn is None or drawn.sampling is None else json.dumps(drawn.sampling),
            *((drawn.logprob, drawn.tokens, drawn.finish, drawn.saw_gold) if drawn else (None, None, None, None)),
        )  # fmt: skip
        ordinals: Counter[str] = Counter()
        for owner, content, critique_prompt, told, whole, logprob in candidate.critiques:
            prompt = None if critique_prompt is None else self._prompt(critique_prompt)
            self._characters += len(content)
            # Few texts wrap several critiques in tags, and looking for a tag is all that the others pay for them.
            for validator, text in sections(owner, content) if TAG in content and not whole else ((owner, content),):
                ordinal = ordinals[validator] if told is None else told
                self._critiques.add(position, sample, candidate.stage, validator, ordinal, text, prompt, logprob)
                ordinals[validator] = ordinal + 1

    def _prompt(self, text: str) -> bytes:
        """The identity of a prompt, which is staged once a batch."""
        identity = self._prompts.get(text)
        if identity is None:
            self._characters += len(text)
            identity = self._prompts[text] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
        return identity

    def _flush(self) -> None:
        """Hand the batch over to be staged, once the one before it is."""
        prompts = pa.table(
            {
                "prompt": pa.array(self._prompts.values(), pa.binary()),
                "text": pa.array(self._prompts.keys(), pa.large_string()),
            }
        )
        candidates, critiques = self._candidates.take(), self._critiques.take()
        self._prompts = {}
        self._characters = 0
        self._await_staging()
        self._staging = self._stager.submit(self._stage, prompts, candidates, critiques)

    def _await_staging(self) -> None:
        if self._staging is not None:
            self._staging.result()

    def _stage(self, prompts: pa.Table, candidates: pa.Table, critiques: pa.Table) -> None:
        flagged = candidates["correct"].null_count < len(candidates)
        self._flagged = self._flagged or flagged
        for batch, rows, tables in (
            ("prompt_batch", prompts, ("prompts",)),
            ("candidate_batch", candidates, ("candidates", "labels") if flagged else ("candidates",)),
            ("critique_batch", critiques, ("critiques",)),
        ):
            if len(rows):
                self._commit.stage(batch, rows)
                for table in tables:
                    staged = self._commit.append(table, (_SQL / f"{table}.sql").read_text("utf-8"))
                    if table != "prompts":  # many are there already, from other batches and runs
                        self.counts[table] += staged


class _Columns:
    """Rows as columns, to become an Arrow table."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._rows: list[tuple[object, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, *values: object) -> None:
        """Add a row."""
        self._rows.append(values)

    def take(self) -> pa.Table:
        """The rows so far; afterwards there are none."""
        columns = list(zip(*self._rows, strict=True)) or [() for _ in self._names]
        self._rows = []
        return pa.table({name: pa.array(column, _TYPES[name]) for name, column in zip(self._names, columns, strict=True)})


def _is_blank(entry: Entry) -> bool:
    return isinstance(entry.content, bytes) and not entry.content.strip()


def _check_numbers(answer: Answer) -> None:
    for candidate in answer.candidates:
        # A fix that read a further set of critiques stands at a negative step: it is never an answer.
        step = -candidate.step if candidate.stage.startswith(FURTHER_FIXER) else candidate.step
        told = [critique for critique in candidate.critiques if critique.ordinal is not None]
        numbers = [("ordinal", critique.ordinal or 0) for critique in told]
        if candidate.parent is not None:
            numbers.append(("sample of the parent", candidate.parent.sample))
        if told and len({(critique.validator, critique.ordinal or 0) for critique in candidate.critiques}) < len(
            candidate.critiques
        ):
            raise EntryError(f"sample {candidate.sample}, stage {candidate.stage} has a critique twice")
        for name, number in (("sample", candidate.sample), ("step", step), *numbers):
            if not 0 <= number <= _MOST_SAMPLES:
                raise EntryError(f"{name} {number} is not between 0 and {_MOST_SAMPLES}")


def _is_there(
    lake: Lake,
    source: Source,
    benchmark: str,
    revision: str,
    format: Format,  # noqa: A002 - the word of the field
) -> bool:
    """Whether the run was imported from the same files; an error when it was made of something else."""
    row = lake.sql("SELECT benchmark, revision, format, sources FROM runs WHERE run = $run", run=source.run).fetchone()
    if row is None:
        return False
    *known, files_json = row
    same_files = [file["sha256"] for file in json.loads(files_json)] == [file_sha256(path) for path in source.paths]
    if known == [benchmark, revision, format.name] and same_files:
        return True
    what = f"answers to {known[0]} revision {known[1]}, in format {known[2]}" if same_files else "other files"
    raise StoreError(f"There is a run {source.run} already, imported from {what}.", "Give this one another name with --run NAME.")
