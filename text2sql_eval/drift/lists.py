"""What moved, listed: by reason, by database, the golds that differ, the questions, and the answers with their SQL."""

from text2sql_eval.drift.cells import FLIPS, MOVES, Report, Row, first, position, reason
from text2sql_eval.reports.blocks import Column, Section, Table, count, share, words


def reasons(report: Report, one: Row) -> Section | None:
    """Why answers moved, counted."""
    if not one["reasons"]:
        return None
    columns = [
        Column("Answers"),
        Column(report["from"]["name"], version=0),
        Column(report["to"]["name"], version=1),
        Column("answers", right=True),
        Column("questions", right=True),
    ]
    rows = [
        [
            words(MOVES[row["change"]]),
            reason(row["reason_from"]),
            reason(row["reason_to"]),
            count(row["answers"]),
            count(row["questions"]),
        ]
        for row in one["reasons"]
    ]
    return Section(
        "reasons", "Why", "What the label of each side says of the answers that moved.", [Table("why", "", columns, rows)]
    )


def databases(one: Row) -> Section | None:
    """What moved in each database."""
    if not one["databases"]:
        return None
    columns = [
        Column("Database"),
        Column("Answers", right=True),
        *(Column(MOVES[move].capitalize(), right=True) for move in _there(one)),
        Column("Questions flipped", right=True),
    ]
    rows = []
    for row in one["databases"]:
        flipped, n = row["questions_flipped"], row["questions"]
        part = {"value": flipped / n if n else None, "count": flipped, "n": n, "excluded": {}}
        rows.append([words(row["db_id"]), count(row["answers"]), *(count(row[move]) for move in _there(one)), share(part)])
    text = "Answers that count on both sides, and what moved. The share is of the questions of the database."
    return Section("databases", "By database", text, [Table("databases", "", columns, rows, fold=20)])


def golds(report: Report, one: Row, most: int) -> Section | None:
    """The golds that differ, where an answer flipped."""
    found = [row for row in one["questions"] if row["gold_changed"] and (row["to_wrong"] or row["to_correct"])]
    if not found:
        return None
    columns = [
        Column("Position"),
        Column("Database"),
        Column("Question"),
        Column(f"Gold, {report['from']['name']}", version=0),
        Column(f"Gold, {report['to']['name']}", version=1),
    ]
    rows = [
        [
            position(row),
            words(row["db_id"]),
            words(row["question"]),
            words(row["gold_from"] or "none"),
            words(row["gold_to"] or "none"),
        ]
        for row in found[:most]
    ]
    text = f"Questions with another gold on which an answer flipped{first(len(rows), len(found))}."
    return Section("golds", "Golds that differ", text, [Table("golds", "", columns, rows)])


def questions(one: Row, most: int) -> Section | None:
    """The questions that moved."""
    if not one["questions"] or not most:
        return None
    columns = [
        *(Column(label) for label in ("Position", "Database", "Question")),
        *(Column(MOVES[move].capitalize(), right=True) for move in _there(one)),
        Column("Gold"),
    ]
    rows = [
        [
            position(row),
            words(row["db_id"]),
            words(row["question"]),
            *(count(row[move]) for move in _there(one)),
            words(_gold(row)),
        ]
        for row in one["questions"][:most]
    ]
    text = f"Runs whose answer moved, by question{first(len(rows), len(one['questions']))}; all of them are in the JSON."
    return Section("questions", "Questions", text, [Table("questions", "", columns, rows, fold=20)])


def answers(report: Report, one: Row, most: int) -> Section | None:
    """The answers that flipped, with their SQL."""
    flips = [(question, answer) for question in one["questions"] for answer in question["answers"] if answer["change"] in FLIPS]
    if not flips or not most:
        return None
    columns = [
        *(Column(label) for label in ("Position", "Run", "Answer")),
        Column(report["from"]["name"], version=0),
        Column(report["to"]["name"], version=1),
        Column("SQL"),
    ]
    rows = [
        [
            position(question),
            words(answer["run"]),
            words(MOVES[answer["change"]]),
            reason(answer["reason_from"]),
            reason(answer["reason_to"]),
            words(answer["sql"] or "none"),
        ]
        for question, answer in flips[:most]
    ]
    text = f"The answers that flipped, in the order of the questions above{first(len(rows), len(flips))}."
    return Section("answers", "Answers", text, [Table("answers", "", columns, rows, fold=20)])


def _there(one: Row) -> list[str]:
    """The moves that there are; flips are always shown."""
    return [move for move in MOVES if one["answers"][move] or move in FLIPS]


def _gold(row: Row) -> str:
    if row["gold_from"] is None or row["gold_to"] is None:
        return "missing"
    return "another" if row["gold_changed"] else "the same"
