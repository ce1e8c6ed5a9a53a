"""P5: shares of technologies by FTT:Power, Mercure 2012."""
