"""One question as one JSON value: golds with their results, and the candidates of runs grouped by what they returned.

Candidates with equal results are one group; SQL that failed is grouped by its error. Identical SQL of a group is one answer with
all the samples that wrote it. Everything is text that can be shown: control characters are spelt out, and what is cut says so.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from store import Lake
from store.output import visible
from text2sql_data.datasets.source import stage_rows
from text2sql_data.lookups import require
from text2sql_data.schema.rendering import schema_text
from text2sql_eval.learnt import Looked, look
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.reports.diffs import difference, formatted
from text2sql_eval.reports.made import envelope
from text2sql_eval.reports.question.find import find, rows
from text2sql_eval.reports.results import cut, result

Report = dict[str, Any]
Row = dict[str, Any]

_TEXT = 4_000


class Options(NamedTuple):
    """How the page is made.

    Attributes:
        runs: Candidates of these runs; empty is all that answer the question, but those whose models were trained on it.
        gate: Which SQL of a sample is its final answer.
        gold_revision: The gold that SQL is compared with.
        schema_form: Form of the schema (see `text2sql_data.schema.rendering`).
        title: Heading of the page.
        allow_trained: Show runs whose model was trained on the question too.
    """

    runs: Sequence[str] = ()
    gate: str = "exec_ok"
    gold_revision: str = "original"
    schema_form: str = "ddl"
    title: str = ""
    allow_trained: bool = False


def question_report(lake: Lake, benchmark: str, question: str, options: Options | None = None) -> Report:
    """Everything that is known about one question.

    Args:
        lake: The lake, now or at a version.
        benchmark: Its benchmark.
        question: Its position, its id, or `id:` and its id.
        options: How.

    Raises:
        QuestionNotFoundError: There is no such question, or several have the id.
        NameNotFoundError: A run, benchmark or gold revision is not in the lake.
        FormNotFoundError: There is no such form of a schema.
        TrainedQuestionsError: A model of a run was trained on the question, that is not allowed, and the run is named or no other
            answers it.
    """
    options = options or Options()
    require(lake, "run", options.runs)
    if options.gold_revision != "original":  # a benchmark without golds has not even that
        require(lake, "gold_revision", [options.gold_revision])
    asked = find(lake, benchmark, question)
    key = {name: asked[name] for name in ("benchmark", "revision", "position")}
    answering = [run["run"] for run in rows(lake, "runs_of", **key)]
    runs = [run for run in options.runs if run in answering] if options.runs else answering
    looked = _learnt(lake, runs, key, allow=options.allow_trained, named=bool(options.runs))
    runs = [run for run in runs if run not in looked.runs]
    golds = rows(lake, "golds", **key, database=asked["database"])
    at = {"runs": runs, "position": asked["position"]}
    candidates = rows(lake, "candidates", **at, gate=options.gate)
    every = [str(row["candidate"]) for row in candidates]
    said = {
        "labels": _by_candidate(rows(lake, "labels", **at)),
        "critiques": _by_candidate(rows(lake, "critiques", candidates=every)),
        "scores": _by_candidate(rows(lake, "scores", candidates=every, gate=options.gate)),
    }
    picks = rows(lake, "picks", **at, gate=options.gate)
    gold = next((row for row in golds if row["gold_revision"] == options.gold_revision), golds[0] if golds else None)
    groups = _groups(candidates, said, picks, runs, gold)
    place_of = {
        candidate: group["number"] for group in groups for answer in group["answers"] for candidate in answer["candidates"]
    }
    return {
        **envelope("question", lake, options.title or f"{benchmark}, question {asked['position']}"),
        "options": {
            "runs": list(options.runs),
            **{name: getattr(options, name) for name in ("gate", "gold_revision", "schema_form", "allow_trained")},
        },
        **key,
        **{name: asked[name] for name in ("question_id", "db_id", "difficulty")},
        "question": visible(asked["question"]),
        "evidence": visible(asked["evidence"]),
        "schema": None if asked["schema"] is None else visible(schema_text(asked["schema"], options.schema_form)),
        "runs": runs,
        "in_training": in_training(looked.learnt),
        "left_out": in_training(looked.left_out),
        "not_answering": [run for run in options.runs if run not in answering],
        "final": sum(bool(row["final"]) for row in candidates),
        "candidates": len(candidates),
        "golds": [_gold(row) for row in golds],
        "compared_gold": None if gold is None else gold["gold_revision"],
        "selectors": sorted({score["name"] for of in said["scores"].values() for score in of} | {pick["name"] for pick in picks}),
        "picks": [_pick(pick, place_of, candidates) for pick in picks],
        "groups": groups,
    }


def _learnt(lake: Lake, runs: Sequence[str], key: Row, *, allow: bool, named: bool) -> Looked:
    """What the models of the runs learnt of the question."""
    with lake.scratch() as scratch:
        columns = ("run VARCHAR", "benchmark VARCHAR", "revision VARCHAR", "position INTEGER")
        stage_rows(scratch, "answering", columns, [(run, key["benchmark"], key["revision"], key["position"]) for run in runs])
        return look(lake, scratch, "FROM answering", allow=allow, named=named)


def _by_candidate(found: list[Row]) -> dict[Any, list[Row]]:
    of: dict[Any, list[Row]] = {}
    for row in found:
        of.setdefault(row["candidate"], []).append(row)
    return of


def _gold(row: Row) -> Row:
    return {
        "gold_revision": row["gold_revision"],
        "sql": visible(row["sql"]),
        "lines": [visible(line) for line in formatted(row["sql"])],
        "status": row["status"],
        "error": cut(row["error"], 200),
        "result": result(row["preview"], row["columns"], row["n_rows"]),
    }


def _pick(pick: Row, place_of: dict[str, int], candidates: list[Row]) -> Row:
    """A pick with the group and the sample that it is of."""
    of = next((row for row in candidates if row["candidate"] == pick["candidate"]), None)
    return {
        **{name: pick[name] for name in ("run", "name", "method", "k", "score", "margin", "tied", "tie_break", "reason")},
        "group": place_of.get(str(pick["candidate"])),
        "sample": None if of is None else of["sample"],
    }


def _groups(
    candidates: list[Row], said: dict[str, dict[Any, list[Row]]], picks: list[Row], runs: list[str], gold: Row | None
) -> list[Row]:
    """Candidates with equal results together, the group with the most final answers first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in candidates:
        same = str(row["set_digest"]) if row["status"] == "ok" else row["error"] or ""
        found.setdefault((row["status"], same), []).append(row)
    picked: dict[Any, list[Row]] = {}
    for pick in picks:
        picked.setdefault(pick["candidate"], []).append(pick)
    ordered = sorted(
        found.values(), key=lambda of: (-sum(bool(row["final"]) for row in of), of[0]["sample"], runs.index(of[0]["run"]))
    )
    return [_group(number, of, said, picked, gold) for number, of in enumerate(ordered, 1)]


