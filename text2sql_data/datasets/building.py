"""Building: a recipe over one snapshot becomes rows, each in a split, and drops with their reasons, in temporary tables.

The order of the steps: make every row; leave out repetitions and contradictions; look for overlaps; divide; audit the tokens;
let filters choose; balance; prove that the splits share nothing; refuse a dataset without a row. The same recipe over the same
snapshot gives the same rows on any machine.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from store import Lake, StoreError
from store.ids import JSON, canonical_json, content_id
from store.scratch import Scratch
from text2sql_data.datasets import auditing, overlaps, splitting, statistics
from text2sql_data.datasets.kinds import (
    grpo,
    kto,
    preference,
    selector_features,
    selector_listwise,
    selector_pairwise,
    selector_pointwise,
    sft,
    verl,
)
from text2sql_data.datasets.kinds.pairs import keep, require_pair_sets
from text2sql_data.datasets.questions import normalised
from text2sql_data.datasets.reading import plain
from text2sql_data.datasets.recipe import Kto, Preference, Recipe
from text2sql_data.datasets.rows import Drop, Example
from text2sql_data.datasets.source import Source, text
from text2sql_data.lookups import require

if TYPE_CHECKING:
    import pyarrow as pa

Maker = Callable[[Source, Any], Iterator[Example | Drop]]

MAKERS: Mapping[str, Maker] = {
    module.KIND: module.examples
    for module in (sft, selector_pointwise, selector_pairwise, selector_listwise, selector_features, preference, kto, grpo, verl)
}
"""What makes the rows of each kind."""

_BATCH = 2_000
_CLAIMS = {
    "selector_pointwise": ("prompt",),
    "selector_pairwise": ("prompt",),
    "selector_listwise": ("prompt",),
    "kto": ("prompt", "completion"),
}
_DETAILS = {
    "duplicate": "another row has the very same content",
    "contradiction": "another row says the opposite of the same",
    "no_group": "nobody knows its database or question, so it cannot be kept apart",
    "question_in_other_split": "another split has a question with the same text",
}
_FILTERS = "Loosen the filters of the recipe: its caps, or what it leaves out."
_REMEDIES = {
    "two_prompts": "Set kind: kto, which takes each side with its own prompt; or two_prompts: chosen.",
    "no_prompt": "Render prompts where none were recorded: set prompt: recorded_or:NAME, the name of a template (or agent).",
    "no_group": "Divide by what is known of the rows: set split.by to database (or question).",
    "overlap": "Read what is not of a benchmark of against, or allow what may be shared with overlap.by.",
    "too_long": "Raise audit.max_length, or shorten the prompts (schema: compact, result).",
    "balance": "There is only one class: set negatives: natural.",
    "unknown_label": "Execute and label the runs again: t2s execute, t2s label.",
    **dict.fromkeys(("cap", "type", "origin", "reward_margin", "edit_ratio", "length_ratio", "near_duplicate"), _FILTERS),
    **dict.fromkeys(("executability_unknown", "not_executable", "margin_unknown"), _FILTERS),
}
"""What to do when a reason leaves nothing of a dataset."""


class EmptyDatasetError(StoreError):
    """No row of a dataset is left."""


class Built(NamedTuple):
    """A dataset that was built.

    Attributes:
        name: Its name.
        kind: Its kind.
        recipe: The recipe, with every default written out.
        templates: sha256 of every prompt template that was rendered, by name.
        parents: What it was built from: `{"kind": "benchmark", "name": ..., "revision": ...}`, runs and pair sets.
        summary: Statistics: rows, balance, drops by reason, audit, overlaps.
    """

    name: str
    kind: str
    recipe: dict[str, JSON]
    templates: dict[str, str]
    parents: list[dict[str, JSON]]
    summary: dict[str, JSON]


def build(lake: Lake, scratch: Scratch, recipe: Recipe) -> Built:
    """Build a dataset into temporary tables.

    It leaves in the scratch:

    - `built_rows`: split, row, place (order within the split, from 0), benchmark, revision, position, db_id, sources, content;
    - `built_drops`: row, benchmark, revision, position, reason, detail.

    Args:
        lake: The lake at the snapshot.
        scratch: Temporary tables of that lake.
        recipe: What to build.

    Raises:
        NameNotFoundError: The recipe names a run, benchmark, comparator or gold revision that is not there.
        OverlapError: The rows overlap with what the recipe keeps away from.
        TooLongError: More rows are too long than the recipe allows.
        SplitError: The rows cannot be divided as the recipe says.
        EmptyDatasetError: No row is left.
    """
    source = Source(scratch, recipe, _benchmarks(lake, recipe))
    _require_names(lake, source, recipe)
    kind = str(recipe.__struct_config__.tag)
    source.schemas()
    _make(source, MAKERS[kind](source, recipe), kind)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE judged_rows AS {text('judged_rows')}")
    _drop(scratch, "judged_rows", "drop IS NOT NULL")
    splitting.stage_database_groups(scratch)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE keyed_rows AS {text('keyed_rows')}")
    shared = overlaps.look(scratch, recipe)
    scratch.execute("CREATE OR REPLACE TEMP TABLE kept_rows AS FROM keyed_rows ANTI JOIN overlapping_rows USING (row)")
    _drop(scratch, "keyed_rows JOIN overlapping_rows USING (row)", "true", "'overlap'", "detail")
    splitting.divide(scratch, recipe.split)
    _drop(scratch, "split_rows", "drop IS NOT NULL")
    audited = _audit(scratch, recipe)
    _filter(scratch, recipe)
    _balance(scratch, recipe)
    splitting.prove(scratch, recipe.split)
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE built_rows AS {text('built_rows')}")
    summary = statistics.summary(scratch)
    if not summary["rows"]:
        raise _empty(scratch, recipe)
    summary["audit"] = audited
    summary["overlaps"] = {"against": list(recipe.against), "by": list(recipe.overlap.by), "questions": len(shared)}
    return Built(recipe.name, kind, plain(recipe), source.prompter.used, _parents(scratch, recipe), summary)


def _empty(scratch: Scratch, recipe: Recipe) -> EmptyDatasetError:
    """Why no row is left, and what to do about the most frequent reason."""
    drops = scratch.execute(
        "SELECT reason, count(*) AS rows, min(detail) FROM built_drops GROUP BY reason ORDER BY rows DESC, reason"
    ).fetchall()
    if not drops:
        hint = "Label the runs with the comparator of the recipe (t2s label), or name pair sets that have pairs."
        return EmptyDatasetError(f"The dataset {recipe.name} has no row: there was nothing to make one of.", hint)
    told = ", ".join(f"{reason} {rows:,}" for reason, rows, _ in drops)
    reason, _, detail = drops[0]
    return EmptyDatasetError(
        f"The dataset {recipe.name} has no row. Left out are: {told}. One that is {reason}: {detail}.",
        _REMEDIES.get(reason, "docs/datasets.md says under Reasons of drops what each of them means."),
    )


def _benchmarks(lake: Lake, recipe: Recipe) -> list[str]:
    """The benchmarks whose questions matter: those of the rows, and those to keep away from."""
    runs, pair_sets = list(getattr(recipe, "runs", ())), list(getattr(recipe, "pair_sets", ()))
    of_runs = lake.sql("SELECT DISTINCT benchmark FROM runs WHERE list_contains($runs::VARCHAR[], run)", runs=runs).fetchall()
    of_pairs = lake.sql(
        "SELECT DISTINCT benchmark FROM pairs WHERE list_contains($sets::VARCHAR[], pair_set) AND benchmark IS NOT NULL",
        sets=pair_sets,
    ).fetchall()
    told = [*getattr(recipe, "benchmarks", ()), *getattr(recipe, "golds", ()), *recipe.against]
    return [*told, *(name for (name,) in of_runs + of_pairs)]


def _require_names(lake: Lake, source: Source, recipe: Recipe) -> None:
    """Refuse names that are not in the lake; an empty dataset would hide a misspelt one."""
    require(lake, "benchmark", [*getattr(recipe, "benchmarks", ()), *getattr(recipe, "golds", ()), *recipe.against])
    require(lake, "run", list(getattr(recipe, "runs", ())))
    if getattr(recipe, "runs", ()):
        require(lake, "comparator", [str(getattr(recipe, "comparator", "bird"))])
    if hasattr(recipe, "gold_revision"):
        require(lake, "gold_revision", [recipe.gold_revision])
    require_pair_sets(source, list(getattr(recipe, "pair_sets", ())))


def _make(source: Source, items: Iterator[Example | Drop], kind: str) -> None:
    """Put what a kind yields into `made_rows` and `built_drops`.

    It goes over a file: the kind reads from the scratch while it yields, and nothing else may run on it meanwhile.
    """
    import pyarrow as pa

    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.arrow" for name in ("rows", "drops")}
        schemas = {"rows": _rows_schema(), "drops": _drops_schema()}
        writers = {name: pa.ipc.new_file(str(path), schemas[name]) for name, path in files.items()}
        waiting: dict[str, list[dict[str, object]]] = {"rows": [], "drops": []}
        for item in items:
            name, row = (
                ("drops", _drop_row(item)) if isinstance(item, Drop) else ("rows", _made_row(item, kind, source.recipe.seed))
            )
            waiting[name].append(row)
            if len(waiting[name]) == _BATCH:
                writers[name].write_table(pa.Table.from_pylist(waiting.pop(name), schemas[name]))
                waiting[name] = []
        for name, writer in writers.items():
            writer.write_table(pa.Table.from_pylist(waiting[name], schemas[name]))
            writer.close()
            with pa.memory_map(str(files[name])) as mapped:
                source.scratch.stage(f"spooled_{name}", pa.ipc.open_file(mapped).read_all())
    source.scratch.execute(text("made_rows"))


def _rows_schema() -> "pa.Schema":
    import pyarrow as pa

    texts = ("row", "benchmark", "revision", "db_id", "label", "type", "sources", "content")
    digests = ("prompt_key", "content_digest", "claim", "stance", "draw")
    return pa.schema([*((name, pa.string()) for name in texts + digests), ("position", pa.int32())])


def _drops_schema() -> "pa.Schema":
    import pyarrow as pa

    texts = ("row", "benchmark", "revision", "reason", "detail")
    return pa.schema([*((name, pa.string()) for name in texts), ("position", pa.int32())])


def _made_row(example: Example, kind: str, seed: int) -> dict[str, object]:
    content = canonical_json(example.content)
    prompt = example.content["prompt"]
    claim, stance = _claim(example, kind)
    return {
        "row": str(example.row),
        "benchmark": example.question.benchmark,
        "revision": example.question.revision,
        "position": example.question.position,
        "db_id": example.question.db_id,
        "label": example.label,
        "type": example.type,
        "prompt_key": content_id("prompt", normalised(prompt if isinstance(prompt, str) else canonical_json(prompt))).hex,
        "content_digest": str(content_id(content)),
        "claim": claim,
        "stance": stance,
        "draw": content_id(str(seed), str(example.row)).hex,
        "sources": canonical_json(example.sources),
        "content": content,
    }


def _claim(example: Example, kind: str) -> tuple[str | None, str | None]:
    """What a row is about, and what it says: two rows that say different things about the same contradict each other."""
    content = example.content
    if kind == "preference":
        chosen, rejected = canonical_json(content["chosen"]), canonical_json(content["rejected"])
        return content_id(canonical_json(content["prompt"]), *sorted((chosen, rejected))).hex, chosen
    if kind in _CLAIMS:
        return content_id(*(canonical_json(content[column]) for column in _CLAIMS[kind])).hex, example.label
    return None, None


def _drop_row(drop: Drop) -> dict[str, object]:
    place = {"benchmark": drop.question.benchmark, "revision": drop.question.revision, "position": drop.question.position}
    return {"row": str(drop.row), **place, "reason": drop.reason, "detail": drop.detail}


def _drop(scratch: Scratch, rows: str, where: str, reason: str = "drop", detail: str = "") -> None:
    """Add rows of a table to `built_drops`."""
    told = detail or "CASE " + " ".join(f"WHEN drop = '{name}' THEN '{text_}'" for name, text_ in _DETAILS.items()) + " END"
    scratch.execute(
        f"INSERT INTO built_drops SELECT row, benchmark, revision, position, {reason}, {told} FROM (FROM {rows}) WHERE {where}"
    )


def _audit(scratch: Scratch, recipe: Recipe) -> JSON:
    """Audit the rows of `split_rows`, and leave those that stay in `divided_rows`."""
    report = None
    scratch.execute("CREATE OR REPLACE TEMP TABLE divided_rows AS SELECT * EXCLUDE (drop) FROM split_rows WHERE drop IS NULL")
    if recipe.audit is not None:
        report = auditing.audit(scratch, recipe.audit, auditing.load(recipe.audit.tokenizer))
        if recipe.audit.long == "drop":
            told = f"{{}}: {{}} tokens, {{}} of the prompt; max_length {recipe.audit.max_length}"
            detail = f"format('{told}', fate, tokens, prompt_tokens)"
            _drop(scratch, "divided_rows JOIN row_fates USING (row, split)", "fate <> 'kept'", "'too_long'", detail)
            scratch.execute("DELETE FROM divided_rows WHERE row IN (SELECT row FROM row_fates WHERE fate <> 'kept')")
    return report


def _filter(scratch: Scratch, recipe: Recipe) -> None:
    """Leave out of `divided_rows` what the recipe's filters do not choose."""
    if not isinstance(recipe, Preference | Kto) or recipe.filters is None or not recipe.pair_sets:
        return
    if not scratch.execute("FROM divided_rows LIMIT 1").fetchall():
        return  # no name in a filter could be told from a misspelt one; that there is no row is an error of its own
    keep(scratch, recipe)
    _drop(scratch, "divided_rows JOIN unchosen_rows USING (row)", "true", "reason", "detail")
    scratch.execute("DELETE FROM divided_rows WHERE row IN (SELECT row FROM unchosen_rows)")


