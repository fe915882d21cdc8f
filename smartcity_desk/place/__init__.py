"""Where a report lies: boundaries by edition, points and words to kelurahan, and how sure that is.

`library.PlaceLibrary` is the door. Everything here works on the machine's own files; nothing asks a network.
"""
