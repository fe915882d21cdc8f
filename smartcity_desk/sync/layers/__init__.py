"""Readers of the city's layers: one file a source or a file format, and the rounds that keep them up to date."""
