"""The browser app of Tanlu: start it with `solara run app.py`."""

from tanlu.output.result import simulate
from tanlu.pages.application import pages

routes = pages(simulate)
