"""The commands that work without a window. They never import Qt."""
