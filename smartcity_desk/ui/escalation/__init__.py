"""Eskalasi: what will climb, marks and their objections, and the Governor's list. The words are a *usulan evaluasi*."""
