"""What the service keeps: cases, runs, results, keys and the audit log, in one database."""
