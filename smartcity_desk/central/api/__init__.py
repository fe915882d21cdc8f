"""The endpoints, grouped by what they are about. They hold no rules: those are in the modules beside this package."""
