"""Namespaces that feeds commonly use beside RSS and Atom, as a table of their elements.

Only vocabularies that are given completely are here: an element that they do not know is a mistake. Elements of all
other namespaces pass.
"""

from __future__ import annotations

from collections.abc import Mapping

from feedtool.check import addresses, values
from feedtool.check.schema import ANYTHING, Attribute, Part, Vocabulary

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
SYNDICATION = "http://purl.org/rss/1.0/modules/syndication/"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
HISTORY = "http://purl.org/syndication/history/1.0"
THREAD = "http://purl.org/syndication/thread/1.0"
COMMENTS = "http://wellformedweb.org/CommentAPI/"
TRACKBACK = "http://madskills.com/public/xml/rss/module/trackback/"
GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
GEOURL = "http://geourl.org/rss/module/"
ICBM = "http://postneo.com/icbm"
ADMIN = "http://webns.net/mvcb/"
LICENSE = "http://backend.userland.com/creativeCommonsRssModule"
BLOGCHANNEL = "http://backend.userland.com/blogChannelModule"
PUBLISHING = "http://www.w3.org/2007/app"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_TEXT, _TEXTS = Part(), Part(may_repeat=True)
_LINK, _LINKS = Part(checks=(addresses.uri,)), Part(checks=(addresses.uri,), may_repeat=True)
_DATE = Part(checks=(values.date_w3c,))
_COUNT = Part(checks=(values.number(),))
_LATITUDE, _LONGITUDE = Part(checks=(values.decimal(90),)), Part(checks=(values.decimal(180),))
_RESOURCE = Part(attributes={f"{{{RDF}}}resource": Attribute(checks=(addresses.uri_reference,))})
_PERIODS = ("hourly", "daily", "weekly", "monthly", "yearly")

#: by namespace, then by name
_TABLE: Mapping[str, Mapping[str, Part]] = {
    DC: {
        **dict.fromkeys(("title", "description", "type", "format", "source"), _TEXT),
        **dict.fromkeys(("creator", "subject", "publisher", "contributor", "identifier", "relation"), _TEXTS),
        "coverage": _TEXTS,
        "language": Part(checks=(values.language,)),
        "rights": Part(checks=(values.plain_text,)),
        "date": Part(checks=(values.date_w3c,), may_repeat=True),
    },
    SYNDICATION: {
        "updatePeriod": Part(checks=(values.one_of(*_PERIODS),)),
        "updateFrequency": Part(checks=(values.number(1),)),
        "updateBase": _DATE,
    },
    SLASH: {
        "comments": _COUNT,
        "section": _TEXTS,
        "department": _TEXTS,
        "hit_parade": Part(checks=(values.numbers, values.not_blank)),
    },
    HISTORY: {"archive": _TEXT, "complete": _TEXT, "incremental": _TEXT},
    THREAD: {
        "total": _COUNT,
        "in-reply-to": Part(
            attributes={
                "ref": Attribute(checks=(addresses.iri,), is_required=True),
                "href": Attribute(checks=(addresses.iri_reference,)),
                "type": Attribute(checks=(values.media_type,)),
                "source": Attribute(checks=(addresses.iri_reference,)),
            },
            is_free=True,
            may_repeat=True,
        ),
    },
    COMMENTS: {"comment": _LINK, "commentRss": _LINK, "commentRSS": _LINK},
    GEO: {
        "Point": ANYTHING,
        "lat": _LATITUDE,
        "long": _LONGITUDE,
        "alt": _TEXT,
        "lat_long": _TEXT,
    },
    GEOURL: {"latitude": _LATITUDE, "longitude": _LONGITUDE},
    ICBM: {"latitude": _LATITUDE, "longitude": _LONGITUDE},
    PUBLISHING: {"edited": Part(checks=(values.date_3339,)), "control": ANYTHING, "collection": ANYTHING},
    # only entries may have them
    TRACKBACK: {},
    ADMIN: {"errorReportsTo": _RESOURCE, "generatorAgent": _RESOURCE},
    LICENSE: {"license": _LINKS},
    BLOGCHANNEL: {"blogRoll": _LINK, "mySubscriptions": _LINK, "blink": _LINK, "changes": _LINK},
}


#: whose elements are known
NAMESPACES = frozenset(_TABLE)
#: what only entries may have
IN_ENTRIES: dict[str, Part] = {f"{{{TRACKBACK}}}ping": _LINKS, f"{{{TRACKBACK}}}about": _LINKS}


def tags(namespace: str, parts: Mapping[str, Part]) -> dict[str, Part]:
    """Return the parts by tag, in lxml's writing."""
    return {f"{{{namespace}}}{name}" if namespace else name: part for name, part in parts.items()}


def vocabulary(*own: str, extra: Mapping[str, Part] | None = None) -> Vocabulary:
    """Return the known extensions of a format; `own` are its own namespaces, "" for none."""
    parts = {tag: part for namespace, table in _TABLE.items() for tag, part in tags(namespace, table).items()}
    return Vocabulary(namespaces=frozenset((*_TABLE, *own)), parts={**parts, **(extra or {})})
