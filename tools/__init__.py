"""What developers run: catalogues, the tour, set-up of a machine."""
