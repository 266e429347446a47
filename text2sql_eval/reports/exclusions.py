"""What is not in the pairs of a report, or should not be: what was left out, what critiques change, and overlaps."""

from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, Chart, Column, Section, Table, count, readable, share, words
from text2sql_eval.reports.columns import Report, by_version


def drops(report: Report) -> Section:
    """What was left out, by rule."""
    reasons: dict[tuple[str, str], dict[int, dict[str, Any]]] = {}
    for place, version in enumerate(report["versions"]):
        for drop in version["drops"]:
            reasons.setdefault((drop["left_out_by"], drop["reason"]), {})[place] = drop
    text = "Pairs that a pair set, the sets that it was selected from, or a dataset left out, by the rule that they broke."
    if not reasons:
        return Section("drops", "What was left out", text, ["Nothing was left out, as far as the lake knows."])
    order = sorted(reasons, key=lambda of: (of[0], -max(drop["pairs"] for drop in reasons[of].values()), of[1]))
    table = Table(
        "drops",
        "Pairs left out",
        [Column("Left out by"), Column("Reason"), *by_version(report, "")[1:], Column("For example")],
        [
            [
                words(by),
                words(readable(reason)),
                *(
                    count(drop["pairs"]) if (drop := reasons[by, reason].get(place)) else NOTHING
                    for place in range(len(report["versions"]))
                ),
                words(next(iter(reasons[by, reason].values()))["example"]),
            ]
            for by, reason in order
        ],
    )
    data = {
        "rows": [
            {
                "label": readable(reason),
                "version": place,
                "value": sum(drop["pairs"] for drop in version["drops"] if drop["reason"] == reason),
            }
            for reason in dict.fromkeys(reason for _, reason in order)
            for place, version in enumerate(report["versions"])
        ],
        "axis": "pairs left out",
    }
    return Section("drops", "What was left out", text, [Chart("drops", "Pairs left out, by reason", "", "bars", data, table)])


def sensitivity(report: Report) -> Section | None:
    """How much fixers depend on critiques; None for pairs that no rollout with critiques is behind."""
    rows = [
        [
            words(version["name"]),
            words(found["run"]),
            words(found["comparator"]),
            words(found["validator"]),
            count(found["other_pairs"], f"{found['other_questions']:,} questions"),
            *(
                _rate(found[f"{what}_sensitivity"], found[f"other_{known}"], found[f"{what}_base_rate"])
                for what, known in (("sql", "pairs"), ("result", "results"), ("verdict", "verdicts"))
            ),
        ]
        for version in report["versions"]
        for found in version["critique_sensitivity"]
    ]
    if not rows:
        return None
    columns = [
        Column("Version"), Column("Run"), Column("Comparator"), Column("Critique of"), Column("Compared", right=True),
        Column("Another SQL", right=True), Column("Another result", right=True), Column("Another verdict", right=True),
    ]  # fmt: skip
    return Section(
        "sensitivity",
        "Critique sensitivity",
        "How often a fixer that read another critique of the same SQL wrote another SQL, got another result, or another verdict. "
        "Beside it what sampling alone does: two fixes after the same critiques.",
        [Table("sensitivity", "", columns, rows, fold=20)],
    )


def _rate(value: float | None, n: int, base: float | None) -> Cell:
    if value is None:
        return NOTHING
    sampling = "" if base is None else f"; sampling alone {100 * base:.2f} %"
    return Cell(f"{100 * value:.2f} %", value, f"n = {n:,}{sampling}", value)


_RULES = (("question", "The same question"), ("text", "A question of the same text"), ("database", "The same database"))


def contamination(report: Report) -> Section:
    """Overlaps with the benchmark that is to evaluate."""
    against = report["options"]["against"]
    title = "Contamination"
    if not against:
        return Section(
            "contamination",
            title,
            "What the pairs share with the benchmark that is to evaluate a model trained on them.",
            ["Not looked at: no benchmark was named. Name one with --benchmark-against."],
        )
    rows = []
    for rule, label in _RULES:
        for what in ("questions", "pairs"):
            cells = [
                share(version["contamination"][rule][what]) if rule in version["contamination"] else NOTHING
                for version in report["versions"]
            ]
            rows.append([words(f"{label}: {what}"), *cells])
    listed = [
        [words(version["name"]), words(found["db_id"]), words(found["question"]), count(found["pairs"])]
        for version in report["versions"]
        for found in version["contamination"]["examples"]
    ]
    blocks: list[Table | Chart | str] = [
        Table("contamination", f"Overlap with {against}", by_version(report, "What is shared"), rows)
    ]
    if listed:
        columns = [Column("Version"), Column("Database"), Column("Question"), Column("Pairs", right=True)]
        blocks.append(Table("overlaps", "The first overlapping questions, at most 20 a version", columns, listed, fold=5))
    return Section(
        "contamination",
        title,
        f"What the pairs share with {against}. A model that is trained on what overlaps may not be evaluated on it. Texts are "
        "compared in lower case, without punctuation.",
        blocks,
    )
