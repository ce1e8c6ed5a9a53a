"""Results: folder, provenance, headline, comparison and charts."""
