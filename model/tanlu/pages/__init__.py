"""The browser app: pages, their state, and the service that runs the model for them."""
