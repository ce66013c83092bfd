"""The facts that podcasts and episodes have: one table for configuration, headers of posts, XML and checks.

A row says which elements of RSS a key becomes, and which values it takes. `facts_of` turns a value of TOML, or of a
post's header, into facts; generators write facts, and `feedtool check` reads elements, by the same table. Pure.

Sources: Apple, "A Podcaster's Guide to RSS"; Podcast Standards Project, PSP-1; Podcast Index, "podcast namespace".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from difflib import get_close_matches

from feedtool.frozen import frozen
from feedtool.model import Fact
from feedtool.syntax import NOT_XML, is_mail, is_media_type, language_fault
from feedtool.urls import absolute

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
NAMESPACES = {"itunes": ITUNES, "podcast": PODCAST}

#: Apple Podcasts categories, and those below them
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "Health & Fitness": ("Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"),
    "History": (),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies", "Home & Garden", "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News", "Daily News", "Entertainment News", "News Commentary", "Politics", "Sports News", "Tech News",
    ),
    "Religion & Spirituality": (
        "Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion", "Spirituality",
    ),
    "Science": (
        "Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics", "Natural Sciences", "Nature",
        "Physics", "Social Sciences",
    ),
    "Society & Culture": ("Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    "Sports": (
        "Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey", "Rugby", "Running",
        "Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness", "Wrestling",
    ),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
    "Technology": (),
    "True Crime": (),
}  # fmt: skip

#: characters of a text, of which readers show no more
LONGEST = 255
#: the namespace of the UUIDs of podcasts
_GUIDS = "ead4c236-bf58-58c6-a2c6-a6b28d128cb6"
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: media types that Apple Podcasts plays
PLAYED = frozenset({
    "audio/mpeg", "audio/mp3", "audio/x-m4a", "audio/m4a", "audio/mp4", "video/mp4", "video/m4v", "video/x-m4v",
    "video/quicktime", "application/pdf",
})  # fmt: skip
_YES, _NO = frozenset({"true", "yes", "on", "explicit"}), frozenset({"false", "no", "off", "clean"})


def guid_of(feed_url: str) -> str:
    """Return the UUID of a podcast by the address of its feed (podcast namespace, podcast:guid)."""
    import uuid  # noqa: PLC0415 - most feeds have no podcast

    return str(uuid.uuid5(uuid.UUID(_GUIDS), feed_url.partition("://")[2].rstrip("/")))


def spoken_fault(tag: str) -> str:
    """Return why Apple refuses a language tag as that of a podcast; "" where it takes it."""
    return "" if re.match(r"[A-Za-z]{2}(?:-|\Z)", tag) else "has no code of two letters, so directories refuse it"


def category_fault(name: str) -> str:
    """Return why this is not a category of Apple's, such as "Arts" or "Arts > Design"; "" where it is one."""
    above, _, below = (part.strip() for part in name.partition(">"))
    known = CATEGORIES.get(above)
    if known is not None and (not below or below in known):
        return ""
    homes = {each: f"{top} > {each}" for top, inner in CATEGORIES.items() for each in inner}
    near = [homes.get(each, each) for each in get_close_matches(below or above, [*CATEGORIES, *homes], 1)]
    return "it is not one of Apple's categories" + (f', such as "{near[0]}"' if near else "")


def _flag(text: str) -> str:
    word = text.lower()
    if word not in _YES | _NO:
        raise ValueError("it is neither true nor false")
    return "true" if word in _YES else "false"


def seconds(text: str) -> str:
    """Return a duration such as 1:02:03, 62:03 or 3723 in seconds. Raises ValueError."""
    found = re.fullmatch(r"(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7})(?:\.\d+)?", text)
    if not found or (found[2] and int(found[3]) > 59):
        raise ValueError("it is not a duration, such as 1:02:03 or seconds")
    return str(int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + int(found[3]))


