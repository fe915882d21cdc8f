"""The picture half of the Asal-hijau guard: hints for a person who looks, never verdicts. Import it when needed.

`reading` turns hostile bytes into a photograph and its metadata, `prints` knows a photograph again among a million,
`align` lays one over another, `compare` makes the pictures that a person looks at, and `hints` draws the conclusions.
"""

import cv2

cv2.setNumThreads(1)  # the other cores are the window's, and results do not hang on how many there are
