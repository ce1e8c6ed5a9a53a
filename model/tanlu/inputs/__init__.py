"""YAML with places: the reader, the located tree, strict types and messages."""
