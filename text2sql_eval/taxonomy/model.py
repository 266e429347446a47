"""The figures of the taxonomy, as its functions return them and reports print them. Shares are from 0 to 1."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from text2sql_eval.learnt import Learnt

Stage = Literal["first", "final"]
Unit = Literal["question", "sample"]
Attempts = Literal["best", "claimed"]

ERROR_TYPES: Final = (
    "missing_candidate",
    "syntax_error",
    "no_such_table",
    "no_such_column",
    "ambiguous_column",
    "no_such_function",
    "other_execution_error",
    "rejected",
    "timeout",
    "memory",
    "crashed",
    "empty_result",
    "wrong_row_count",
    "wrong_result",
    "undecodable",
    "unclassified",
)
"""The types of errors, in the order of what happens to a SQL."""

UNANSWERED: Final = frozenset({"timeout", "memory", "crashed"})
"""Types that are not known to be wrong: the machine gave no answer."""


class Total(NamedTuple):
    """What was looked at of a run.

    Attributes:
        run: Run.
        system: System of the run.
        benchmark: Benchmark.
        revision: Revision of the benchmark.
        questions: Questions that count.
        answers: Their answers at the stage: one a sample.
        correct: Correct ones.
        unanswered: Those that timed out, ran out of memory or crashed.
        excluded: Questions that do not count, by reason.
    """

    run: str
    system: str
    benchmark: str
    revision: str
    questions: int
    answers: int
    correct: int
    unanswered: int
    excluded: dict[str, int]


class TypeCount(NamedTuple):
    """Answers with one type of error, the questions that they are about, and their share of all answers of the run."""

    run: str
    error_type: str
    answers: int
    questions: int
    share: float


class ClauseCount(NamedTuple):
    """Answers with one type of error that differ from the gold in a clause; an answer may differ in several.

    Clauses are those of `clauses.CLAUSES`; besides, `none` (as parsed, both are the same), `not_parsed`, and `not_compared`
    (there is no SQL, or the lake is read as it was earlier). `share` is that of the answers with this type of error.
    """

    run: str
    error_type: str
    clause: str
    answers: int
    share: float


class DatabaseCount(NamedTuple):
    """Answers about one database with one type of error; `share` is that of the answers about it."""

    run: str
    db_id: str
    error_type: str
    answers: int
    share: float


class Taxonomy(NamedTuple):
    """The errors of runs, by type, by clause and by database. `clauses` is empty unless it was asked for.

    `learnt` is what the models of the runs learnt of the questions that count, `left_out` why runs that were not named are left
    out: their models were trained on questions that would count.
    """

    comparator: str
    gold_revision: str
    gate: str
    stage: Stage
    version: int
    totals: list[Total]
    types: list[TypeCount]
    clauses: list[ClauseCount]
    databases: list[DatabaseCount]
    learnt: Sequence[Learnt] = ()
    left_out: Sequence[Learnt] = ()


class TypeRepair(NamedTuple):
    """What became of the errors of one type in the first turn; `final_types` counts the types that failed ones ended with."""

    error_type: str
    first_turn_errors: int
    repaired: int
    failed: int
    repair_rate: float
    final_types: dict[str, int]


class Transition(NamedTuple):
    """How many errors of one type became repaired, or ended as errors of a type."""

    first_type: str
    became: str
    n: int


class Route(NamedTuple):
    """What a type of error is for, and how many of the first turn have it."""

    error_type: str
    detectable: str
    verifier: tuple[str, ...]
    route: str
    scope: str
    n: int


class ScopeEffect(NamedTuple):
    """What a run comes to where only errors of some scopes are repaired.

    Attributes:
        scope: none, online, online_guarded, or verified: whatever is wrong.
        seen: Errors of the first turn that are repaired.
        repaired: Those that were.
        correct: Questions, or samples, that are correct in the end.
        value: Their share.
    """

    scope: str
    seen: int
    repaired: int
    correct: int
    value: float | None


class Repairs(NamedTuple):
    """What the turns of a run, or its fixes, made of its first answers.

    Attributes:
        run: Run.
        unit: question: all samples of a turn together; sample: each by itself.
        attempts: Which attempt stands for a turn in which several failed.
        n: Questions, or samples, that count.
        statuses: How many are correct_first_turn, repaired, failed, broken.
        first_turn_errors: Those whose first turn had no correct attempt.
        repaired: Those of them with a correct later one.
        repair_rate: Their share; None where there is no error.
        types: By type of the first error, the most frequent first.
        transitions: From types to what became of them, the most frequent first.
        routes: What can be done about the types that there are.
        effects: What the run comes to under each scope of repair.
        excluded: Questions that do not count, by reason.
        saw_gold: Final answers that were made with feedback from the gold.
    """

    run: str
    unit: Unit
    attempts: Attempts
    n: int
    statuses: dict[str, int]
    first_turn_errors: int
    repaired: int
    repair_rate: float | None
    types: list[TypeRepair]
    transitions: list[Transition]
    routes: list[Route]
    effects: list[ScopeEffect]
    excluded: dict[str, int]
    saw_gold: int


class ColumnPattern(NamedTuple):
    """Wrong columns of one kind: candidates, distinct SQL, questions; and what the next turn did, where there was one.

    Attributes:
        pattern: See `columns.PATTERNS`.
        candidates: Candidates.
        statements: Distinct SQL.
        questions: Questions.
        asked_again: Candidates that a later one was made from.
        mended: Those with a later one that executes.
        corrected: Those with a later one that is correct.
    """

    pattern: str
    candidates: int
    statements: int
    questions: int
    asked_again: int
    mended: int
    corrected: int


class WrongName(NamedTuple):
    """A name that the engine refused: in lower case, the table that its qualifier means, and the tables that have it."""

    db_id: str
    written: str
    pattern: str
    bound: str | None
    owners: tuple[str, ...]
    similar: str | None
    candidates: int


class ColumnErrors(NamedTuple):
    """The wrong columns of a run, in all turns.

    Attributes:
        run: Run.
        candidates: Candidates that were looked at.
        refused: Those that the engine refused because of a column.
        first_turn: Those of them in the first turn.
        needless_joins: Those that join a table of which no column is used.
        from_message: Those of which the message alone is known, because they could not be parsed.
        patterns: By pattern, the most frequent first.
        names: By name, the most frequent first.
    """

    run: str
    candidates: int
    refused: int
    first_turn: int
    needless_joins: int
    from_message: int
    patterns: list[ColumnPattern]
    names: list[WrongName]
