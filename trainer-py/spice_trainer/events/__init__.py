"""One-way events to whoever listens: progress, metrics, log, lifecycle."""