def _group(
    number: int, of: list[Row], said: dict[str, dict[Any, list[Row]]], picked: dict[Any, list[Row]], gold: Row | None
) -> Row:
    first = of[0]
    verdicts: dict[tuple[str, str], set[tuple[str, str | None]]] = {}
    for row in of:
        for label in said["labels"].get(row["candidate"], ()):
            verdicts.setdefault((label["gold_revision"], label["comparator"]), set()).add((label["verdict"], label["reason"]))
    answers: dict[str | None, list[Row]] = {}
    for row in of:
        answers.setdefault(row["sql"], []).append(row)
    return {
        "number": number,
        "status": first["status"],
        "error": cut(first["error"], 200),
        "result": result(first["preview"], first["columns"], first["n_rows"]),
        "is_gold": bool(gold and first["status"] == "ok" and first["set_digest"] == gold["set_digest"]),
        "final": sum(bool(row["final"]) for row in of),
        "candidates": len(of),
        "labels": [
            {"gold_revision": revision, "comparator": comparator, "verdict": _agreed(labels), "reason": next(iter(labels))[1]}
            for (revision, comparator), labels in verdicts.items()
        ],
        "picked_by": [{name: pick[name] for name in ("name", "run")} for row in of for pick in picked.get(row["candidate"], ())],
        "answers": [_answer(sql, members, said, picked, gold) for sql, members in answers.items()],
    }


def _agreed(labels: set[tuple[str, str | None]]) -> str:
    """The verdict on all of a group; mixed where candidates with one result are judged differently."""
    verdicts = {verdict for verdict, _ in labels}
    return verdicts.pop() if len(verdicts) == 1 else "mixed"


def _answer(
    sql: str | None, of: list[Row], said: dict[str, dict[Any, list[Row]]], picked: dict[Any, list[Row]], gold: Row | None
) -> Row:
    """One SQL and everybody who wrote it."""
    lines: list[list[Any]] | None = None
    same_as_gold = False
    if sql is not None and gold is not None:
        made = difference(gold["sql"], sql)
        lines = [[_parts(line.rejected), _parts(line.chosen), line.same] for line in made.lines]
        same_as_gold = all(line.same for line in made.lines)
        if same_as_gold:
            lines = _plain(sql)
    elif sql is not None:
        lines = _plain(sql)
    return {
        "sql": cut(sql, _TEXT),
        "lines": lines,
        "same_as_gold": same_as_gold,
        "candidates": [str(row["candidate"]) for row in of],
        "written": [_written(row, said, picked) for row in of],
    }


def _written(row: Row, said: dict[str, dict[Any, list[Row]]], picked: dict[Any, list[Row]]) -> Row:
    return {
        **{name: row[name] for name in ("run", "sample", "stage", "logprob", "tokens")},
        "final": bool(row["final"]),
        "saw_gold": bool(row["saw_gold"]),
        "scores": {score["name"]: score["score"] for score in said["scores"].get(row["candidate"], ())},
        "picked_by": [pick["name"] for pick in picked.get(row["candidate"], ())],
        "critiques": [
            {
                **{name: critique[name] for name in ("validator", "regime", "verdict", "logprob", "post_hoc")},
                "text": cut(critique["text"], _TEXT),
            }
            for critique in said["critiques"].get(row["candidate"], ())
        ],
    }


def _plain(sql: str) -> list[list[Any]]:
    """Lines that are compared with nothing."""
    return [[None, [[visible(line), False]], True] for line in formatted(sql)]


def _parts(parts: list[tuple[str, bool]] | None) -> list[list[Any]] | None:
    return None if parts is None else [[visible(text), changed] for text, changed in parts]
