"""What users read of an instrument: its documentation, and the table of laws that the tests hold."""
