"""One folder a channel: manifest, client, mapping. A channel knows no other channel and never the store."""
