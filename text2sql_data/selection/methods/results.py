"""Facts of a result that can be read off its preview."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_NULLS = r"^\[(\[(null,?)+\],?)+\]$"
_ZEROS = r"^\[(\[(-?0(\.0+)?,?)+\],?)+\]$"


def with_result_facts(answers: "pl.DataFrame") -> "pl.DataFrame":
    """Answers with `all_null` and `all_zero`: whether the rows that the preview shows hold nothing else. False for no rows."""
    import polars as pl

    # The preview is canonical JSON: a list of lists.
    plain = pl.col("preview").str.replace_all(" ", "", literal=True)
    return answers.with_columns(
        all_null=plain.str.contains(_NULLS).fill_null(value=False),
        all_zero=plain.str.contains(_ZEROS).fill_null(value=False),
    )
