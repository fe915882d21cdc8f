"""Layers of the city under the reports: which are known, what is fit to be one, and where their editions lie."""
