"""Tables of reports from files, CSV and XLSX: of channels without an interface, and archives of others."""
