"""What a visitor takes away of his setting: the brief, and an archive with all that a run writes."""
