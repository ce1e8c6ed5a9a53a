"""The room that shows any indicator of several scenarios, and what they differ by."""
