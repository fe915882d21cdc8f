"""The training city: a central server and channel servers on loopback, 90 days of history, and life going on.

It speaks to the desk over the wire only, so the desk cannot tell it from a real city. Nobody in it is a person.
"""
