"""Writes a changed query in the words of the original: only what the change touches is new text.

sqlglot renders every query in one style: capitals, single spaces, AS before every alias. A rejected text in that style beside a
chosen one in its author's would tell them apart without a look at what they say. So the change is found between the two
renderings, token by token, and carried over into the original text: a three-way merge. The result is parsed again, and given
only if it means the changed tree.
"""

from difflib import SequenceMatcher
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.sqlite import SQLite
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from text2sql_data.sql_ast.syntax import parsed

_PLAIN = frozenset({TokenType.STRING, TokenType.IDENTIFIER, TokenType.NUMBER})


class _Generator(SQLite.Generator):  # type: ignore[misc, valid-type]  # sqlglot makes the attribute at run time
    """Writes x NOT IN, x NOT LIKE and x IS NOT NULL as people do, so that the rendering is close to what they write."""

    def not_sql(self, expression: exp.Not) -> str:
        inner = expression.this
        if isinstance(inner, exp.In | exp.Like | exp.Between | exp.Is):
            left, whole = self.sql(inner, "this"), self.sql(inner)
            word = " IS " if isinstance(inner, exp.Is) else " "
            if whole.startswith(left + word):
                return f"{left}{word}NOT {whole[len(left + word) :]}"
        return str(super().not_sql(expression))


class _Text(NamedTuple):
    """A text and its tokens; `keys` are what tokens are compared by."""

    text: str
    tokens: list[Token]
    keys: list[str]

    def gap(self, place: int) -> str:
        """What stands before the token at a place."""
        if not 0 < place < len(self.tokens):
            return ""
        return self.text[self.tokens[place - 1].end + 1 : self.tokens[place].start]

    def word(self, place: int) -> str:
        """The token at a place, as it is written."""
        return self.text[self.tokens[place].start : self.tokens[place].end + 1]


class Original:
    """A query in its author's words, to write changed versions of it in the same style.

    Attributes:
        tree: Its AST.
    """

    def __init__(self, sql: str) -> None:
        self.tree = parsed(sql)
        self._own = _tokenised(sql)
        self._rendered = _tokenised(rendering(self.tree))
        self._places = _places(self._rendered, self._own)
        self._lower_keywords, self._lower_functions = _style(self._own)
        self._lower_names = all(word.islower() for word in _names(self._own))
        self._backticks = "`" in sql

    def reworded(self, changed: str) -> str | None:
        """The rendering of a changed tree in the words of the original; None where the change cannot be carried over."""
        new, own = _tokenised(changed), self._own
        pieces: list[str] = []
        done = 0  # tokens of the original that are written or left out
        seam = ""  # what stands before the next token of the original, after a change
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, self._rendered.keys, new.keys, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            start, end = self._places[i1], self._places[i2]
            if start < done:
                return None
            pieces += self._kept(done, start, seam)
            for place in range(j1, j2):
                gap = own.gap(start) if place == j1 and tag == "replace" else new.gap(place)
                pieces += [gap if pieces else "", self._styled(new, place)]
            seam = (own.gap(end) or own.gap(start) or " ") if new.gap(j2) or (tag == "replace" and own.gap(end)) else ""
            done = end
        pieces += self._kept(done, len(own.tokens), seam)
        text = "".join([*pieces, own.text[own.tokens[-1].end + 1 :]])  # a semicolon stays
        try:
            return text if _tokenised(rendering(parsed(text))).keys == new.keys else None
        except SqlglotError:
            return None

    def _kept(self, start: int, end: int, seam: str) -> list[str]:
        """Tokens of the original with what stands between them."""
        if start >= end:
            return []
        return [seam if start else "", self._own.text[self._own.tokens[start].start : self._own.tokens[end - 1].end + 1]]

    def _styled(self, new: _Text, place: int) -> str:
        """A token of a rendering with capitals and quotes as the original has them."""
        kind, word = new.tokens[place].token_type, new.word(place)
        if kind is TokenType.IDENTIFIER:
            return f"`{word[1:-1]}`" if self._backticks and "`" not in word else word
        if kind is TokenType.VAR and self._lower_names and place in _name_places(new) and new.keys[place] not in self._own.keys:
            return word.lower()
        if kind in _PLAIN or not word.isupper():
            return word
        if place + 1 < len(new.tokens) and new.keys[place + 1] == "(" and kind is TokenType.VAR:
            return word.lower() if self._lower_functions else word
        return word.lower() if self._lower_keywords and kind is not TokenType.VAR else word


def _tokenised(text: str) -> _Text:
    found = list(SQLite().tokenize(text))
    while found and found[-1].token_type is TokenType.SEMICOLON:
        found.pop()
    return _Text(text, found, [_key(token) for token in found])


def _key(token: Token) -> str:
    """What tells a token from another one, however it is written."""
    if token.token_type is TokenType.STRING:
        return f"'{token.text}'"
    return "<>" if token.token_type is TokenType.NEQ else token.text.lower()


def rendering(tree: exp.Expr) -> str:
    """The text of a tree as changes are found in it: in sqlglot's style, but for the place of NOT."""
    return str(_Generator().generate(tree, copy=False))


def _name_places(text: _Text) -> list[int]:
    """Where names of columns and tables stand: words that are neither called, as functions are, nor qualify a column."""
    following = [*text.keys[1:], ""]
    return [
        place
        for place, token in enumerate(text.tokens)
        if token.token_type is TokenType.VAR and following[place] not in {"(", "."}
    ]


def _names(text: _Text) -> list[str]:
    return [text.word(place) for place in _name_places(text) if text.keys[place - 1] != "as"]


def _places(rendering: _Text, own: _Text) -> list[int]:
    """For each boundary between tokens of the rendering, the boundary in the original that it stands for."""
    places = [0] * (len(rendering.tokens) + 1)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, rendering.keys, own.keys, autojunk=False).get_opcodes():
        for offset in range(i2 - i1 + (tag == "equal")):
            places[i1 + offset] = j1 + offset if tag == "equal" or not offset else j2
    places[-1] = len(own.tokens)
    return places


def _style(own: _Text) -> tuple[bool, bool]:
    """Whether keywords, and whether names of functions, are written in lower case."""
    called = [
        own.word(place)
        for place, token in enumerate(own.tokens[:-1])
        if token.token_type is TokenType.VAR and own.keys[place + 1] == "("
    ]
    keywords = own.word(0).islower()
    return keywords, called[0].islower() if called else keywords
