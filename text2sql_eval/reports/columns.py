"""Tables of a report with a column a version."""

from collections.abc import Callable
from typing import Any

from text2sql_eval.reports.blocks import NOTHING, Cell, Column, Table, readable, words

Report = dict[str, Any]
Version = dict[str, Any]


def by_version(report: Report, label: str) -> list[Column]:
    """A first column of text, and one of numbers for each version."""
    return [
        Column(label),
        *(Column(version["name"], right=True, version=place) for place, version in enumerate(report["versions"])),
    ]


def row(report: Report, label: str, cell: Callable[[Version], Cell]) -> list[Cell]:
    """A row of a table by version."""
    return [words(label), *(cell(version) for version in report["versions"])]


def of_type(version: Version, kind: str) -> dict[str, Any] | None:
    """The figures of one type in a version; None where it has no such pair."""
    return next((found for found in version["types"] if found["type"] == kind), None)


def type_names(report: Report) -> list[str]:
    """Types of pairs, the most frequent first."""
    total: dict[str, int] = {}
    for version in report["versions"]:
        for found in version["types"]:
            total[found["type"]] = total.get(found["type"], 0) + found["pairs"]
    return sorted(total, key=lambda kind: (-total[kind], kind))


def broken(kind: str) -> str:
    """A type as words, long ones on two lines, so that a narrow screen keeps room for the bars."""
    return readable(kind.replace("_vs_", "\nvs "))


def per_type(report: Report, name: str, caption: str, cell: Callable[[dict[str, Any]], Cell]) -> Table:
    """A table with a row a type."""
    rows = []
    for kind in type_names(report):
        found = [of_type(version, kind) for version in report["versions"]]
        rows.append([words(kind), *(NOTHING if of is None else cell(of) for of in found)])
    return Table(name, caption, by_version(report, "Type"), rows, closed=True)
