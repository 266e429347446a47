"""What is wrong with answers that are not correct: types of errors, clauses that differ, repairs, routes, wrong columns."""
