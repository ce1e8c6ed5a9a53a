"""The view of why an effect is small or large."""
