"""The result view of a run: its figures and words, drawn by the page."""
