"""How kernels are compiled, once, and kept."""
