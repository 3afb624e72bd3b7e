"""Groups in a graph of who rated what: dense blocks, lockstep, spread, rater fairness."""
