"""The configuration of a site: every key of feedtool.toml, with its default, check, meaning and example. Pure.

A key is added here and nowhere else: `feedtool.config.tables` says how.

feedtool.toml -> reading (with checks, placeholders: one value) -> Config, and problems
"""

# ruff: noqa: FBT003 - each field is a declaration, whose second argument is the default
from __future__ import annotations

import re
from collections.abc import Mapping

from feedtool.config import checks, placeholders
from feedtool.config.tables import Custom, Plugins, Podcast, aliases, key, table
from feedtool.frozen import frozen
from feedtool.model import Format, Host, Kind, Purge, Twin

#: the file that is looked for where the command line names none
FILE_NAME = "feedtool.toml"

#: file names of a user's own templates: pages, their parts, and the style sheet of feeds opened in a browser
TEMPLATE_NAMES = (
    "base.html", "index.html", "feed.html", "entry.html", "style.css", "extra.css", "script.js", "search.js",
    "feed.css",
)  # fmt: skip


@frozen
class Site:
    """The site as a whole."""

    #: one line
    title: str = key(checks.text, "", '"Notes"')(
        "Name of the site: the title of the feed of all entries, and part of the other feeds' titles."
        " The default is the name of the folder."
    )
    #: absolute, percent-encoded ASCII, "/" at the end; "" for local use
    url: str = key(checks.site_url, "", '"https://example.org/feeds/"', in_init=True)(
        "Address at which the output folder will be published. Feeds contain their own addresses, which begin with it."
    )
    home: str = key(checks.site_url, "", '"https://example.org/blog/"', in_init=True)(
        "Address of the page that readers show as the website of the feed of all entries. The default is the page of"
        " feeds, at `site.url`."
    )
    description: str = key(checks.text, "", '"What I read"', in_init=True)("What the site is about, in a sentence.")
    author: str = key(checks.text, "", '"Ada"', in_init=True)("Author of entries that name none.")
    #: BCP 47 in its usual case, or ""
    language: str = key(checks.language, "", '"zh-Hant"', in_init=True)(
        "Language of the site, and of entries without one: a BCP 47 tag."
    )
    #: a name of the tz database
    timezone: str = key(checks.timezone, "UTC", '"Asia/Taipei"', in_init=True)(
        "Time zone of dates that name none, and of days in addresses. A name of the tz database."
    )
    icon: str = key(checks.picture, "", '"https://example.org/icon.png"', in_init=True)(
        "Address of a small square picture that readers show beside the feeds' names: PNG, GIF or JPEG."
    )
    logo: str = key(checks.picture, "", '"https://example.org/logo.png"', in_init=True)(
        "Address of a larger picture for the feeds: PNG, GIF or JPEG."
    )
    hub: str = key(checks.web_address, "", '"https://hub.example.org/"')(
        "Address of a WebSub hub, which notifies subscribers at once."
    )
    host: tuple[Host, ...] = key(checks.hosts, (), '"cloudflare-pages"')(
        "Web host of the output. The build writes the host's own configuration files: media types, caching, redirects."
    )
    #: absolute, or ""
    published: str = key(checks.web_address, "", '"https://example.org/feeds/feeds.json"')(
        "Address of the published `feeds.json`, which holds ids and addresses that subscribers know. It is read if the"
        " output folder has none, as after a fresh checkout; `--against` comes first."
    )
    #: relative to the configuration file, used if it exists; "" for none
    templates: str = key(checks.path, "templates", '"design"')(
        "Folder of your own templates, relative to this file, which change how pages and opened feeds look. It is used"
        ' if it exists; `""` turns it off.'
    )


@frozen
class Defaults:
    """Default header values for the posts of a folder."""

    #: as the posts' paths begin with it, no "/" at the end; "" for all posts
    path: str = key(checks.posts_path, "", '"posts/news"')(
        "Folder or post that the values are for, as the posts' paths begin; `*` stands for any text. The default is all"
        " posts. If two tables match a post, the longer path wins."
    )
    #: header keys as written -> TOML values
    values: Mapping[str, object] = key(checks.header_values, {}, '{ category = "News", author = "Ada" }')(
        "Values for header keys that those posts do not set, like Jekyll's `defaults`. Keys with the same meaning count"
        " as one: a post with `authors` does not get the default for `author`. A title such as `{{ headline }}` is the"
        " value of another key."
    )
    #: of the table in the configuration file, from 1; 0 if unknown
    line: int = 0


