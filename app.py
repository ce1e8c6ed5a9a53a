"""The browser app of Tanlu for servers that take a file: `solara run app.py` is `tanlu app` from the checkout."""

from tanlu.pages.start import routes

__all__ = ["routes"]
