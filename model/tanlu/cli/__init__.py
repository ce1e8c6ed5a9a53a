"""The `tanlu` command."""
