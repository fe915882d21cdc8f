"""Keluar: every action that the central server has not accepted, and the tray of conflicts."""
