"""One small server per channel, each with its channel's own wire protocol, and the one that controls the city."""
