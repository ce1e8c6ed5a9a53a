"""The rooms of the app: a question each, with its own address."""
