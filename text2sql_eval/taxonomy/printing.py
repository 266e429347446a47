"""How the taxonomy is printed: a row a run, type, database or name. Shares are in per cent; what was left out is said below."""

from collections.abc import Iterable, Sequence

import click

from store import output
from text2sql_eval.learnt import as_json as in_training
from text2sql_eval.learnt import sentence
from text2sql_eval.taxonomy.clauses import CLAUSES
from text2sql_eval.taxonomy.columns import PATTERNS
from text2sql_eval.taxonomy.model import ERROR_TYPES, ColumnErrors, Repairs, Taxonomy

_TEXT = frozenset(
    {"run", "database", "error type", "detectable", "verifier", "route", "scope", "repaired are", "failed ones end as"}
)
_TEXT_OF_COLUMNS = frozenset({"pattern", "name", "table meant", "tables that have it", "similar"})
_BESIDE = ("none", "not_parsed", "not_compared")
_NAMES = 10

Cells = Sequence[Sequence[str]]


def as_json(value: object) -> object:
    """Figures as JSON has them: each structure an object."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {key: as_json(item) for key, item in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value


def whole(errors: Taxonomy, repaired: Sequence[Repairs], columns: Sequence[ColumnErrors]) -> dict[str, object]:
    """Everything as one object of JSON."""
    return {
        "taxonomy": {name: as_json(value) for name, value in errors._asdict().items() if name not in {"learnt", "left_out"}},
        "in_training": in_training(errors.learnt),
        "left_out": in_training(errors.left_out),
        "repairs": as_json(list(repaired)),
        "columns": as_json(list(columns)),
    }


def learnt(found: Taxonomy) -> None:
    """Say which of the questions models were trained on."""
    for one in found.learnt:
        click.echo(sentence(one))


def types(found: Taxonomy, *, as_markdown: bool) -> None:
    """A row a run: how many answers have each type of error."""
    counts = {(one.run, one.error_type): one.answers for one in found.types}
    there = _there(one.error_type for one in found.types)
    cells = [
        [total.run, str(total.answers), str(total.correct), *(str(counts.get((total.run, name), 0)) for name in there)]
        for total in found.totals
    ]
    _print(f"{_title(found)}: answers by type of error", ["run", "n", "correct", *there], cells, as_markdown=as_markdown)
    for total in found.totals:
        if total.unanswered:
            said = f"{total.unanswered} of {total.answers} answers timed out, ran out of memory or crashed"
            click.echo(f"{total.run}: {said}; they are not known to be wrong")


def clauses(found: Taxonomy, *, as_markdown: bool) -> None:
    """A row a run and type of error: in how many of its answers each clause differs from the gold."""
    counts = {(one.run, one.error_type, one.clause): one.answers for one in found.clauses}
    present = {one.clause for one in found.clauses}
    names = [*CLAUSES, *(name for name in _BESIDE if name in present)]
    cells = [
        [one.run, one.error_type, str(one.answers), *(str(counts.get((one.run, one.error_type, name), 0)) for name in names)]
        for one in found.types
    ]
    title = f"{_title(found)}: answers in which a clause differs from the gold; one may differ in several"
    _print(title, ["run", "error type", "answers", *names], cells, as_markdown=as_markdown)


def databases(found: Taxonomy, *, as_markdown: bool) -> None:
    """A row a run and database: how many answers about it are wrong, and how."""
    there = _there(one.error_type for one in found.databases)
    rows: dict[tuple[str, str], dict[str, int]] = {}
    sizes: dict[tuple[str, str], float] = {}
    for one in found.databases:
        rows.setdefault((one.run, one.db_id), {})[one.error_type] = one.answers
        sizes[one.run, one.db_id] = one.answers / one.share
    cells = [
        [*key, f"{sizes[key]:.0f}", f"{100 * sum(of.values()) / sizes[key]:.2f}", *(str(of.get(name, 0)) for name in there)]
        for key, of in rows.items()
    ]
    title = f"{_title(found)}: answers by database; databases without errors are left out"
    _print(title, ["run", "database", "n", "% not correct", *there], cells, as_markdown=as_markdown)


def repairs(found: Sequence[Repairs], *, as_markdown: bool) -> None:
    """A row a run, and a row a type of the first error."""
    unit = _unit(found)
    names = ["run", "n", "correct at once", "repaired", "failed", "broken", "errors at first", "% repaired"]
    cells = [
        [
            one.run,
            str(one.n),
            *(str(one.statuses.get(name, 0)) for name in ("correct_first_turn", "repaired", "failed", "broken")),
            str(one.first_turn_errors),
            _percent(one.repair_rate),
        ]
        for one in found
    ]
    _print(f"What became of {unit}", names, cells, as_markdown=as_markdown)
    cells = [
        [
            one.run,
            of.error_type,
            str(of.first_turn_errors),
            str(of.repaired),
            _percent(of.repair_rate),
            str(of.failed),
            ", ".join(f"{name} {n}" for name, n in sorted(of.final_types.items(), key=lambda end: (-end[1], end[0]))),
        ]
        for one in found
        for of in one.types
    ]
    names = ["run", "error type", "first turn", "repaired", "% repaired", "failed", "failed ones end as"]
    _print("By the error of the first turn", names, cells, as_markdown=as_markdown)
    _say_gold(found)


def routes(found: Sequence[Repairs], *, as_markdown: bool) -> None:
    """A row a run and type of the first error, with what it is for; and what a run comes to under each scope of repair."""
    names = ["run", "error type", "first turn", "detectable", "verifier", "route", "scope"]
    cells = [
        [one.run, of.error_type, str(of.n), of.detectable, ", ".join(of.verifier), of.route, of.scope]
        for one in found
        for of in one.routes
    ]
    _print(f"Errors of the first turn of {_unit(found)}, and what each is for", names, cells, as_markdown=as_markdown)
    cells = [
        [one.run, of.scope, str(of.seen), str(of.repaired), str(of.correct), str(one.n), _percent(of.value)]
        for one in found
        for of in one.effects
    ]
    names = ["run", "repaired are", "errors seen", "repaired", "correct", "n", "% correct"]
    _print("What repair comes to where only some errors are repaired", names, cells, as_markdown=as_markdown)
    _say_gold(found)


def columns(found: Sequence[ColumnErrors], *, as_markdown: bool) -> None:
    """A row a run and pattern, and a row a name."""
    names = ["run", "pattern", "candidates", "SQL", "questions", "asked again", "mended", "correct then"]
    cells = [[one.run, of.pattern, *map(str, of[1:])] for one in found for of in one.patterns]
    _print("Candidates refused because of a column, all turns", names, cells, as_markdown=as_markdown)
    for name in dict.fromkeys(of.pattern for one in found for of in one.patterns):
        click.echo(f"{name}: {PATTERNS[name]}")
    click.echo()
    names = ["run", "database", "name", "pattern", "table meant", "tables that have it", "similar", "candidates"]
    cells = [
        [one.run, of.db_id, of.written, of.pattern, of.bound or "", ", ".join(of.owners), of.similar or "", str(of.candidates)]
        for one in found
        for of in one.names[:_NAMES]
    ]
    _print("The names that were refused most", names, cells, as_markdown=as_markdown)
    for one in found:
        more = f"; {len(one.names) - _NAMES} more names" if len(one.names) > _NAMES else ""
        click.echo(
            f"{one.run}: {one.refused} of {one.candidates} candidates, {one.first_turn} of them in the first turn; "
            f"{one.needless_joins} join a table of which no column is used; {one.from_message} could not be parsed{more}"
        )


def excluded(left_out: Iterable[tuple[str, dict[str, int]]]) -> None:
    """Say what is in no count, runs with the same together."""
    lines: dict[str, list[str]] = {}
    for run, reasons in left_out:
        left = [f"{count} question{'s' if count > 1 else ''} excluded: {reason}" for reason, count in sorted(reasons.items())]
        if left:
            lines.setdefault("; ".join(left), []).append(run)
    for said, runs in lines.items():
        click.echo(f"{', '.join(runs)}: {said}")


def _title(found: Taxonomy) -> str:
    benchmarks = ", ".join(dict.fromkeys(total.benchmark for total in found.totals))
    gold = "" if found.gold_revision == "original" else f", gold revision {found.gold_revision}"
    return f"{benchmarks}, comparator {found.comparator}{gold}, {found.stage} answers"


def _unit(found: Sequence[Repairs]) -> str:
    return "samples" if any(one.unit == "sample" for one in found) else "questions"


def _say_gold(found: Sequence[Repairs]) -> None:
    for one in found:
        if one.saw_gold:
            said = f"{one.saw_gold} final answers were made with feedback from the gold"
            click.echo(f"{one.run}: {said}; no system without one repairs like that.")


def _there(names: Iterable[str]) -> list[str]:
    present = set(names)
    return [name for name in ERROR_TYPES if name in present]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _print(title: str, names: Sequence[str], cells: Cells, *, as_markdown: bool) -> None:
    right = [name not in _TEXT | _TEXT_OF_COLUMNS for name in names]
    if as_markdown:
        click.echo(f"**{title}**\n")
        output.markdown(names, cells, right)
        click.echo()
    else:
        output.table(names, cells, title=title, right=right)