@frozen
class Posts:
    """Where posts are, and how they are read."""

    dirs: tuple[str, ...] = key(checks.some_paths, ("posts",), '["posts", "archive"]')(
        "Folders of posts, relative to this file."
    )
    #: template for `fill`, absolute or relative to the site; "jekyll"; "hugo"; "" for no pages of posts
    permalink: str = key(placeholders.permalink, "", '"/{year}/{month}/{slug}.html"', in_init=True)(
        "Address of the page of a post that names none. A template with `{year}`, `{month}`, `{day}`, `{slug}`,"
        " `{stem}` (the file's name without its extension; for `index.md`, that of its folder), `{category}`; or"
        " `jekyll`, `hugo`, `eleventy`, `pelican` or `zola` for the addresses that these generators use, given"
        " `posts.ids_url` and the keys after it. By default, feedtool makes a page for such an entry: see"
        " `pages.entries`."
    )
    link: checks.Link = key(checks.link, "source", '"page"')(
        "Where an entry leads that has a source. `source`: to the source. `page`: to the post's own page on the site,"
        " if it has one; the source is named too."
    )
    rendered: str = key(checks.path, "", '"_site"')(
        "Folder of the site as its generator renders it, relative to this file. A page there settles the address of its"
        " post: the page at the address that feedtool knows, else the only one that has the post's title and day, or"
        " the file's name in its address. Its address is its canonical one, else its path below `posts.ids_url`,"
        " `site.home` or `site.url`."
    )
    bodies: checks.Bodies = key(checks.bodies, "written", '"rendered"')(
        "Which text an entry has. `written`: that of the post. `rendered`: the article of its page in `posts.rendered`,"
        " if it has one, with what shortcodes, includes and notebooks show there."
    )
    exclude: tuple[str, ...] = key(checks.texts, (), '["content/pages", "*/README.md"]')(
        "Folders and files below the posts folders that have no posts. `*` stands for any text, and a name without `/`"
        " for files of that name in any folder."
    )
    hidden_by: tuple[str, ...] = key(checks.texts, (), '["archived"]')(
        "Header keys of the site's own that leave a post out where they say `true`, as `draft` does everywhere."
    )
    #: known beside `<!--more-->`; or ""
    excerpt_separator: str = key(checks.separator, "", '"<!--end-of-excerpt-->"')(
        "Text in a post that ends its excerpt. The text before it becomes the summary, as plain text, unless the header"
        " has one. `<!--more-->` always works; `excerpt_separator` in a header comes first."
    )
    #: "" for feedtool's own
    markdown: str = key(checks.dialect, "", '"kramdown"')(
        "How Markdown is read: as the site's generator reads it, which is `kramdown` (Jekyll), `goldmark` (Hugo), `gfm`"
        " (GitHub), `commonmark`, `markdown-it` (Eleventy), `python-markdown` (Pelican; needs the package"
        " `feedtool[pelican]`) or `obsidian`. The default is CommonMark with tables, footnotes and definition lists."
    )
    pictures: bool = key(checks.flag, True, "false")(
        "Whether an entry whose header names no `image` gets the first picture of its content that is not small."
    )
    #: TOML values by the generator's names
    markdown_settings: Mapping[str, object] = key(checks.settings, {}, '{ input = "GFM" }')(
        "The generator's own settings of its Markdown, by its own names: `kramdown` of Jekyll's"
        " `_config.yml`, `markup.goldmark` of Hugo, `MARKDOWN` of Pelican, the options of markdown-it."
    )
    future: bool = key(checks.flag, False, "true")(
        "`false`: a post dated in the future waits, and a post leaves the feeds at its `expiryDate`; each build checks "
        "again. An entry that was published before stays. `true`: both are published, with a note."
    )
    ignore_terms: tuple[str, ...] = key(checks.texts, (), '["posts", "all", "nav"]')(
        "Categories and tags to ignore, such as the names of Eleventy's collections."
    )
    ids: str = key(placeholders.ids, "uuid", '"hugo"')(
        "How entries' ids are made. `uuid`: from the source's address and the first timestamp; they survive every move."
        " `source`: the source's address. `jekyll`, `hugo`, `eleventy`, `pelican`, `zola`: those of their feeds. Or a"
        " template with `{site}`,"
        " `{year}`, `{month}`, `{day}`, `{slug}`, `{category}`, `{source}`, `{stem}`, `{ms}`. A change does not affect"
        " entries that are already published."
    )
    ids_url: str = key(checks.site_url, "", '"https://example.org/"')(
        "If ids come from another site: its address. The default is `site.url`."
    )
    ids_permalink: str = key(checks.text, "", '"/:year/:slug/"')(
        "For `jekyll`, the `permalink` of `_config.yml`; for `hugo`, the section's pattern under `[permalinks]`."
    )
    ids_root: str = key(checks.text, "", '"content"')(
        "For a generator, the folder that the posts' paths begin with, such as Hugo's `content`."
    )
    ids_ugly: bool = key(checks.flag, False, "true")("For `hugo`, its `uglyURLs`.")
    ids_language: str = key(checks.some_text, "en", '"de"')(
        "For `hugo`, its `defaultContentLanguage`; for `zola`, its `default_language`; for `jekyll`, jekyll-polyglot's"
        " `default_lang`."
    )
    generator: Mapping[str, object] = key(checks.settings, {}, "{ uglyURLs = { posts = true } }")(
        "Other settings of the site's generator that addresses depend on, by its own names: of Hugo `permalinks`,"
        " `languages`, `defaultContentLanguageInSubdir`, `uglyURLs`, `removePathAccents`, `disablePathToLower`; of Zola"
        " `languages` and `slugify`; of Pelican those for `ARTICLE_URL`, slugs and metadata of paths; of"
        " jekyll-polyglot `languages` and `lang_from_path`."
    )
    keywords: checks.Keywords = key(checks.keywords, "off", '"tags"', in_init=True)(
        "What becomes of the keywords that an article from elsewhere names in a bar, in links or in its head. `off`:"
        " they are cut with the bar. `tags`: they are tags of the entry, in lower case."
    )
    keyword_entries: int = key(checks.count, 3, "2")(
        "Number of entries that a tag needs for a feed of its own where it is only a keyword: no post names it."
    )
    #: in the order of the file; the longer path wins, of equal ones the later
    defaults: tuple[Defaults, ...] = table((), Defaults, each="ITEM")

    def ids_made_as(self) -> str:
        """Return how ids are made, in one line that is the same if the ids are."""
        settings = (self.ids_url, self.ids_permalink, self.ids_root, self.ids_ugly, self.ids_language)
        own = "" if settings == ("", "", "", False, "en") else f" {settings!r}"
        return self.ids + own + (f" {sorted(self.generator.items())!r}" if self.generator else "")


