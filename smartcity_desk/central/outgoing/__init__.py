"""What leaves for other systems: answers to the channels that reports came by, and reports for institutions beyond.

Nothing leaves until an administrator has named a target, and a new target only shows what it would send. `feed` follows
the log and queues, `sending` sends with growing waits, `wire` writes Open311, `targets` says where to and under which
key, `receipts` tells desks what became of it. Keys are in the environment or in a file that only the server's own
account may read; never in the database.
"""
