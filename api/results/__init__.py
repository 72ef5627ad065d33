"""Results of runs: rows of every sheet, plans, manifests, explanations, re-plans."""
