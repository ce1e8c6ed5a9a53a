"""The policy builder: a visitor's scenario as the difference to one that comes with Tanlu, and how he changes it."""
