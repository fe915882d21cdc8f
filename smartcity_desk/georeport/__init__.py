"""Open311 GeoReport v2 as documents and words (channels paper 10): bytes in, values out. No network, no clock.

Desk, central server and training city read and write the same protocol; what they share of it is here.
"""
