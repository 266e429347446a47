"""The report over runs: a leaderboard with intervals, curves over k, headroom, and figures by database and difficulty."""
