"""What can be typed: the options that several commands share, and the examples that `--help` ends with.

A command declares its own options as parameters, names the shared ones in `@shared(...)`, and gets their values as one
`Common`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from inspect import Parameter, Signature, signature
from itertools import groupby
from typing import Annotated, Any, get_type_hints

import typer

from feedtool.cli.building import Common, call

Prune = Annotated[
    bool, typer.Option("--prune", help="Remove the files of feeds that are no longer built or have no entries.")
]


def shared(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command these options after its own, and their values as its first argument."""
    types = get_type_hints(Common)
    given = [
        Parameter(
            each.name,
            Parameter.KEYWORD_ONLY,
            default=each.default,
            annotation=Annotated[types[each.name], typer.Option(*each.metadata["names"], **each.metadata["more"])],
        )
        for each in fields(Common)
        if each.name in names
    ]

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        def called(**values: Any) -> None:  # noqa: ANN401 - of any option
            call(command, names, values)

        _, *own = signature(command, eval_str=True).parameters.values()
        every = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in own]
        called.__signature__ = Signature([*every, *given])  # type: ignore[attr-defined]
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        return called

    return decorated


#: lines that work as they are, each with what it does; those of a command follow each other
_EXAMPLES = """
feedtool init  # start here: asks at most three questions
feedtool init --yes blog  # the same for the folder blog, without questions
feedtool new "First snow"  # a post with date and front matter
feedtool new "C++ & me" --category Programming --tag C++ --edit  # open it in your editor
feedtool new "Worth reading" --link https://example.org/article  # a post that links to an article
feedtool build --site-url https://example.org/feeds/  # feeds with the address of the site
feedtool build --posts _posts --output _site/feeds  # next to a Jekyll site
feedtool build --strict --quiet  # in CI: print problems, and fail if there are any
feedtool build --limit 20 --format atom  # smaller feeds in one format
feedtool serve  # preview at http://localhost:8000/; rebuilds on every change
feedtool serve --port 0 --open  # on any free port; opens the browser
feedtool check  # check the feeds that a build would write
feedtool check --max-new 0 --against https://example.org/feeds/feeds.json  # compare with the published ones
feedtool check public/index.xml other/feeds  # check any feeds
feedtool check --format sarif > findings.sarif  # for a code host
feedtool list  # every feed with its posts, newest post and address
feedtool list tags --sort count --limit 20  # the 20 most used tags
feedtool list posts --json > posts.json  # all posts as JSON
feedtool links  # for the head of every page: the main feed
feedtool links --category News --tag Tea  # for the pages of a category and a tag
feedtool publish s3://bucket/feeds --site-url https://example.org/feeds/  # build, upload, notify the hub
feedtool publish --dry-run  # list what would be uploaded and removed
feedtool publish --no-build file:///srv/www/feeds  # copy output/ to a folder
feedtool publish --purge list > changed.txt  # changed addresses, for another CDN
feedtool explain posts/tea/2024-01-02-green.md  # how this post was processed
feedtool explain posts/tea/2024-01-02-green.md --html cuts.html  # a page that marks everything removed
feedtool explain bad-date  # what a problem code means
feedtool explain related-box  # what a sanitiser rule removes, and why
feedtool explain feeds.limit  # what a setting does; `feeds` explains the whole table
feedtool learn  # propose rules for every site
feedtool learn --host news.example.org --write  # add one site's rules to feedtool.toml
feedtool schema > feedtool.schema.json  # for editors; name it in the first line of feedtool.toml
"""
_ROWS = [line.partition("  # ")[::2] for line in _EXAMPLES.strip().split("\n")]
#: by command; "" for the help of all
EXAMPLES = {name: list(rows) for name, rows in groupby(_ROWS, key=lambda row: row[0].split()[1])} | {
    "": [
        ("feedtool build", "build feeds from the posts in posts/"),
        ("feedtool explain bad-date", "explain the problem code in brackets"),
    ]
}


def epilog(command: str) -> str:
    """Return the end of a command's help: its examples."""
    lines = (f"  {line}\n      {what}" for line, what in EXAMPLES.get(command, ()))
    return "\b\nExamples:\n" + "\n".join(lines)
