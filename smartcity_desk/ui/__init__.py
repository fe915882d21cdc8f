"""The desk's windows. The only package that knows Qt; it asks the store through executors and never speaks HTTP."""
