"""P2: Annual Technology Baseline 2024, National Renewable Energy Laboratory."""
