"""The map: the table's own filter and selection, drawn over the city."""
