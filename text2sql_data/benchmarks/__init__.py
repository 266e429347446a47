"""Benchmarks as they lie on disk: questions, golds and databases in the layouts of Spider, BIRD, or plain JSON.

Nothing here knows the lake: `read` gives plain values, and whoever calls it writes the rows.
"""

from text2sql_data.benchmarks.golds import read_golds as read_golds
from text2sql_data.benchmarks.model import Benchmark as Benchmark
from text2sql_data.benchmarks.model import Database as Database
from text2sql_data.benchmarks.model import Note as Note
from text2sql_data.benchmarks.model import Question as Question
from text2sql_data.benchmarks.model import Source as Source
from text2sql_data.benchmarks.reader import read as read

__all__ = ["Benchmark", "Database", "Note", "Question", "Source", "read", "read_golds"]
