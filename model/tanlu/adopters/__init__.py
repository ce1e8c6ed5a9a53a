"""Cohorts of adopters: who heats, cooks and moves with what, outside of listed facilities and road vehicles."""
