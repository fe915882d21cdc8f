"""The officials' side: a small page at the central server, without scripts, for a telephone and for the keyboard."""