@frozen
class Group:
    """A grouping of entries into feeds: by category, tag or author."""

    enabled: bool = key(checks.flag, True, "true")("Whether each {kind} has a feed.")
    #: for `fill`, with {slug} once and no "/" at its ends
    path: str = key(placeholders.path_template, "{slug}", '"by-{table}/{slug}"')(
        "Folder of the feed of each {kind}, below the output folder; it contains `{slug}` once."
    )
    #: for `fill`, with {term} and {site}
    title: str = key(placeholders.title_template, "{term} – {site}", '"{site}: {term}"')(
        "Title of the feed of each {kind}: a template with `{term}` and `{site}`."
    )
    min_entries: int = key(checks.count, 1, "2")("Number of entries that {kinds} need for a feed of their own.")
    #: 0 for all; None for that of all feeds
    limit: int | None = key(checks.count, None, "20")("Like `feeds.limit`, for {kinds} only.")
    replaces: tuple[str, ...] = key(placeholders.old_addresses, (), '["/old/{slug}.xml"]')(
        "Like `feeds.replaces`, for the feed of each {kind}: templates with `{slug}`, the name as the generator of the"
        " site writes it in addresses, or `{term}`, the name itself; those with `{language}` are for other languages."
    )
    #: None for that of all feeds
    archives: bool | None = key(checks.flag, None, "false")("Like `feeds.archives`, for {kinds} only.")
    complete: bool | None = key(checks.flag, None, "false")("Like `feeds.complete`, for {kinds} only.")


