"""The allowance market: allocation and one year of trade."""
