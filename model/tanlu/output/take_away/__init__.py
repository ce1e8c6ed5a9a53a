"""What is taken away of a result to be read by others: the brief."""
