"""Coordination over HTTP: what every late signature costs."""
