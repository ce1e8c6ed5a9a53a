"""The browser app of Tanlu: start it with `solara run app.py`."""

from model.pages.application import pages
from model.results import simulate

routes = pages(simulate)
