"""Mail over IMAP, for every channel whose reports come by mail: the wire, letters, threads, and what is no report."""
