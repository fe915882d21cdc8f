"""Kesehatan: how each source and the central server are doing, and what could not be read."""
