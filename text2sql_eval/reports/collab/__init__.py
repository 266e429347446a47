"""Two regimes of validators, such as COLLAB and INDEP: what training was told, beside what the pipeline achieves."""
