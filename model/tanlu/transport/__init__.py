"""Road vehicles and urban rail."""
