"""Text of models, files and people as LaTeX has it: nothing in it is a command, ends a cell, or stands open."""

_TEXT = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",  # after the end of a row, LaTeX takes [ and * for its own
    "]": "{]}",
    "*": "{*}",
}


def escaped(text: str) -> str:
    """Text that LaTeX shows as it is, on one line."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return "".join(_TEXT.get(char, f"\\{char}" if char in "&%$#_{}" else char) for char in shown)
