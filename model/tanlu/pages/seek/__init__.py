"""The room of goal seeking: which packages meet aims and keep caps, searched in processes of its own."""
