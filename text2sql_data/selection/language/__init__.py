"""Selectors that ask a language model: what they ask, what came back, and how answers become scores.

`asking` asks, `rendering` makes prompts as datasets make them for training, `judgements` keeps and finds what was judged before.
"""
