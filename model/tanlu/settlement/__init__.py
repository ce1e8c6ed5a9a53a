"""Who pays and who fails: accounts, loans, bonds, carbon revenue, closures."""
