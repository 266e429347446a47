"""The yield of mining in a report: how many questions gave pairs, why others gave none, and what each database gave."""

from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, Chart, Section, Table, count, number, readable, share, words
from text2sql_eval.reports.columns import by_version

_SHOWN = 20


def section(report: dict[str, Any]) -> Section:
    """Yield by question, by reason and by database."""
    versions = report["versions"]
    looked = any(version["yield"]["questions"] is not None for version in versions)
    text = (
        "A question counts once for each run and agent that was mined. Pairs may come from elsewhere as well, such as imported "
        "and synthetic ones: they are counted by themselves."
        if looked
        else "Nothing says which questions were looked at (pairs were imported), so there is no rate, only what questions have."
    )
    blocks: list[Table | Chart | str] = []
    if looked:
        blocks.append(_rates(report))
    blocks.append(_spread(report))
    if any(version["yield"]["reasons"] for version in versions):
        blocks.append(_reasons(report))
    blocks += [_databases(report), _database_table(report)]
    return Section("yield", "Yield", text, blocks)


def _rates(report: dict[str, Any]) -> Table:
    found = [version["yield"] for version in report["versions"]]
    rows = [
        [words("Questions looked at, by run and agent"), *(count(of["questions"]) for of in found)],
        [words("With a pair"), *(share(of["with_pair"]) for of in found)],
        [words("Pairs of these"), *(count(of["pairs"]) if of["questions"] is not None else NOTHING for of in found)],
        [words("Pairs a question"), *(number(of["pairs_per_question"]) for of in found)],
        [words("Pairs of other questions"), *(count(of["other_pairs"], f"{of['other_questions']:,} questions") for of in found)],
    ]
    agents = sorted({agent["agent"] for of in found for agent in of["agents"]})
    if len(agents) > 1:
        for agent in agents:
            cells = []
            for of in found:
                own = next((row for row in of["agents"] if row["agent"] == agent and row["questions"]), None)
                rate = own and {
                    "value": round(own["with_pair"] / own["questions"], 6),
                    "count": own["with_pair"],
                    "n": own["questions"],
                }
                cells.append(share({**rate, "excluded": {}}) if rate else NOTHING)
            rows.append([words(f"With a pair: {agent}"), *cells])
    return Table("yield", "Yield by question", by_version(report, "Figure"), rows)


def _spread(report: dict[str, Any]) -> Chart:
    most = report["versions"][0]["yield"]["spread_most"] if report["versions"] else 0
    places = sorted({int(place) for version in report["versions"] for place in version["yield"]["spread"]})
    rows = []
    for place in places:
        cells = []
        for version in report["versions"]:
            questions = version["yield"]["spread"].get(str(place), 0)
            total = sum(version["yield"]["spread"].values())
            part = questions / total if total else None
            cells.append(Cell(f"{questions:,}", questions, "" if part is None else f"{100 * part:.2f} %", part))
        rows.append([words(_many(place, most)), *cells])
    data = {
        "rows": [
            {
                "label": _many(place, most),
                "version": number_,
                "value": version["yield"]["spread"].get(str(place), 0),
            }
            for place in places
            for number_, version in enumerate(report["versions"])
        ],
        "axis": "questions",
    }
    table = Table("spread", "Questions by their pairs", by_version(report, "Pairs"), rows)
    return Chart("spread", "Pairs a question", "How many questions have so many pairs.", "bars", data, table)


def _many(place: int, most: int) -> str:
    return f"{place} pair{'' if place == 1 else 's'}{' or more' if place == most else ''}"


def _reasons(report: dict[str, Any]) -> Chart:
    total: dict[tuple[str, str], int] = {}
    for version in report["versions"]:
        for row in version["yield"]["reasons"]:
            key = (row["agent"], row["reason"])
            total[key] = total.get(key, 0) + row["questions"]
    order = sorted(total, key=lambda key: (-total[key], key))
    several = len({agent for agent, _ in order}) > 1

    def label(key: tuple[str, str]) -> str:
        return f"{key[0]}: {readable(key[1])}" if several else readable(key[1])

    def questions(version: dict[str, Any], key: tuple[str, str]) -> int:
        return sum(row["questions"] for row in version["yield"]["reasons"] if (row["agent"], row["reason"]) == key)

    table = Table(
        "reasons",
        "Questions without a pair",
        by_version(report, "Reason"),
        [[words(label(key)), *(count(questions(version, key)) for version in report["versions"])] for key in order],
    )
    data = {
        "rows": [
            {"label": label(key), "version": place, "value": questions(version, key)}
            for key in order[:_SHOWN]
            for place, version in enumerate(report["versions"])
        ],
        "axis": "questions without a pair",
    }
    return Chart("reasons", "Why a question has no pair", "", "bars", data, table)


def _of_databases(report: dict[str, Any]) -> dict[str, dict[int, dict[str, Any]]]:
    """What each database gave, those with the most pairs first."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for place, version in enumerate(report["versions"]):
        for row in version["yield"]["databases"]:
            found.setdefault(row["db_id"], {})[place] = row
    return dict(sorted(found.items(), key=lambda item: (-sum(row["pairs"] for row in item[1].values()), item[0])))


def _databases(report: dict[str, Any]) -> Chart:
    found = _of_databases(report)
    shown = list(found)[:_SHOWN]
    rows = [
        [
            words(db_id),
            *(count(of["pairs"]) if (of := found[db_id].get(place)) else NOTHING for place in range(len(report["versions"]))),
        ]
        for db_id in shown
    ]
    data = {
        "rows": [
            {"label": db_id, "version": place, "value": (found[db_id].get(place) or {"pairs": 0})["pairs"]}
            for db_id in shown
            for place in range(len(report["versions"]))
        ],
        "axis": "pairs",
    }
    note = f"The {len(shown)} databases with the most pairs, of {len(found)}." if len(found) > len(shown) else ""
    return Chart(
        "databases",
        "Pairs by database",
        note,
        "bars",
        data,
        Table("databases", "Pairs by database", by_version(report, "Database"), rows),
    )


def _database_table(report: dict[str, Any]) -> Table:
    found = _of_databases(report)
    versions = range(len(report["versions"]))
    rows = [[words(db_id), *(_gave(found[db_id].get(place)) for place in versions)] for db_id in found]
    return Table(
        "database-yield", "What each database gave: pairs, of how many questions", by_version(report, "Database"), rows, fold=10
    )


def _gave(row: dict[str, Any] | None) -> Cell:
    if row is None:
        return NOTHING
    if row["questions"] is None:
        return count(row["pairs"], f"{row['with_pair']:,} questions")
    each = "" if row["pairs_per_question"] is None else f"; {row['pairs_per_question']:.2f} a question"
    return count(row["pairs"], f"{row['with_pair']:,} of {row['questions']:,} questions{each}")
