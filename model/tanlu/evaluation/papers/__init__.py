"""Published results that Tanlu reproduces through its own modules: a folder a paper (docs/papers.md)."""