@frozen
class Feeds:
    """Which feeds there are, and how large."""

    formats: tuple[Format, ...] = key(checks.formats, ("atom", "rss", "json"), '["json", "atom"]')(
        "Formats of each feed, the preferred one first."
    )
    limit: int = key(checks.count, 50, "50", in_init=True)("Number of entries in a feed, the newest ones; 0 for all.")
    max_bytes: int = key(checks.count, 1_000_000, "500_000")(
        "Largest size of a feed's file in bytes; older entries are left out to keep it. 0 for any size. Feed readers"
        " refuse files of 5 to 15 MB."
    )
    #: 0 for any number; None for the host's limit
    max_files: int | None = key(checks.count, None, "50_000")(
        "Number of files that the output may have; with more, nothing is built. 0 for any number. The default is the"
        " limit of `site.host` (20,000 for Cloudflare Pages, 15,000 for Vercel), and 60,000 for others."
    )
    archives: bool = key(checks.flag, False, "true")(
        "Whether entries that leave a feed are kept in archive documents, which feed readers can follow (RFC 5005"
        " section 4). The feed then holds `limit` entries, and up to twice as many until it closes the next document."
    )
    complete: bool = key(checks.flag, False, "false")(
        "Whether feeds contain all entries, and say so (RFC 5005 section 2)."
    )
    replaces: tuple[str, ...] = key(placeholders.old_addresses, (), '["/feed.xml"]')(
        "Addresses of old feeds that the feed of all entries replaces, as paths on the host. The files of `site.host`"
        " redirect them."
    )
    twins: tuple[Twin, ...] = key(checks.twins, (), '["gz"]')(
        "Compressed copies beside each file, for web hosts that serve them: `gz`, `br`. `br` needs the package"
        " `feedtool[brotli]`."
    )
    language: Group = table(
        Group(enabled=False, path="{slug}", title="{site} ({term})"), kind="other language", kinds="other languages"
    )
    category: Group = table(Group(path="category/{slug}"), kind="category", kinds="categories")
    tag: Group = table(Group(path="tag/{slug}"), kind="tag", kinds="tags")
    author: Group = table(Group(enabled=False, path="author/{slug}"), kind="author", kinds="authors")
    source: Group = table(
        Group(enabled=False, path="source/{slug}"), kind="site that content was taken from", kinds="such sites"
    )
    folder: Group = table(Group(enabled=False, path="folder/{slug}"), kind="folder of posts", kinds="folders of posts")
    #: in the order of the file
    custom: tuple[Custom, ...] = table((), Custom, each="ITEM")

    @property
    def ask_for_pictures(self) -> bool:
        """Return whether a condition asks for a picture."""
        return any("picture" in some.has for own in self.custom for some in (own.any, own.all, own.none))

    @property
    def groups(self) -> dict[Kind, Group]:
        """Return the settings of each kind of terms; the feed of all entries has none of its own."""
        return {
            "language": self.language,
            "custom": Group(enabled=bool(self.custom), path="{slug}", title="{term}"),
            "category": self.category,
            "tag": self.tag,
            "author": self.author,
            "source": self.source,
            "folder": self.folder,
        }

    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds of feeds that are enabled."""
        return ("all", *(kind for kind, group in self.groups.items() if group.enabled))


@frozen
class SiteRules:
    """The user's own trimming rules for a host and its subdomains; values are CSS selectors."""

    drop: tuple[str, ...] = key(checks.texts, (), '[".subscribe-box"]')(
        "CSS selectors of elements to remove from posts of that host."
    )
    keep: tuple[str, ...] = key(checks.texts, (), '[".reading-list"]')(
        "CSS selectors of elements in posts of that host that no rule may remove."
    )
    unwrap: tuple[str, ...] = key(checks.texts, (), '["div.wrapper"]')(
        "CSS selectors of elements to replace by their content."
    )
    why: str = key(checks.text, "", '"promotion"')("Reason for the rules, shown by `feedtool explain POST`.")
    #: of its table in the configuration file, for messages
    line: int = 0


@frozen
class Sanitiser:
    """How content is cleaned."""

    #: False: only repair and safety
    trim: bool = key(checks.flag, True, "false")(
        "Whether navigation is removed from entries. Repair and safety are always done."
    )
    trim_by_hand: bool = key(checks.flag, False, "true")(
        "Whether navigation is removed also from Markdown posts without `from:`, which an author wrote by hand."
    )
    off: tuple[str, ...] = key(checks.texts, (), '["related-box"]')(
        "Names of built-in rules to switch off; `feedtool explain NAME` describes a rule."
    )
    keep: tuple[str, ...] = key(checks.texts, (), '[".reading-list"]')(
        "CSS selectors of elements that no rule may remove, on any host."
    )
    data_images: int = key(checks.count, 0, "4_000")(
        "Bytes up to which a picture may stay that is written in its address (`data:`); of others their `alt` stays."
    )
    #: by host, in lower case and ASCII
    sites: dict[str, SiteRules] = table({}, SiteRules, each="HOST")


