"""Small parts that several screens share. None of them knows the store."""