#: by kind: what makes the element's value of a written one, and raises ValueError
_READERS: Mapping[str, Callable[[str], str]] = {
    "true or false": _flag,
    "yes": lambda text: "yes" if _flag(text) == "true" else "",
    "yes or no": lambda text: "yes" if _flag(text) == "true" else "no",
    "duration": seconds,
}
#: by kind: the form of a value, and what one is not that has another
_FORMS: Mapping[str, tuple[str, str]] = {
    "number": (r"[1-9]\d{0,5}", "a whole number from 1 on"),
    "decimal": (r"\d{1,15}(?:\.\d{1,3})?", "a number"),
    "picture": (r".*\.(?:jpg|png)", "a JPEG or PNG whose name ends in .jpg or .png"),
    "UUID": (UUID.pattern, "a UUID"),
    "place": (r"geo:-?\d+(\.\d+)?(,-?\d+(\.\d+)?){1,2}.*", "a geo URI (RFC 5870)"),
}
#: by kind: what says why a value is not of it, or ""
_FAULTS: Mapping[str, Callable[[str], str]] = {
    "mail": lambda text: "" if is_mail(text) else "it is not a mail address",
    "media type": lambda text: "" if is_media_type(text) else "it is not a media type",
    "language": language_fault,
    "category": category_fault,
}


@frozen
class Part:
    """A part of what a key takes."""

    kind: str = "text"
    #: of the element; "" for its text
    attribute: str = ""
    is_needed: bool = False
    #: the values that it may have; () for any of the kind
    choices: tuple[str, ...] = ()
    #: characters
    most: int = LONGEST

    def read(self, value: object) -> str:
        """Return a written value as the element has it, addresses as written. Raises ValueError."""
        text = str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())
        if isinstance(value, list | tuple | dict) or value is None:
            raise ValueError("it is not text")
        if odd := NOT_XML.search(text):
            raise ValueError(f"it contains the character U+{ord(odd[0]):04X}")
        if self.choices and text and text not in self.choices:
            raise ValueError(f"it is not one of {', '.join(self.choices)}")
        if len(text) > self.most:
            raise ValueError(f"it has {len(text)} characters, of which readers show {self.most}")
        if self.is_address and text and not absolute(text, "https://any.invalid/"):
            raise ValueError("it is not a web address")
        form, name = _FORMS.get(self.kind, (".*", ""))
        fault = _FAULTS[self.kind](text) if text and self.kind in _FAULTS else ""
        if fault or (text and not re.fullmatch(form, text)):
            raise ValueError(fault or f"it is not {name}")
        return _READERS[self.kind](text) if text and self.kind in _READERS else text

    @property
    def is_address(self) -> bool:
        """Return whether it takes an address."""
        return self.kind in ("address", "picture")


@frozen
class Row:
    """A key of a podcast or an episode."""

    key: str
    #: with their prefixes
    elements: tuple[str, ...]
    #: by the key in a table; a value alone means the first
    parts: Mapping[str, Part] = field(default_factory=lambda: {"": Part()})
    #: whether podcasts and episodes have it
    of_podcast: bool = False
    of_episode: bool = False
    is_many: bool = False
    #: "required" or "recommended" for a podcast, by Apple or PSP-1
    need: str = ""
    #: other keys for it in a post's header
    names: tuple[str, ...] = ()
    meaning: str = ""
    #: TOML
    example: str = ""


def _one(kind: str = "text", choices: tuple[str, ...] = ()) -> Mapping[str, Part]:
    return {"": Part(kind=kind, choices=choices)}


