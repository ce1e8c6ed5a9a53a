"""P9: Investment under Uncertainty, Dixit and Pindyck 1994."""
