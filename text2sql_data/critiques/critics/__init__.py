"""The rule critics, one a file: each looks at one thing that can be wrong with a SQL."""

from collections.abc import Mapping

from text2sql_data.critiques.critics.absent_literal import absent_literal
from text2sql_data.critiques.critics.ambiguous_column import ambiguous_column
from text2sql_data.critiques.critics.bare_column import bare_column
from text2sql_data.critiques.critics.lost_distinct import lost_distinct
from text2sql_data.critiques.critics.null_order import null_order
from text2sql_data.critiques.critics.text_number import text_number
from text2sql_data.critiques.critics.unjoined_table import unjoined_table
from text2sql_data.critiques.critics.unknown_column import unknown_column
from text2sql_data.critiques.critics.unknown_table import unknown_table
from text2sql_data.critiques.model import Critic

CRITICS: Mapping[str, Critic] = {
    "unknown_table": unknown_table,
    "unknown_column": unknown_column,
    "ambiguous_column": ambiguous_column,
    "unjoined_table": unjoined_table,
    "bare_column": bare_column,
    "absent_literal": absent_literal,
    "text_number": text_number,
    "null_order": null_order,
    "lost_distinct": lost_distinct,
}
"""The critics by the name that they have as validators; `syntax` is what is said where there is no tree to look at."""
