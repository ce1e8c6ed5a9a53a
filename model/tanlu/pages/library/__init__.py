"""The policy library: shipped packages, what is said of each instrument, and the scenarios that a visitor keeps."""
