"""Which errors pass by themselves: what is tried again must be worth it, and nothing that is must be given up."""

import duckdb
import pytest

from store.errors import UnreachableError, passing, remedy


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (duckdb.TransactionException("Transaction conflict - attempting to insert into table"), "conflict"),
        (duckdb.IOException("database is locked"), "conflict"),
        (duckdb.IOException("cannot read s3://busy-bees/conflict/x.parquet"), None),
        (duckdb.CatalogException('schema "team_conflict" is not there'), None),
        (duckdb.IOException('connection to server at "h", port 5432 failed: Connection refused'), "unreachable"),
        (UnreachableError("x", "y"), "unreachable"),
        (UnreachableError('connection to server at "h" failed: FATAL:  password authentication failed for user "u"', ""), None),
        (duckdb.IOException("ERROR:  permission denied for schema busy_bees"), None),
    ],
)
def test_what_passes(error: Exception, kind: str | None) -> None:
    """Names and addresses in a message mean nothing; who may not come in will not later."""
    assert passing(error) == kind


def test_who_may_not_come_in_is_told_what_to_do() -> None:
    """It is not tried again, and has a remedy all the same."""
    assert "PGPASSWORD" in remedy(duckdb.IOException('FATAL:  password authentication failed for user "u"'))
    assert "GRANT" in remedy(duckdb.IOException("ERROR:  permission denied for schema team"))
