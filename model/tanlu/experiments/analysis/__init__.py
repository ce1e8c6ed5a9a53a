"""What a stored experiment says: which inputs matter, when a policy fails, and which choice is regretted least."""
