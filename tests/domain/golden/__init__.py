"""The law book of the clocks: what happened, told by hand with the time on the wall, and what follows from it."""
