"""Reading and changing the AST of SQL: what the demo's error model and the synthetic hard negatives share."""
