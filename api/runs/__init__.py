"""Runs: submitted, watched, stopped, cancelled."""
