"""The report panel: what a channel said, where it stands, what happened so far, and what may be done now."""
