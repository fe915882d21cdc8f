"""Papers and files for the Governor: plain values in, bytes out. No window, no database, no network.

`model.py` says what goes in. `escalation_pdf`, `dossier_pdf` and `sheets` make the papers, `manifest` writes down where
every printed number comes from, `verify` finds whatever was changed afterwards.
"""
