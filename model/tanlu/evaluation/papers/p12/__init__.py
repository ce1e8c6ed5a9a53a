"""P12: floors, ceilings and demand shocks in an allowance market, Richstein, Chappin and de Vries 2014."""
