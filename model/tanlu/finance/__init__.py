"""Who pays: companies, lenders and governments."""
