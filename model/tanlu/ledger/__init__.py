"""What each decider considered and chose, as tables."""
