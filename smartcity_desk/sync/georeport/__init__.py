"""Open311 as a desk reads it: the walk over a server's requests and updates, and the mapping of one of them.

Channels that speak Open311 (`open311`, `lapor`) are this with their own `Dialect`.
"""
