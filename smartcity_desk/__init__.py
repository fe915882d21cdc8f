"""Operator's desk of a Smart City monitoring unit."""

__version__ = "0.1.0"
