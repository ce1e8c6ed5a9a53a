"""Checks of what an experiment file asks for, against its arms and the region pack."""