def _balance(scratch: Scratch, recipe: Recipe) -> None:
    """Thin the larger class of `divided_rows` where the recipe wants as many of one as of the other."""
    if getattr(recipe, "negatives", "natural") == "natural":
        return
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE balanced_rows AS {text('balanced_rows')}")
    detail = "'beyond the ' || smaller || ' rows of the smaller class in ' || split"
    _drop(scratch, "divided_rows JOIN balanced_rows USING (row)", "too_many", "'balance'", detail)
    scratch.execute("DELETE FROM divided_rows WHERE row IN (SELECT row FROM balanced_rows WHERE too_many)")


def _parents(scratch: Scratch, recipe: Recipe) -> list[dict[str, JSON]]:
    """What the dataset was built from."""
    benchmarks = scratch.execute(
        "SELECT DISTINCT benchmark, revision FROM built_rows WHERE benchmark IS NOT NULL ORDER BY ALL"
    ).fetchall()
    parents: list[dict[str, JSON]] = [{"kind": "benchmark", "name": name, "revision": revision} for name, revision in benchmarks]
    parents += [{"kind": "run", "name": name} for name in sorted(getattr(recipe, "runs", ()))]
    return parents + [{"kind": "pair_set", "name": name} for name in sorted(getattr(recipe, "pair_sets", ()))]
