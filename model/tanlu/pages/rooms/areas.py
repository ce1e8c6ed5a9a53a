"""What each view shows of an answer: one entry a view."""

from collections.abc import Callable, Mapping

import solara

from tanlu.pages.basis.documents import BACKTESTS, METHOD
from tanlu.pages.basis.panel import DocumentArea, EvidenceArea
from tanlu.pages.co2_use import UseArea
from tanlu.pages.compare.area import CompareArea, DiffersArea
from tanlu.pages.electricity import ElectricityArea
from tanlu.pages.hubs import HubArea
from tanlu.pages.library.panel import InstrumentArea, PackageArea, SavedArea
from tanlu.pages.measures import Summary
from tanlu.pages.money.bearers import BearerArea
from tanlu.pages.money.who_pays import PayArea
from tanlu.pages.otherwise.panel import OtherwiseArea
from tanlu.pages.plans.panel import PlanArea
from tanlu.pages.plant_map import MapArea
from tanlu.pages.plants.flow_area import FlowArea
from tanlu.pages.plants.prefecture_area import PrefectureArea
from tanlu.pages.rooms.adequacy import AdequacyCharts
from tanlu.pages.rooms.bonds import BondArea
from tanlu.pages.rooms.emissions import ChartArea
from tanlu.pages.rooms.first_screen import MeasureArea, QuestionArea
from tanlu.pages.rooms.market import MarketArea
from tanlu.pages.rooms.region_aims import RegionAimArea
from tanlu.pages.rooms.reliable import ReliableArea
from tanlu.pages.rooms.small_charts import SmallCharts
from tanlu.pages.seek.panel import SeekArea
from tanlu.pages.state import Session
from tanlu.pages.sure.panel import SureArea
from tanlu.pages.why.panel import WhyArea
from tanlu.pages.worked.panel import SharesArea, WorkedArea
from tanlu.pages.workers.views import AnswerView

# From an answer, its reference, what was worked out of both, the visitor's state and language to areas by name.
type Areas = Callable[[AnswerView, AnswerView, Summary, Session, str], dict[str, solara.Element]]

AREAS: Mapping[str, Areas] = {
    "emissions": lambda view, base, found, session, language: {
        "path": ChartArea(view, base, found, session, language),
        "questions": QuestionArea(session, language),
    },
    "aims": lambda view, base, found, session, language: {
        "aims": RegionAimArea(view, found, session, language)
    },
    "worked": lambda view, base, found, session, language: {
        "measures": MeasureArea(view, found, session, language),
        "worked": WorkedArea(view, found.worked, session, language),
        "small": SmallCharts(view, base, found, session, language),
        "shares": SharesArea(view, found.worked, session, language),
    },
    "why": lambda view, base, found, session, language: {
        "why": WhyArea(view, base, found, session, language)
    },
    "seek": lambda view, base, found, session, language: {"seek": SeekArea(session, language)},
    "plans": lambda view, base, found, session, language: {"plans": PlanArea(session, language)},
    "compare": lambda view, base, found, session, language: {
        "compare": CompareArea(session, language),
        "differs": DiffersArea(session, language),
    },
    "sure": lambda view, base, found, session, language: {"sure": SureArea(view, found, session, language)},
    "otherwise": lambda view, base, found, session, language: {
        "otherwise": OtherwiseArea(view, session, language)
    },
    "electricity": lambda view, base, found, session, language: {
        "power": ElectricityArea(found.dry.here or view, session, language),
        "small": AdequacyCharts(view, found, session, language),
    },
    "reliable": lambda view, base, found, session, language: {
        "reliable": ReliableArea(found.dry.here or view, session, language)
    },
    "plants": lambda view, base, found, session, language: {
        "map": MapArea(view, base, found, session, language)
    },
    "flow": lambda view, base, found, session, language: {"flow": FlowArea(view, session, language)},
    "hubs": lambda view, base, found, session, language: {"hubs": HubArea(view, session, language)},
    "use": lambda view, base, found, session, language: {"use": UseArea(view, session, language)},
    "pay": lambda view, base, found, session, language: {
        "pay": PayArea(view, base, found, session, language)
    },
    "bearers": lambda view, base, found, session, language: {
        "bearers": BearerArea(view, base, found, session, language)
    },
    "prefectures": lambda view, base, found, session, language: {
        "prefectures": PrefectureArea(view, base, found, session, language)
    },
    "market": lambda view, base, found, session, language: {"market": MarketArea(view, session, language)},
    "bonds": lambda view, base, found, session, language: {"bonds": BondArea(view, session, language)},
    "packages": lambda view, base, found, session, language: {"packages": PackageArea(session, language)},
    "instruments": lambda view, base, found, session, language: {"instruments": InstrumentArea(language)},
    "sources": lambda view, base, found, session, language: {
        "sources": EvidenceArea(view, session, language)
    },
    "method": lambda view, base, found, session, language: {"method": DocumentArea(METHOD, language)},
    "backtests": lambda view, base, found, session, language: {
        "backtests": DocumentArea(BACKTESTS, language)
    },
    "saved": lambda view, base, found, session, language: {"saved": SavedArea(session, language)},
}
