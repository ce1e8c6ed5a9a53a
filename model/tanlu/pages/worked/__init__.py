"""Which policy does what: shares of policies from the workers of the page, as wedges, a table and a cost curve."""
