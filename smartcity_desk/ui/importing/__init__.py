"""A file of reports is taken in: which column is what, what it would become, and how far it is."""
