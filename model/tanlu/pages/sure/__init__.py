"""How sure: bands of draws, how often targets are met, and which assumptions matter most."""
