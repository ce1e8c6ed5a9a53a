"""Processes that run the model for the pages: orders, their queue, and who carries them out."""
