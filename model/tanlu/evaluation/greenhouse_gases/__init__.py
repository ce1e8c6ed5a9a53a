"""Greenhouse gases other than CO2 that plants of a finished run may emit."""
