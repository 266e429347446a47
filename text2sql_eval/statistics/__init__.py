"""Statistics: figures question by question, intervals that allow for clusters, curves over k, power."""
