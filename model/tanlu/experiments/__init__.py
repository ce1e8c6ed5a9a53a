"""Many runs: handed out to processes, reduced to what is asked of them, and kept so that none is run twice."""
