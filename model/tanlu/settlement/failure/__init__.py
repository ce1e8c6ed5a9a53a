"""Companies that cannot go on alone: who pays in, who fails, and what becomes of what these own."""
