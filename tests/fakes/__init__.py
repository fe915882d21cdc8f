"""Small real servers and stand-ins that tests speak to."""
