"""What a year begins with: agents and acts of added ones, state, exogenous drivers, phases, opening balances."""
