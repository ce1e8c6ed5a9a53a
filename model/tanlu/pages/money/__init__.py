"""The view of who pays whom."""
