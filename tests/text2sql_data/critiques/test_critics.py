"""Each critic on its fixture: a SQL, and after it what is seen and what would be changed, or nothing where nothing is wrong."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import apsw
import pytest

from text2sql_data.critiques.model import Finding
from text2sql_data.critiques.parsing import verdict
from text2sql_data.critiques.running import NAMES, critique_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIXTURES = Path(__file__).with_name("fixtures")


class Case(NamedTuple):
    """One SQL of a fixture, and the findings that are expected."""

    sql: str
    findings: list[Finding]


def cases(critic: str) -> list[Case]:
    """The cases of a fixture: blocks with blank lines between them."""
    found = []
    for block in (FIXTURES / f"{critic}.sql").read_text("utf-8").split("\n\n"):
        saw = re.findall(r"^-- saw: (.*)$", block, re.MULTILINE)
        change = re.findall(r"^-- change: (.*)$", block, re.MULTILINE)
        sql = "\n".join(line for line in block.splitlines() if not line.startswith("-- "))
        found.append(Case(sql, [Finding(*pair) for pair in zip(saw, change, strict=True)]))
    return found


@pytest.mark.parametrize("critic", NAMES)
def test_what_a_critic_finds(critic: str, criticise: "Callable[[str, Sequence[str]], list[list[Finding]]]") -> None:
    """It finds what the fixture says, word for word, and nothing else."""
    expected = cases(critic)
    found = criticise(critic, [case.sql for case in expected])
    assert [(case.sql, findings) for case, findings in zip(expected, found, strict=True)] == expected


@pytest.mark.parametrize("critic", NAMES)
def test_fixtures_are_what_sqlite_sees(critic: str, library: Path) -> None:
    """SQLite refuses exactly the SQL in which the critics of tables, columns and syntax find something."""
    connection = apsw.Connection(str(library), flags=apsw.SQLITE_OPEN_READONLY)
    refusing = {"unknown_table", "unknown_column", "ambiguous_column", "syntax"}
    for case in cases(critic):
        try:
            connection.execute(f"SELECT 1 FROM (\n{case.sql.strip().removesuffix(';')}\n)").fetchall()
        except apsw.Error:
            assert case.findings or critic in {"unknown_table", "unknown_column", "unjoined_table", "absent_literal"}, case.sql
        else:
            assert not case.findings or critic not in refusing, case.sql


@pytest.mark.parametrize("critic", NAMES)
def test_the_prose_concludes(critic: str) -> None:
    """What is written about a finding parses to the verdict that it has."""
    for case in cases(critic):
        for finding in case.findings:
            assert verdict(critique_text(critic, finding)) == "incorrect"
