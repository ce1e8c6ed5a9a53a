"""Why a decider decided as it did."""
