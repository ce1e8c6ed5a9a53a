"""P7: the market stability reserve of the European Union, Decision (EU) 2015/1814."""
