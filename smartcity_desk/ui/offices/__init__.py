"""Pejabat: every judged office with its interval and its n, and each score open down to its events."""
