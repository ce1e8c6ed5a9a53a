"""What scenarios differ by, in the same words on the command line and in the browser."""
