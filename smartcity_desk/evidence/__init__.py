"""From the local file to the papers: what lists and dossiers say, gathered once and put into `documents.model`."""
