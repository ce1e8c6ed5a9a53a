"""Which policy of a scenario does how much: shares of Shapley, alone, and if it were removed."""