_PEOPLE = {
    "name": Part(is_needed=True, most=128),
    "role": Part(attribute="role"),
    "group": Part(attribute="group"),
    "img": Part(attribute="img", kind="address"),
    "href": Part(attribute="href", kind="address"),
}
_PLACE = {
    "name": Part(is_needed=True, most=128),
    "rel": Part(attribute="rel", choices=("subject", "creator")),
    "geo": Part(attribute="geo", kind="place"),
    "osm": Part(attribute="osm"),
    "country": Part(attribute="country", most=2),
}
_FILE = {
    "url": Part(attribute="url", kind="address", is_needed=True),
    "type": Part(attribute="type", kind="media type", is_needed=True),
}
_CHAPTERS = "application/json+chapters"
_MEDIUMS = ("podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "course")
_ROWS = (
    Row(
        key="author", elements=("itunes:author",), of_podcast=True, need="recommended",
        meaning="Who makes the podcast. The default is `site.author`.", example='"Ada and Ben"',
    ),
    Row(
        key="owner", elements=("itunes:owner",), of_podcast=True,
        parts={
            "name": Part(attribute="name", is_needed=True),
            "email": Part(attribute="email", kind="mail", is_needed=True),
        },
        meaning="Name and mail address of who owns the podcast; they are public, and prove ownership to directories.",
        example='{ name = "Ada", email = "ada@example.org" }',
    ),
    Row(
        key="image", elements=("itunes:image",), of_podcast=True, of_episode=True, parts=_one("picture"),
        need="required", example='"https://example.org/cover.jpg"',
        meaning="Address of the cover: square, 1,400 to 3,000 pixels wide, a .jpg or .png. An episode has its `image`.",
    ),
    Row(
        key="categories", elements=("itunes:category",), of_podcast=True, is_many=True, parts=_one("category"),
        need="required", example='["Arts > Design", "Technology"]',
        meaning="Categories of Apple Podcasts, the best one first; one below another as `Arts > Design`.",
    ),
    Row(
        key="explicit", elements=("itunes:explicit",), of_podcast=True, of_episode=True,
        parts=_one("true or false"), need="required", example="false",
        meaning="Whether there is language or content that is not for children.",
    ),
    Row(
        key="type", elements=("itunes:type",), of_podcast=True, parts=_one(choices=("episodic", "serial")),
        meaning="`episodic`: the newest episode first. `serial`: to be heard from the first on.", example='"serial"',
    ),
    Row(
        key="complete", elements=("itunes:complete",), of_podcast=True, parts=_one("yes"), example="true",
        meaning="Whether there will be no more episodes.",
    ),
    Row(
        key="block", elements=("itunes:block",), of_podcast=True, of_episode=True, parts=_one("yes"), example="true",
        meaning="Whether Apple Podcasts hides it.",
    ),
    Row(
        key="new_feed_url", elements=("itunes:new-feed-url",), of_podcast=True, parts=_one("address"),
        meaning="New address of the feed, after a move.", example='"https://example.net/talks/rss.xml"',
    ),
    Row(
        key="copyright", elements=("copyright",), of_podcast=True, example='"Ada"',
        meaning="Who has the rights, without the word and the year.",
    ),
    Row(
        key="guid", elements=("podcast:guid",), of_podcast=True, parts=_one("UUID"), need="recommended",
        meaning="Id of the podcast, which never changes. The default is that in the published feeds.json, else made of"
        " the RSS feed's address.",
        example='"9b024349-ccf0-5f69-a609-6b82873eab3c"',
    ),
    Row(
        key="locked", elements=("podcast:locked",), of_podcast=True, parts=_one("yes or no"), need="recommended",
        meaning="Whether other hosts are asked not to import the feed.", example="true",
    ),
    Row(
        key="funding", elements=("podcast:funding",), of_podcast=True, is_many=True,
        parts={"url": Part(attribute="url", kind="address", is_needed=True), "text": Part(most=128)},
        meaning="Where listeners can give money: tables with `url` and `text`.",
        example='[{ url = "https://example.org/give", text = "Support us" }]',
    ),
    Row(
        key="medium", elements=("podcast:medium",), of_podcast=True, parts=_one(choices=_MEDIUMS), example='"music"',
        meaning=f"The content: {', '.join(f'`{each}`' for each in _MEDIUMS)}.",
    ),
    Row(
        key="people", elements=("podcast:person",), of_podcast=True, of_episode=True, is_many=True, parts=_PEOPLE,
        names=("person", "persons"), example='[{ name = "Ada", role = "host", href = "https://example.org/ada" }]',
        meaning="Hosts and guests: names, or tables with `name`, `role`, `group`, `img`, `href`.",
    ),
    Row(
        key="location", elements=("podcast:location",), of_podcast=True, of_episode=True, is_many=True, parts=_PLACE,
        names=("locations",), example='[{ name = "Hamburg", geo = "geo:53.55,9.99", osm = "R62782", country = "DE" }]',
        meaning="Places that it is about: names, or tables with `name`, `geo`, `osm`, `country`, `rel`.",
    ),
    Row(
        key="episode", elements=("itunes:episode", "podcast:episode"), of_episode=True,
        parts={"number": Part(kind="decimal", is_needed=True), "display": Part(attribute="display", most=32)},
        meaning="its number, or a table with `number` and `display`",
    ),
    Row(
        key="season", elements=("itunes:season", "podcast:season"), of_episode=True,
        parts={"number": Part(kind="number", is_needed=True), "name": Part(attribute="name", most=128)},
        meaning="the season's number, or a table with `number` and `name`",
    ),
    Row(
        key="episode_type", elements=("itunes:episodeType",), of_episode=True, names=("episodetype",),
        parts=_one(choices=("full", "trailer", "bonus")), meaning="`full`, `trailer` or `bonus`",
    ),
    Row(
        key="duration", elements=("itunes:duration",), of_episode=True, parts=_one("duration"), need="recommended",
        meaning="as `1:02:03` or in seconds; else that of the enclosure",
    ),
    Row(
        key="chapters", elements=("podcast:chapters",), of_episode=True,
        parts={**_FILE, "type": Part(attribute="type", kind="media type")},
        meaning="the address of a file with chapters, or a table with `url` and `type`",
    ),
    Row(
        key="transcript", elements=("podcast:transcript",), of_episode=True, is_many=True, names=("transcripts",),
        parts={
            **_FILE,
            "language": Part(attribute="language", kind="language"),
            "rel": Part(attribute="rel", choices=("captions",)),
        },
        meaning="addresses of transcripts, or tables with `url`, `type`, `language`, and `rel: captions`",
    ),
    Row(
        key="soundbites", elements=("podcast:soundbite",), of_episode=True, is_many=True, names=("soundbite",),
        parts={
            "start": Part(attribute="startTime", kind="decimal", is_needed=True),
            "duration": Part(attribute="duration", kind="decimal", is_needed=True),
            "title": Part(most=128),
        },
        meaning="tables with `start` and `duration` in seconds, and `title`",
    ),
    Row(
        key="alternate", elements=("podcast:alternateEnclosure",), is_many=True,
        parts={
            "type": Part(attribute="type", kind="media type", is_needed=True),
            "length": Part(attribute="length", kind="decimal"),
            "title": Part(attribute="title"),
        },
    ),
)  # fmt: skip
#: every row by its key
ROWS: Mapping[str, Row] = {row.key: row for row in _ROWS}


def facts_of(row: Row, value: object, type_of: Callable[[str], str] = lambda _: "") -> tuple[Fact, ...]:
    """Return what a value of TOML, or of a post's header, says. Raises ValueError with the reason.

    `type_of` returns the media type that an address's ending tells, or "".
    """
    values = value if row.is_many and isinstance(value, list | tuple) else [value]
    found = (_fact(row, each, type_of) for each in values)
    return tuple(fact for fact in found if fact.text or fact.attributes)


def _fact(row: Row, value: object, type_of: Callable[[str], str]) -> Fact:
    first = next(iter(row.parts))
    table = {str(name).lower(): part for name, part in value.items()} if isinstance(value, dict) else {first: value}
    if "url" in table and "type" in row.parts and not table.get("type"):
        table["type"] = _CHAPTERS if row.key == "chapters" else type_of(str(table["url"]))
    text, attributes = "", []
    for name, part in row.parts.items():
        try:
            read = part.read(table.pop(name, ""))
        except ValueError as error:
            raise ValueError(f"{name}: {error}" if name else str(error)) from None
        if part.is_needed and not read:
            raise ValueError(f"it has no {name}")
        if part.attribute and read:
            attributes.append((part.attribute, read))
        elif read:
            text = read
    if table:
        raise ValueError(f'it has an unknown part "{next(iter(table))}"; parts are {", ".join(row.parts)}')
    return Fact(key=row.key, text=text, attributes=tuple(attributes))


def addresses_of(fact: Fact) -> list[str]:
    """Return the addresses in a fact, as written."""
    parts = {part.attribute for part in ROWS[fact.key].parts.values() if part.is_address}
    return [text for name, text in (("", fact.text), *fact.attributes) if name in parts and text]


def with_absolute(fact: Fact, base: str) -> Fact:
    """Return a fact whose addresses are absolute."""
    parts = {part.attribute: part for part in ROWS[fact.key].parts.values() if part.is_address}
    return Fact(
        key=fact.key,
        text=absolute(fact.text, base) if "" in parts else fact.text,
        attributes=tuple((name, absolute(text, base) if name in parts else text) for name, text in fact.attributes),
    )
