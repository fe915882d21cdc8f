"""The central server: one log of events for every desk, over HTTP. Shares `domain` with the desk and nothing else."""