@frozen
class Publish:
    """Where the output is published, and how."""

    #: address of a bucket or a folder: s3, gs, az or file; "" for none
    target: str = key(checks.target, "", '"s3://bucket/feeds"')(
        "Where `feedtool publish` copies the output: a bucket with or without a prefix, as s3://, gs:// or az://, or a"
        " folder of this machine, as file:///."
    )
    #: see `minutes`
    grace: str = key(checks.span, "7d", '"12h"')(
        "How long deleted files stay in the bucket, in minutes, hours or days, for readers that still ask for them;"
        " 0 removes them at once."
    )
    concurrency: int = key(checks.some_count, 8, "16")("Number of parallel uploads.")
    purge: Purge = key(checks.purge, "auto", '"cloudflare"')(
        "Which CDN's copies of changed files are purged: `auto` for the CDN whose token is in the environment, a CDN by"
        " name, or `none`; `list` prints the addresses instead."
    )


@frozen
class Pages:
    """Pages of entries."""

    #: None: of those without an address
    entries: bool | None = key(checks.auto_flag, None, "true")(
        'Which entries get a page on the site, to which their links lead. `"auto"`: those that have no address of'
        " their own and were not taken from elsewhere. `true`: also those that were taken from elsewhere; feeds name"
        " the source beside the page. `false`: none."
    )
    #: below the output folder, with {slug} once and no "/" at its ends
    entry: str = key(placeholders.page_template, "entry/{slug}", '"{year}/{month}/{slug}"')(
        "Folder of an entry's page, below the output folder: a template with `{slug}` once, and `{year}`, `{month}`,"
        " `{day}`, `{category}`. Where two entries would share a page, the one published first has the plain address."
    )


@frozen
class Blog:
    """A feed of somebody else that the site recommends."""

    title: str = key(checks.text, "", '"A friend"')("Name of the blog.")
    #: absolute
    feed: str = key(checks.web_address, "", '"https://friend.example/feed.xml"')("Address of its feed.")
    #: absolute, or ""
    page: str = key(checks.web_address, "", '"https://friend.example/"')("Address of its page.")
    #: of the table in the configuration file, from 1; 0 if unknown
    line: int = 0


@frozen
class Templates:
    """The user's own templates."""

    #: their folder, for messages
    folder: str = ""
    #: text by name, sorted; names are of TEMPLATE_NAMES
    texts: tuple[tuple[str, str], ...] = ()


@frozen
class Config:
    """Everything that lasts from build to build. The defaults need no file."""

    #: the configuration file as the user knows it; "" for none
    path: str = ""
    output: str = key(checks.some_path, "output", '"public"')(
        "Folder that the output is written to, relative to this file."
    )
    #: old names of terms -> present names; no present name is an old one of another
    aliases: dict[str, str] = key(aliases, {}, '{ "Programing" = "Programming" }')(
        "Old names of categories, tags and authors, with the present name of each. The old address keeps the same feed,"
        " which names the new address."
    )
    site: Site = table(Site())
    posts: Posts = table(Posts())
    feeds: Feeds = table(Feeds())
    pages: Pages = table(Pages())
    sanitiser: Sanitiser = table(Sanitiser())
    #: in the order of the file
    podcast: tuple[Podcast, ...] = table((), Podcast, each="ITEM")
    publish: Publish = table(Publish())
    plugins: Plugins = table(Plugins())
    #: in the order of the file
    blogroll: tuple[Blog, ...] = table((), Blog, each="ITEM")
    #: read before a build: see `feedtool.config.reading`
    templates: Templates = Templates()


def history_of(group: Group | None, feeds: Feeds) -> tuple[bool, bool]:
    """Return whether the group's feeds (None: the feed of all entries) have archives, and whether they are complete."""
    archives = feeds.archives if group is None or group.archives is None else group.archives
    complete = feeds.complete if group is None or group.complete is None else group.complete
    return archives, complete


def minutes(span: str) -> int:
    """Return a duration that `checks.span` has accepted, such as "7d" or "0", in minutes."""
    return int(span.rstrip("mhd")) * {"m": 1, "h": 60, "d": 1440}.get(span[-1], 0)


def fill(template: str, /, **values: str) -> str:
    """Return the template with each {name} replaced, once: braces in the values stay."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)
