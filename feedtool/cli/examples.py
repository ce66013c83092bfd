"""What people type most: for each command, lines that work as they stand, each with what it does.

Shown by `--help` and in docs/commands.md.
"""

from __future__ import annotations

#: by command: the line, and what it does
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("feedtool build", "make feeds of the posts in posts/"),
        ("feedtool explain bad-date", "what a word in brackets means"),
    ),
    "init": (
        ("feedtool init", "begin here: asks three questions at most, and says what to do next"),
        ("feedtool init --yes blog", "asks nothing, for a folder of that name"),
    ),
    "new": (
        ('feedtool new "First snow"', "a post with date and front matter, to be filled"),
        ('feedtool new "C++ & me" --category Programming --tag C++ --edit', "opened in your editor"),
        ('feedtool new "Worth reading" --link https://example.org/article', "a link to what others wrote"),
    ),
    "build": (
        ("feedtool build --site-url https://example.org/feeds/", "feeds that know where they will be published"),
        ("feedtool build --posts _posts --output _site/feeds", "beside a Jekyll site"),
        ("feedtool build --strict --quiet", "in CI: say what is wrong, and fail if anything is"),
        ("feedtool build --limit 20 --format atom", "smaller feeds, in one format"),
    ),
    "serve": (
        ("feedtool serve", "a preview at http://localhost:8000/ that follows what you write"),
        ("feedtool serve --port 0 --open", "at any free port, in the browser at once"),
    ),
    "check": (
        ("feedtool check", "what a build would publish: is it sound, and who would see old entries as new?"),
        ("feedtool check --max-new 0 --against https://example.org/feeds/feeds.json", "beside what is published now"),
        ("feedtool check public/index.xml other/feeds", "any feeds, whoever made them"),
        ("feedtool check --format sarif > findings.sarif", "for a code host to show"),
    ),
    "list": (
        ("feedtool list", "every feed, with its posts, its newest, and its address"),
        ("feedtool list tags --sort count --limit 20", "the tags that most posts have"),
        ("feedtool list posts --json > posts.json", "all posts, for a program"),
    ),
    "links": (
        ("feedtool links", "for the head of every page: the feed of all entries"),
        ("feedtool links --category News --tag Tea", "for the pages of a category and a tag"),
    ),
    "publish": (
        (
            "feedtool publish s3://bucket/feeds --site-url https://example.org/feeds/",
            "build, put what changed, tell the hub",
        ),
        ("feedtool publish --dry-run", "what would be put and removed at publish.target"),
        ("feedtool publish --no-build file:///srv/www/feeds", "what lies in output/, to a folder"),
        ("feedtool publish --purge list > changed.txt", "addresses for a CDN that is told otherwise"),
    ),
    "explain": (
        ("feedtool explain posts/tea/2024-01-02-green.md", "why this post came out as it did"),
        ("feedtool explain posts/tea/2024-01-02-green.md --html cuts.html", "a page with every cut marked"),
        ("feedtool explain bad-date", "what a problem's code means"),
        ("feedtool explain teaser-card", "what a rule of the sanitiser removes, and why"),
        ("feedtool explain feeds.limit", "what a key of feedtool.toml is for; `feeds` tells of all in its table"),
    ),
    "learn": (
        ("feedtool learn", "rules for what each site repeats in its articles"),
        ("feedtool learn --host news.example.org --write", "one site's, into feedtool.toml"),
    ),
    "schema": (("feedtool schema > feedtool.schema.json", "what editors take; name it in feedtool.toml's first line"),),
}


def epilog(command: str) -> str:
    """Return what stands at the end of a command's help."""
    lines = (f"  {line}\n      {why}" for line, why in EXAMPLES.get(command, ()))
    return "\b\nExamples:\n" + "\n".join(lines)
