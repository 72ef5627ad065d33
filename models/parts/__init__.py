"""Constraint families, one a file; the assembled models are in the folder above."""
