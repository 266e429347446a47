"""A small database that SQL is criticised on, and the findings about a SQL, as a run of the critics would come to them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw
import pytest

from text2sql_data.critiques import stored
from text2sql_data.critiques.examining import examine
from text2sql_data.critiques.model import Finding
from text2sql_data.execution import pool
from text2sql_data.execution.limits import Limits
from text2sql_data.execution.outcome import Task
from text2sql_data.schema.introspect import introspect

FIXTURES = Path(__file__).with_name("fixtures")

Criticise = Callable[[str, Sequence[str]], list[list[Finding]]]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the database in `fixtures/database.sql`."""
    path = tmp_path_factory.mktemp("library") / "library.sqlite"
    connection = apsw.Connection(str(path))
    connection.execute((FIXTURES / "database.sql").read_text("utf-8"))
    connection.close()
    return path


@pytest.fixture(scope="session")
def schema(library: Path) -> stored.Schema:
    """Its stored schema."""
    return stored.read(json.dumps(introspect(library)))


@pytest.fixture(scope="session")
def criticise(library: Path, schema: stored.Schema) -> Criticise:
    """What one critic finds in each of several SQL, in the order of its findings."""

    def found(critic: str, texts: Sequence[str]) -> list[list[Finding]]:
        examined = [examine(text, schema, [critic]) for text in texts]
        findings = [{finding for _, finding in one.findings} for one in examined]
        asked = [(number, probe) for number, one in enumerate(examined) for _, probe in one.probes]
        tasks = (Task("", str(library), str(place), probe.sql) for place, (_, probe) in enumerate(asked))
        for result in pool.fetch_rows(tasks, Limits(), processes=1) if asked else ():
            number, probe = asked[int(result.task.sql_id)]
            if result.status == "ok" and (finding := probe.answer(result.rows)) is not None:
                findings[number].add(finding)
        return [sorted(one) for one in findings]

    return found
