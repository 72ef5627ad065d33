"""Measured runs: known values of the literature, times, and the plain model for comparison."""
