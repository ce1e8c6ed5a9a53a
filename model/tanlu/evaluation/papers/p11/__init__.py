"""P11: costs of a performance standard, of one benchmark and of auctions, Goulder and others 2019 and 2023."""
