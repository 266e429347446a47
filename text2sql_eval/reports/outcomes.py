"""What the pairs of a report did and how long they are: sections on execution and on lengths."""

from collections.abc import Callable

from text2sql_eval.reports.blocks import NOTHING, Cell, Chart, Column, Section, Table, readable, share, spread, words
from text2sql_eval.reports.columns import Report, Version, broken, by_version, of_type, per_type, row, type_names
from text2sql_eval.reports.histograms import histogram

_RELATIONS = (
    ("different", "results differ", 1.0),
    ("rejected_failed", "rejected fails", 0.6),
    ("same", "same result", 0.36),
    ("not_known", "not known", 0.14),
)


def execution(report: Report) -> Section:
    """What both sides did on the database."""
    relation = Table(
        "relations",
        "Pairs by how the two results relate",
        by_version(report, "Relation"),
        [row(report, label, _relation(name)) for name, label, _ in _RELATIONS],
    )
    data = {
        "rows": [
            {
                "version": place,
                "part": label,
                "value": version["result_relation"][name],
                "share": version["result_relation"][name] / max(version["pairs"], 1),
            }
            for place, version in enumerate(report["versions"])
            for name, label, _ in _RELATIONS
        ],
        "parts": [(label, opacity) for _, label, opacity in _RELATIONS],
    }
    sides = [(side, status) for side in ("chosen", "rejected") for status in _statuses(report, side)]
    statuses = Table(
        "statuses",
        "What our execution of each side gave",
        by_version(report, "Side and status"),
        [row(report, f"{side}: {readable(status)}", _status(side, status)) for side, status in sides],
    )
    return Section(
        "execution",
        "Execution",
        "What the two SQL did on the database. A pair whose two results are the same teaches nothing about results, or its label "
        "is wrong: look at it. Not known: one side was not executed here, or the chosen one fails.",
        [
            Chart("relations", "How the two results relate", "", "parts", data, relation),
            per_type(
                report, "rejected-by-type", "Rejected SQL that executes, by type", lambda of: share(of["rejected_executable"])
            ),
            statuses,
        ],
    )


def _relation(name: str) -> Callable[[Version], Cell]:
    return lambda version: _part(version, version["result_relation"][name])


def _status(side: str, status: str) -> Callable[[Version], Cell]:
    return lambda version: _part(version, version["statuses"][side].get(status, 0))


def _statuses(report: Report, side: str) -> list[str]:
    total: dict[str, int] = {}
    for version in report["versions"]:
        for status, pairs in version["statuses"][side].items():
            total[status] = total.get(status, 0) + pairs
    return sorted(total, key=lambda status: (-total[status], status))


def _part(version: Version, pairs: int) -> Cell:
    whole = version["pairs"]
    return Cell(f"{pairs:,}", pairs, f"{100 * pairs / whole:.2f} %" if whole else "", pairs / whole if whole else None)


def lengths(report: Report) -> Section:
    """Which side is longer, and how long examples are."""
    unit = report["length_unit"]
    limit = report["options"]["max_length"]
    told = (
        f"Tokens of the tokenizer {report['options']['tokenizer']}, without those that a model adds."
        if unit == "tokens"
        else "No tokenizer was given, so lengths are in characters; give one with --tokenizer."
    )
    blocks: list[Table | Chart | str] = [
        histogram(report, "length_difference", "Length of chosen less that of rejected, in characters", "characters", zero=True),
        Table(
            "length-by-type",
            "Length bias by type: mean difference in characters, and how often chosen is longer",
            [
                Column("Type"),
                *(
                    column
                    for place, version in enumerate(report["versions"])
                    for column in (
                        Column(f"{version['name']}: difference", right=True, version=place),
                        Column("chosen longer", right=True, version=place),
                    )
                ),
            ],
            [
                [
                    words(kind),
                    *(
                        cell
                        for version in report["versions"]
                        for of in [of_type(version, kind)]
                        for cell in (
                            (NOTHING, NOTHING) if of is None else (spread(of["length_difference"], 1), share(of["chosen_longer"]))
                        )
                    ),
                ]
                for kind in type_names(report)
            ],
            closed=True,
        ),
        Chart(
            "longer",
            "How often chosen is the longer one, by type",
            "At 50 % there is no bias, but for pairs of equal length.",
            "dots",
            {
                "rows": [
                    {"label": broken(kind), "version": place, "value": of["chosen_longer"]["value"]}
                    for kind in type_names(report)
                    for place, version in enumerate(report["versions"])
                    if (of := of_type(version, kind)) is not None
                ],
                "axis": "pairs whose chosen side is longer",
                "rule": 0.5,
            },
            per_type(report, "longer", "Pairs whose chosen side is longer", lambda of: share(of["chosen_longer"])),
        ),
        histogram(report, "total_size", f"Prompt with the longer answer, in {unit}", unit, rule=limit),
    ]
    if limit:
        blocks.append(per_type(report, "over-limit", f"Pairs longer than {limit:,} tokens", lambda of: share(of["over_limit"])))
    bias = "A model that is trained on pairs whose chosen side is longer learns to be long. "
    return Section("lengths", "Lengths", f"{bias}{told}", blocks)
