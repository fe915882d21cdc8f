"""Everything that speaks over the network: channels in, central server both ways. Plain asyncio; no Qt, no SQL."""
