"""Triase: saved views, the table of a million reports, and what an operator does to them."""
