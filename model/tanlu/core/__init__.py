"""The shared words: units, axes and signals, keyed draws, closed forms of economics."""
