"""Mathematics only: NumPy data in, Pyomo models out."""
