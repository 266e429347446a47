"""What turns of repair, or fixes, made of first answers: by type of the first error, and by who could have seen it.

A repair that the prompt had the gold for counts as a repair, and `saw_gold` says that there are such. What is said of a scope is
what the repairs that were made come to when those of other errors are taken back; a system that repairs only these may be asked
differently, and do better or worse.
"""

from collections import Counter
from collections.abc import Sequence

from store import Lake
from store.tables import views
from text2sql_eval.declared import gold_feedback
from text2sql_eval.taxonomy.model import Attempts, Repairs, Route, ScopeEffect, Transition, TypeRepair, Unit
from text2sql_eval.taxonomy.staging import staged, text

_SCOPES = {
    "none": frozenset[str](),
    "online": frozenset({"online"}),
    "online_guarded": frozenset({"online", "guarded"}),
    "verified": frozenset({"online", "guarded", "external"}),
}


def repairs(
    lake: Lake,
    runs: Sequence[str] | None = None,
    *,
    comparator: str = "bird",
    gold_revision: str = "original",
    gate: str = "exec_ok",
    unit: Unit = "question",
    attempts: Attempts = "best",
    allow_trained: bool = False,
) -> list[Repairs]:
    """Count repairs.

    Args:
        lake: The lake, now or at a version.
        runs: The runs; None or none are all that have labels. Those without later turns have no repairs.
        comparator: Comparator of the verdicts; `file:RUN` for the flags of an imported file, with the errors that it states.
        gold_revision: Gold revision of the verdicts.
        gate: Which fixes count: exec_ok, critique or always. Repair turns always count.
        unit: question: all samples of a turn together. sample: each sample by itself.
        attempts: Which attempt stands for a turn in which several failed. best: of those that execute, else of all, the lowest
            sample. claimed: as published reports have it, by the times that the source states.
        allow_trained: Count questions that the model of a run was trained on too.

    Raises:
        NothingToCountError: No question of the runs counts under the comparator.
        NameNotFoundError: A run, the comparator or the gold revision is not in the lake.
        TrainedQuestionsError: A model of a run was trained on questions that count, and that is not allowed.
    """
    with staged(lake, runs, comparator=comparator, gold_revision=gold_revision, gate=gate, allow_trained=allow_trained) as (
        scratch,
        totals,
        *_,
    ):
        scratch.execute(
            f"CREATE TEMP TABLE taxonomy_repairs AS SELECT * FROM ({views()['repairs'].select}) "
            "WHERE gate = $gate AND unit = $unit AND attempts = $attempts",
            gate=gate,
            unit=unit,
            attempts=attempts,
        )
        statuses: dict[str, dict[str, int]] = {}
        for run, status, n in scratch.execute(text("repair_statuses")).fetchall():
            statuses.setdefault(run, {})[status] = n
        counts: dict[str, list[tuple[Route, str, int]]] = {}
        for run, error_type, detectable, verifier, route, scope, became, n in scratch.execute(text("repair_counts")).fetchall():
            of = Route(error_type, detectable, tuple(verifier), route, scope, 0)
            counts.setdefault(run, []).append((of, became, n))
    helped = gold_feedback(lake, gate)
    found = []
    for total in totals:
        ends, rows = statuses.get(total.run, {}), counts.get(total.run, [])
        types = _types(rows)
        errors, repaired = (sum(getattr(one, name) for one in types) for name in ("first_turn_errors", "repaired"))
        found.append(
            Repairs(
                total.run,
                unit,
                attempts,
                sum(ends.values()),
                ends,
                errors,
                repaired,
                repaired / errors if errors else None,
                types,
                [Transition(route.error_type, became, n) for route, became, n in rows],
                _routes(rows),
                _effects(rows, ends),
                total.excluded,
                helped[total.run].saw_gold if total.run in helped else 0,
            )
        )
    return found


def _types(rows: Sequence[tuple[Route, str, int]]) -> list[TypeRepair]:
    ends: dict[str, Counter[str]] = {}
    for route, became, n in rows:
        ends.setdefault(route.error_type, Counter())[became] += n
    found = []
    for error_type, counts in sorted(ends.items(), key=lambda one: (-one[1].total(), one[0])):
        errors, repaired = counts.total(), counts.pop("repaired", 0)
        failed = dict(sorted(counts.items()))
        found.append(TypeRepair(error_type, errors, repaired, errors - repaired, repaired / errors, failed))
    return found


def _routes(rows: Sequence[tuple[Route, str, int]]) -> list[Route]:
    totals: Counter[Route] = Counter()
    for route, _, n in rows:
        totals[route] += n
    return [route._replace(n=n) for route, n in sorted(totals.items(), key=lambda one: (-one[1], one[0].error_type))]


def _effects(rows: Sequence[tuple[Route, str, int]], ends: dict[str, int]) -> list[ScopeEffect]:
    n = sum(ends.values())
    at_once = ends.get("correct_first_turn", 0) + ends.get("broken", 0)
    found = []
    for name, scopes in _SCOPES.items():
        seen = [(became, count) for route, became, count in rows if route.scope in scopes]
        repaired = sum(count for became, count in seen if became == "repaired")
        correct = at_once + repaired
        found.append(ScopeEffect(name, sum(count for _, count in seen), repaired, correct, correct / n if n else None))
    return found
