"""How long the examples are: in tokens of a tokenizer on this machine, else in characters."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from store import StoreError
from store.scratch import Scratch

_BATCH = 5_000


class TokenizerError(StoreError):
    """A tokenizer cannot be read."""


def token_counter(path: Path) -> Callable[[Sequence[str]], list[int]]:
    """A function that counts the tokens of texts, without those that a model adds at the beginning and the end.

    Args:
        path: A `tokenizer.json`, or the folder of a tokenizer or model.

    Raises:
        TokenizerError: There is no tokenizer there, or no library that reads it.
    """
    try:
        return _counter(path)
    except ImportError as error:
        hint = "Install what reads it with: pip install 'text2sql-store[train]'"
        raise TokenizerError(f"Nothing here reads the tokenizer at {path}.", hint) from error
    except Exception as error:  # the libraries raise whatever they like
        hint = "Give a tokenizer.json, or the folder of a tokenizer."
        raise TokenizerError(f"The tokenizer at {path} cannot be read: {error}", hint) from error


def _counter(path: Path) -> Callable[[Sequence[str]], list[int]]:
    file = path / "tokenizer.json" if path.is_dir() else path
    if file.is_file():
        from tokenizers import Tokenizer

        fast = Tokenizer.from_file(str(file))
        fast.no_truncation()
        fast.no_padding()
        return lambda texts: [len(encoded.ids) for encoded in fast.encode_batch_fast(list(texts), add_special_tokens=False)]
    from transformers import AutoTokenizer

    slow = AutoTokenizer.from_pretrained(str(path), local_files_only=True, trust_remote_code=False)
    return lambda texts: [len(ids) for ids in slow(list(texts), add_special_tokens=False)["input_ids"]]


def count_tokens(scratch: Scratch, texts: str, count: Callable[[Sequence[str]], list[int]]) -> None:
    """Fill the temporary table `text_tokens`: the tokens of every text that a query gives."""
    scratch.execute("CREATE OR REPLACE TEMP TABLE text_tokens (text_key UHUGEINT, tokens INTEGER)")
    scratch.execute(f"CREATE OR REPLACE TEMP TABLE distinct_texts AS {texts}")
    (rows,) = scratch.execute("SELECT coalesce(max(rowid), -1) + 1 FROM distinct_texts").fetchone() or (0,)
    for start in range(0, rows, _BATCH):  # by row id, for a reader of its own cannot write to the same connection
        batch = [
            text
            for (text,) in scratch.execute(
                "SELECT text FROM distinct_texts WHERE rowid BETWEEN $start AND $end", start=start, end=start + _BATCH - 1
            ).fetchall()
        ]
        scratch.stage("counted", pa.table({"text": pa.array(batch, pa.string()), "tokens": pa.array(count(batch), pa.int32())}))
        scratch.execute("INSERT INTO text_tokens SELECT md5_number(text), tokens FROM counted")
    scratch.execute("DROP TABLE distinct_texts")
