"""Pengaturan: the server, the channels, how it looks, the keys, and what this is."""
