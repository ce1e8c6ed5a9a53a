"""What is measured, one function an indicator."""
