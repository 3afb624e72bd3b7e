"""Emerging topics: words that suddenly fill complaints, reviews and listings, by region.

Each module knows only those before it: `texts` (records as texts), `words` (who uses which word),
`scopes` (what is looked at together), `sources` (what a new source brings), `search` (words that
burst), `topic` (bursts as topics), `findings` (topics as findings).
"""
