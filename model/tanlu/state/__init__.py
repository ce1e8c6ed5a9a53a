"""What a year begins with: agents, state, exogenous drivers, phases and the opening balance sheets."""
