"""`feedtool learn` proposes what a site repeats in its posts, and never a part of an article."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from heavy import first, heavy
from runs import Run, build, lay, post, process, run, tree

HOST = "daily.example"
#: words for articles that have nothing in common
WORDS = (
    "river", "lantern", "harbour", "copper", "orchard", "winter", "ladder", "engine", "valley", "thread", "marble", "window",
    "carpet", "meadow", "signal", "button", "castle", "pepper", "mirror", "garden", "bridge", "candle", "forest", "island",
)  # fmt: skip
SUBSCRIBE = "Our letter comes every Friday, costs nothing, and can be left at any time."


@pytest.fixture(autouse=True)
def no_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the boxes below to the command: most of them would go for their shape alone."""
    monkeypatch.setattr("feedtool.sanitiser.shape.Shape.cuts", lambda _: iter(()))


def article(number: int, paragraphs: int = 6) -> str:
    """Return the paragraphs of an article, different for each number."""
    out = []
    for at in range(paragraphs):
        words = [WORDS[(number * (at + 3) + step * (number + 5)) % len(WORDS)] for step in range(18)]
        out.append(f"<p>{number}.{at}: {' '.join(words)}.</p>")
    return "".join(out)


def more(number: int, name: str) -> str:
    """Return a box of links to other posts of the site."""
    links = "".join(
        f'<a href="https://{HOST}/old/{number * 7 + at}">{WORDS[(number + at) % 24]} and {WORDS[(number * at + 3) % 24]} {number}{at}</a><br>'
        for at in range(4)
    )
    return f'<div class="{name}">{links}</div>'


def site(folder: Path, body: Callable[[int], str], *, count: int = 12, host: str = HOST) -> Path:
    """Write so many posts of a host."""
    return lay(
        folder,
        {
            f"posts/{host}-{number}.html": post(
                f"Post {number}", date=f"2024-01-{number + 1:02}", body=body(number), source=f"https://{host}/{number}"
            )
            for number in range(count)
        },
    )


def learn(folder: Path, *arguments: str) -> Run:
    """Run the command in this process."""
    done = run("learn", "--jobs", "1", *arguments, cwd=folder)
    assert "Traceback" not in done.out + done.err
    return done


def dropped(done: Run, host: str = HOST) -> list[str]:
    """Return the selectors that are proposed for a host."""
    assert done.status == 0, done.err
    selectors: list[str] = tomllib.loads(done.out).get("sanitiser", {}).get("sites", {}).get(host, {}).get("drop", [])
    return selectors


def test_a_box_of_links_is_found_whatever_it_is_called(tmp_path: Path) -> None:
    """Links to other pages of the site, different in each post, are proposed with the evidence; a build then obeys."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    done = learn(tmp_path)
    assert dropped(done) == ["div.zk-olga"]
    assert "in 12 of 12 posts" in done.out
    assert "100% of its text is links" in done.out
    assert "daily.example: 12 posts, 1 rule" in done.err
    build(cwd=tmp_path)
    assert b"/old/" in (tmp_path / "output/feed.json").read_bytes()
    (tmp_path / "feedtool.toml").write_text(done.out, encoding="utf-8")
    build(cwd=tmp_path)
    feed = json.loads((tmp_path / "output/feed.json").read_bytes())
    assert len(feed["items"]) == 12
    assert not any("/old/" in item["content_html"] for item in feed["items"])
    assert all(item["content_html"].count("<p>") == 6 for item in feed["items"])


def test_a_text_that_stands_in_every_post_is_found(tmp_path: Path) -> None:
    """A line that asks for something, the same again and again, is proposed though it holds no link."""
    site(tmp_path, lambda n: f'<div>{article(n)}<div class="zk-plea"><p>{SUBSCRIBE}</p></div></div>')
    done = learn(tmp_path)
    assert dropped(done) == ["div.zk-plea"]
    assert "the same text in 100% of them" in done.out
    assert "repeated in most posts" in done.out


@pytest.mark.parametrize(
    ("markdown", "selectors"),
    [("kramdown", ["p.zk-plea"]), ("goldmark", []), ("", [])],
    ids=["kramdown", "goldmark", "none"],
)
def test_posts_are_read_in_the_markdown_of_the_site(tmp_path: Path, markdown: str, selectors: list[str]) -> None:
    """A class of an attribute list names a paragraph only where the build reads it, too."""
    for number in range(12):
        text = article(number).replace("<p>", "").replace("</p>", "\n\n") + f"{SUBSCRIBE}\n{{: .zk-plea}}\n"
        made = post(f"Post {number}", date=f"2024-01-{number + 1:02}", body=text, source=f"https://{HOST}/{number}")
        lay(tmp_path, {f"posts/{number}.md": made})
    lay(tmp_path, {"feedtool.toml": f'[posts]\nmarkdown = "{markdown}"\n'} if markdown else {})
    assert [each for each in dropped(learn(tmp_path)) if each == "p.zk-plea"] == selectors


def test_a_repeated_text_without_a_name_is_a_hint(tmp_path: Path) -> None:
    """A block that no selector names is no rule; somebody may know what to do about it."""
    site(tmp_path, lambda n: f"<div>{article(n)}<div>{SUBSCRIBE}</div></div>")
    done = learn(tmp_path)
    assert dropped(done) == []
    assert done.out == ""
    assert "in 12 of 12 posts" in done.err
    assert SUBSCRIBE[:30] in done.err
    assert "Nothing to propose." in done.err


CONTINUE = '<a href="https://medium.example/x">Continue reading on Medium »</a>'


@pytest.mark.parametrize(
    ("line", "posts"),
    [
        (f"<p>{SUBSCRIBE}</p>", 12),
        (f"<p><em>{SUBSCRIBE}</em></p>", 4),
        (f"<p>{CONTINUE}</p>", 5),
        (f"<p><strong>{SUBSCRIBE}<br></strong>Every day at eight, on each of the two banks.</p>", 6),
    ],
)
def test_a_repeated_paragraph_without_a_name_is_named_by_its_text_and_place(
    tmp_path: Path, line: str, posts: int
) -> None:
    """A rule takes the line from every post that has it, and nothing else, however few of the posts have it."""
    site(tmp_path, lambda n: f"<div>{article(n)}{line if n < posts else ''}</div>")
    done = learn(tmp_path)
    [selector] = dropped(done)
    assert selector.startswith("p:-soup-contains(")
    assert selector.endswith(":nth-last-child(-n+6)")
    assert f"in {posts} of 12 posts" in done.out
    (tmp_path / "feedtool.toml").write_text(done.out, encoding="utf-8")
    build(cwd=tmp_path)
    feed = json.loads((tmp_path / "output/feed.json").read_bytes())
    assert all(item["content_html"].count("<p>") == 6 for item in feed["items"])


@pytest.mark.parametrize("around", ["<div>{}</div>", "<div><p>{}</p></div>"])
def test_a_repeated_line_that_only_breaks_part_is_named_by_its_text_and_place(tmp_path: Path, around: str) -> None:
    """Its lines before it stay, whatever is bold in them or follows in blocks."""

    def body(number: int) -> str:
        lines = article(number).replace("<p>", "").replace("</p>", "<br />\n").replace("river", "<b>river</b>")
        return around.format(f"{lines}<br />\n{SUBSCRIBE if number % 3 else 'Ends.'}")

    site(tmp_path, body)
    done = learn(tmp_path)
    assert dropped(done) == [f'text-line:-soup-contains("{SUBSCRIBE}"):nth-last-child(-n+6)']
    (tmp_path / "feedtool.toml").write_text(done.out, encoding="utf-8")
    build(cwd=tmp_path)
    feed = json.loads((tmp_path / "output/feed.json").read_bytes())
    lines = [re.findall("<br>\n?(?=[^<])|Our letter", item["content_html"]) for item in feed["items"]]
    assert sorted(map(len, lines)) == [5] * 8 + [6] * 4


def test_a_line_that_announces_what_follows_is_no_rule(tmp_path: Path) -> None:
    """It would go alone: what it announces differs from post to post."""
    site(
        tmp_path,
        lambda n: f"<div>{article(n)}<p>These are the tides for all of next week:</p><p>{n} {WORDS[n]}</p></div>",
    )
    done = learn(tmp_path)
    assert dropped(done) == []
    assert "These are the tides" in done.err


def test_a_line_that_is_told_in_several_ways_is_one_rule(tmp_path: Path) -> None:
    """The words that all have in common name it; white space, emphasis and punctuation do not matter."""
    letter = '<a href="https://letter.example/join">{}</a>'
    ways = (
        f"<p>Do not forget to sign up for {letter.format('The Letter')} that comes every single week!</p>",
        f"<p>Do not forget to sign up for\xa0{letter.format('The Letter')}\nthat comes every single week</p>",
        f"<p>Do not forget to sign up for <b>{letter.format('our Letter')}</b>  that comes every single week.</p>",
    )
    site(tmp_path, lambda n: f"<div>{article(n)}{ways[n % 3]}</div>")
    done = learn(tmp_path)
    assert dropped(done) == ['p:-soup-contains("Do not forget to sign up for"):nth-last-child(-n+6)']
    assert "in 12 of 12 posts" in done.out


@pytest.mark.parametrize(
    "body",
    [
        lambda n: f'<p>In the next part you will learn how to use <a href="/next-{n}">the {WORDS[n]}</a></p>',
        lambda n: f"<p>In the next part you will learn how to use <code>{WORDS[n]}</code></p>",
        lambda n: f'<p>In the next part you will learn to see <a href="https://a.example/">it</a> in a {WORDS[n]}</p>',
    ],
)
def test_a_sentence_that_only_begins_alike_is_no_rule(tmp_path: Path, body: Callable[[int], str]) -> None:
    """An author who begins in one way ends in others."""
    assert dropped(learn(site(tmp_path, lambda n: f"<div>{article(n)}{body(n)}</div>"))) == []


def test_a_rule_need_not_take_the_line_from_each_post(tmp_path: Path) -> None:
    """White space that hides the line from the rule in one post does no harm; the evidence counts what it takes."""
    site(tmp_path, lambda n: f"<div>{article(n)}<p>{SUBSCRIBE if n else SUBSCRIBE.replace(' ', chr(160))}</p></div>")
    done = learn(tmp_path)
    assert len(dropped(done)) == 1
    assert "in 11 of 12 posts" in done.out


def test_a_heading_goes_with_the_last_line_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is no reason against a rule, even if each post words the heading in its own way."""
    monkeypatch.undo()

    def body(number: int) -> str:
        return f"<div>{article(number)}<h2>That is all for {WORDS[number]}</h2><p>{SUBSCRIBE}</p></div>"

    assert len(dropped(learn(site(tmp_path, body)))) == 1


def test_labels_in_the_paragraph_of_a_repeated_text_go_with_it(tmp_path: Path) -> None:
    """As credits do, in which only the names differ."""

    def body(number: int) -> str:
        names = (f'<a href="https://{word}.example/">{word}</a>' for word in (WORDS[number], WORDS[number + 3]))
        credits_ = f"Translated: {next(names)} proofread: {next(names)}"
        closing = f"{credits_}<br>{SUBSCRIBE}" if number == 0 else f"{credits_}</p><p>{SUBSCRIBE}"
        return f"<div>{article(number)}<p>{closing}</p></div>"

    assert any(SUBSCRIBE[:30] in selector for selector in dropped(learn(site(tmp_path, body))))


def test_rules_that_go_wrong_only_together_are_not_proposed_together(tmp_path: Path) -> None:
    """Where two rules would take more than half of a post, one of them is proposed."""
    plea = "And if you like what you read here, tell a friend about it, for we have no other way to be found."

    def body(number: int) -> str:
        pleas = f"<p>{SUBSCRIBE}</p><p>{plea}</p>"
        return f"<div>{article(number) if number else '<p>' + 'The ferry is late. ' * 9 + '</p>'}{pleas}</div>"

    assert len(dropped(learn(site(tmp_path, body)))) == 1


def test_a_line_before_a_repeated_text_may_be_in_its_paragraph(tmp_path: Path) -> None:
    """As a divider is, in some posts, if it is repeated itself; a line of the article's own is never taken."""

    def closing(number: int) -> str:
        return f"<p>———<br>{SUBSCRIBE}</p>" if number < 4 else f"<p>———</p><p>{SUBSCRIBE}</p>"

    site(tmp_path, lambda n: f"<div>{article(n)}{closing(n)}</div>")
    assert any(SUBSCRIBE[:30] in selector for selector in dropped(learn(tmp_path)))
    site(tmp_path, lambda n: f"<div>{article(n)}{closing(n).replace('———<br>', f'Boat {n} came home late.<br>')}</div>")
    done = learn(tmp_path)
    assert [selector.partition(":")[0] for selector in dropped(done)] == ["text-line"]
    (tmp_path / "feedtool.toml").write_text(done.out, encoding="utf-8")
    build(cwd=tmp_path)
    feed = (tmp_path / "output/feed.json").read_text(encoding="utf-8")
    assert (feed.count("came home late."), feed.count(SUBSCRIBE)) == (4, 8)


def test_a_text_in_the_middle_or_in_few_posts_is_not_named(tmp_path: Path) -> None:
    """What an author says again in an article, and what two posts end with, is theirs."""
    site(tmp_path, lambda n: f"<div>{article(n)}<p>{SUBSCRIBE}</p>{article(n + 1)}{article(n + 2)}</div>")
    assert dropped(learn(tmp_path)) == []
    (tmp_path / "two").mkdir()
    site(tmp_path / "two", lambda n: f"<div>{article(n)}{f'<p>{SUBSCRIBE}</p>' if n < 2 else ''}</div>")
    assert dropped(learn(tmp_path / "two")) == []


def caption(n: int) -> str:
    """Return a gallery of pictures that differ, each leading to its large self."""
    return "".join(f'<a href="/photos/{n}-{at}.jpg"><img src="/photos/{n}-{at}-small.jpg"></a>' for at in range(4))


ARTICLES: dict[str, Callable[[int], str]] = {
    "the article": lambda n: f'<div class="zk-main">{article(n)}</div>',
    "a digest of links": lambda n: f"<div><p>{n}</p>{more(n, 'zk-digest')}</div>",
    "a gallery": lambda n: f'<div>{article(n)}<div class="zk-show">{caption(n)}</div></div>',
    "a gallery of pages": lambda n: (
        f'<div>{article(n)}<div class="zk-show">'
        + "".join(f'<a href="/{n}/picture-{at}/"><img src="/p/{n}{at}.jpg"></a>' for at in range(4))
        + "</div></div>"
    ),
    "pictures": lambda n: f'<div>{article(n)}<div class="zk-show"><img src="/p/{n}.jpg"><p>{WORDS[n]}</p></div></div>',
    "a picture above a repeated text": lambda n: (
        f'<div>{article(n)}<div class="zk-show"><img src="/p/{n}.jpg"> {SUBSCRIBE}</div></div>'
    ),
    "a repeated text that is half of the post": lambda n: (
        f'<div>{article(n, 1)}<div class="zk-plea">{SUBSCRIBE} {SUBSCRIBE}</div></div>'
    ),
    "links within sentences": lambda n: (
        f'<div>{article(n)}<p>See <a class="zk-ref" href="/a/{n}">the {WORDS[n]}</a> and '
        f'<a class="zk-ref" href="/b/{n}">the {WORDS[n + 1]}</a> once more.</p></div>'
    ),
    "references": lambda n: (
        f'<div>{article(n)}<ul class="zk-refs">'
        + "".join(f'<li><a href="https://s{n}{at}.example.net/">{WORDS[n]} {at}</a></li>' for at in range(4))
        + "</ul></div>"
    ),
    "the lead": lambda n: f'<div><p class="zk-lead">{WORDS[n]} {WORDS[n + 3]} {n}</p>{article(n)}</div>',
    "a heading": lambda n: f'<div><h2 class="zk-part">What we have learnt from it all</h2>{article(n)}</div>',
    "names of speakers": lambda n: f'<div><div class="zk-who">Olga Reed</div>{article(n)}</div>',
    "a repeated name that holds a note once": lambda n: (
        f'<div>{article(n)}<div class="zk-note">'
        f"{SUBSCRIBE if n != 5 else 'A correction: the lantern that this article told of was a candle in a window.'}</div></div>"
    ),
    "paragraphs by their look": lambda n: f'<div>{article(n)}<div class="text-center">{SUBSCRIBE}</div></div>',
    "a list in the article": lambda n: (
        f'<div class="zk-main">{article(n)}<ul><li><a href="/x/{n}">{WORDS[n]} one</a></li>'
        f'<li><a href="/y/{n}">{WORDS[n]} two</a></li></ul></div>'
    ),
    "a table of contents": lambda n: (
        f'<div>{article(n)}<ol class="zk-notes"><li><a href="https://{HOST}/{n}#one">{WORDS[n]} one</a></li>'
        f'<li><a href="https://{HOST}/{n}#two">{WORDS[n]} two</a></li></ol></div>'
    ),
}


@pytest.mark.parametrize("body", ARTICLES.values(), ids=ARTICLES.keys())
def test_a_part_of_the_article_is_never_proposed(tmp_path: Path, body: Callable[[int], str]) -> None:
    """What differs from post to post and is no link to the site's own pages, and what is large, is the article."""
    assert dropped(learn(site(tmp_path, body))) == []


def test_a_byline_stays_unless_it_is_always_the_same(tmp_path: Path) -> None:
    """Who wrote a post differs; the note on the only author of a site is the same below all of its posts."""
    bio = "Olga Reed has written about rivers and lanterns for twenty years."

    def body(n: int) -> str:
        by = f'<div class="zk-by"><a href="/author/reed{n}">Reed {n}</a> <a href="/topic/{n}">{WORDS[n]}</a></div>'
        return f'<div>{by}{article(n)}<div class="zk-bio">{bio}</div></div>'

    assert dropped(learn(site(tmp_path, body))) == ["div.zk-bio"]


def test_what_is_removed_already_is_not_proposed(tmp_path: Path) -> None:
    """Neither what the packaged rules know, nor what the configuration says."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'related-posts')}</div>")
    assert dropped(learn(tmp_path)) == []
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    lay(tmp_path, {"feedtool.toml": f'[sanitiser.sites."{HOST}"]\ndrop = [".zk-olga"]\n'})
    assert dropped(learn(tmp_path)) == []


def test_what_the_user_keeps_is_not_proposed(tmp_path: Path) -> None:
    """A rule that would have no effect, or that the user decided against, is none."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    lay(tmp_path, {"feedtool.toml": '[sanitiser]\nkeep = ["div.zk-olga"]\n'})
    assert dropped(learn(tmp_path)) == []


def test_of_boxes_within_boxes_the_outermost_is_proposed(tmp_path: Path) -> None:
    """One rule for what goes together."""
    site(
        tmp_path,
        lambda n: (
            f'<div>{article(n)}<div class="zk-end"><div class="zk-plea">{SUBSCRIBE}</div>{more(n, "zk-olga")}</div></div>'
        ),
    )
    assert dropped(learn(tmp_path)) == ["div.zk-end"]


def test_an_outer_box_with_words_of_its_own_stays(tmp_path: Path) -> None:
    """Then only what is repeated within it is proposed."""
    site(
        tmp_path,
        lambda n: (
            f'<div>{article(n)}<div class="zk-end"><p>{" ".join(WORDS[n : n + 9])} {n}</p>{more(n, "zk-olga")}</div></div>'
        ),
    )
    assert dropped(learn(tmp_path)) == ["div.zk-olga"]


def test_a_name_that_also_stands_in_articles_is_made_narrower(tmp_path: Path) -> None:
    """A selector that would take something else in any post is refused; one that says more may do."""

    def body(n: int) -> str:
        word = f'<div class="zk-box">{" ".join(WORDS[n : n + 8])}</div>' if n == 3 else ""
        return f"<div>{article(n)}{word}{more(n, 'zk-box zk-olga')}</div>"

    assert dropped(learn(site(tmp_path, body))) == ["div.zk-olga"]


def test_a_rule_must_hold_for_the_subdomains_as_well(tmp_path: Path) -> None:
    """A site's rule is applied to its subdomains, so an article there is as safe as one of the site."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    site(tmp_path, lambda n: f'<div class="zk-olga">{article(n)}</div>', host=f"blog.{HOST}", count=2)
    assert dropped(learn(tmp_path)) == []


def test_a_box_that_stands_in_the_lesser_half_is_no_rule(tmp_path: Path) -> None:
    """What most posts lack is not what the site adds to its posts."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga') if n < 5 else ''}</div>")
    assert dropped(learn(tmp_path)) == []


def test_few_posts_teach_nothing(tmp_path: Path) -> None:
    """Four posts that are alike are no evidence, and that is said."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>", count=4)
    done = learn(tmp_path)
    assert (done.status, done.out) == (0, "")
    assert "too few to learn from" in done.err
    assert "Nothing to propose." in done.err


def test_one_host_can_be_asked_for(tmp_path: Path) -> None:
    """The others are not looked at; a host that no post comes from is a mistake."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>", host="other.example")
    done = learn(tmp_path, "--host", "www.other.example")
    assert HOST not in done.out + done.err
    for wrong in ("third.example", "https://other.example/", "\x1b[31m"):
        done = learn(tmp_path, "--host", wrong)
        assert (done.status, done.out) == (2, "")
        assert "\x1b" not in done.err
        assert "  " not in done.err


@heavy
def test_the_order_of_posts_and_the_number_of_processes_do_not_matter(tmp_path: Path) -> None:
    """The same posts teach the same, under other names and with many processes."""

    def body(n: int) -> str:
        return f'<div>{article(n)}{more(n, "zk-olga")}<div class="zk-plea">{SUBSCRIBE}</div></div>'

    one, other = tmp_path / "one", tmp_path / "other"
    site(one, body, count=25)
    for number, content in enumerate(reversed(list(tree(one).values()))):
        lay(other, {f"posts/{number:03}.html": content})
    first = process("learn", "--jobs", "1", cwd=one)
    again = process("learn", "--jobs", "3", cwd=one, env={"PYTHONHASHSEED": "5"})
    assert first.out
    assert (first.out, first.err) == (again.out, again.err)
    assert process("learn", "--jobs", "1", cwd=other).out == first.out


COMMENT = re.compile(r"# [a-z]\w.*")
WRITTEN = f"""# my settings
[site]
title = "Notes"   # the name

[sanitiser.sites."{HOST}"]
# what I found myself
drop = [
    ".mine",      # by hand
]
why = "because I say so"
"""


@pytest.mark.parametrize(
    "before",
    first(
        3,
        [
            "",
            "# nothing yet\n",
            '[site]\r\ntitle = "Notes" # name\r\n',
            '\ufeff[site]\ntitle = "Notes"',
            WRITTEN,
            f'[sanitiser]\nsites = {{ "www.{HOST}" = {{ drop = [".mine"] }} }} # inline\n',
            f'sanitiser.sites."{HOST}".keep = [".mine"] # dotted\n',
            f'[sanitiser.sites."{HOST}"]\nkeep = [".mine"] # no drop\n\n[sanitiser]\ntrim = true\n',
            'sanitiser = { off = ["toc"] } # closed\n',
            '[sanitiser.sites."else.example"]\ndrop = [".mine"] # another\n',
        ],
    ),
)
def test_writing_keeps_what_is_there_and_is_done_once(tmp_path: Path, before: str) -> None:
    """Rules are added beside the user's, comments and layout stay, and a second run finds nothing more."""
    site(tmp_path, lambda n: f'<div>{article(n)}{more(n, "zk-olga")}<div class="zk-plea">{SUBSCRIBE}</div></div>')
    lay(tmp_path, {"feedtool.toml": before.replace('["toc"]', "[]").encode()} if before else {})
    done = learn(tmp_path, "--write")
    assert done.status == 0, done.err
    assert "2 rules added to feedtool.toml" in done.err
    after = (tmp_path / "feedtool.toml").read_bytes().decode()
    assert COMMENT.findall(before) == COMMENT.findall(after)[: len(COMMENT.findall(before))]
    assert after.startswith("\ufeff") == before.startswith("\ufeff")
    assert ("\n" in after.replace("\r\n", "")) != ("\r\n" in before)
    sites = tomllib.loads(after.removeprefix("\ufeff"))["sanitiser"]["sites"]
    rules = sites.get(HOST) or sites[f"www.{HOST}"]
    assert set(rules["drop"]) >= {"div.zk-olga", "div.zk-plea"}
    if "because" in before:
        assert rules["why"] == "because I say so"
        assert rules["drop"][0] == ".mine"
    assert learn(tmp_path, "--write").out == ""
    assert (tmp_path / "feedtool.toml").read_bytes().decode() == after
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".feedtool")] == []
    assert build(cwd=tmp_path).status == 0


def test_a_file_that_cannot_be_written_stays_as_it_is(tmp_path: Path) -> None:
    """The rules are printed, the reason is said, and the exit status is 1."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    lay(tmp_path, {"real/feedtool.toml": "# mine\n"})
    (tmp_path / "real/feedtool.toml").unlink()
    (tmp_path / "feedtool.toml").symlink_to("nowhere/feedtool.toml")
    done = learn(tmp_path, "--write")
    assert done.status == 1
    assert "zk-olga" in done.out
    assert "Add the rules by hand" in done.err
    assert (tmp_path / "feedtool.toml").is_symlink()


def test_a_link_to_the_configuration_stays_a_link(tmp_path: Path) -> None:
    """The file that it points to is written, with the permissions that it has."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    lay(tmp_path, {"shared/base.toml": "# mine\n"})
    (tmp_path / "shared/base.toml").chmod(0o640)
    (tmp_path / "feedtool.toml").symlink_to("shared/base.toml")
    assert learn(tmp_path, "--write").status == 0
    assert (tmp_path / "feedtool.toml").is_symlink()
    text = (tmp_path / "shared/base.toml").read_text(encoding="utf-8")
    assert text.startswith("# mine\n")
    assert "zk-olga" in text
    assert (tmp_path / "shared/base.toml").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("text", ["[site\n", "sanitiser = 3\n", "[sanitiser]\nkeeep = []\n"])
def test_a_broken_configuration_is_told_and_left_alone(tmp_path: Path, text: str) -> None:
    """Place and cure, exit status 2, nothing written."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    lay(tmp_path, {"feedtool.toml": text})
    done = learn(tmp_path, "--write")
    assert (done.status, done.out) == (2, "")
    assert "feedtool.toml:" in done.err
    assert (tmp_path / "feedtool.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "name",
    first(4, [
        "zk&quot;]}olga", "zk'olga", "zk\\olga", "zk>olga,p", "zk.olga#x", "1zk-olga", "-1zk", "新聞框", "🎉olga", "zk[olga]=(1)",
        "zk\u202eolga", "zk\u2028olga", "zk&#27;[31molga", "zk\u200bolga", "zk:not(p)", "--olga", "zk{olga}", "zk\u00adolga",
    ]),
)  # fmt: skip
def test_names_that_strangers_chose_are_written_safely(tmp_path: Path, name: str) -> None:
    """Whatever a class is called, the rule is valid, takes the box and nothing else, and shows as plain characters."""
    words = "Stand &#27;]0;x&#7; \u202e here, \u2028 and read on and on: \\ &quot; ''' # all of it."
    site(tmp_path, lambda n: f'<div>{article(n)}<div class="{name}">{words}</div></div>')
    done = learn(tmp_path, "--write")
    assert len(dropped(done)) == 1
    shown = (done.out + done.err).replace("\n", "")
    assert shown.isprintable(), [char for char in shown if not char.isprintable()]
    assert (tmp_path / "feedtool.toml").read_text(encoding="utf-8") == done.out
    assert build(cwd=tmp_path).status == 0
    feed = json.loads((tmp_path / "output/feed.json").read_bytes())
    assert all(item["content_html"].count("<p>") == 6 and "Stand" not in item["content_html"] for item in feed["items"])
    assert learn(tmp_path).out == ""


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    """For programs: each host with its rules, numbers and hints."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}<div>{SUBSCRIBE}</div></div>")
    (host,) = json.loads(learn(tmp_path, "--json").out)["hosts"]
    assert (host["host"], host["posts"], host["of"]) == (HOST, 12, 12)
    assert [rule["selector"] for rule in host["proposals"]] == ["div.zk-olga"]
    assert host["proposals"][0]["linked"] == 1
    assert host["hints"][0]["posts"] == 12


def test_posts_that_cannot_be_read_teach_nothing(tmp_path: Path) -> None:
    """Broken headers, empty bodies, absurd nesting and odd addresses never end the run."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    site(tmp_path, lambda n: "<div>" * 3000 + article(n), host="deep.example", count=6)
    site(tmp_path, lambda _: '<a href="http://[">x</a><img src="http://[">' * 3, host="odd.example", count=6)
    site(tmp_path, lambda _: "", host="empty.example", count=6)
    for number in range(6):
        odd = post(f"Odd {number}", body=article(number), source="'http://[::1]:x/'")
        lay(tmp_path, {f"posts/x{number}.html": odd, f"posts/y{number}.md": b"---\ntitle: [\x00\n---\n\xff"})
    assert dropped(learn(tmp_path)) == ["div.zk-olga"]


def test_a_build_learns_nothing_by_itself(tmp_path: Path) -> None:
    """Proposals are for people to read: without --write nothing changes, and a build writes no configuration."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    before = tree(tmp_path)
    learn(tmp_path)
    assert tree(tmp_path) == before
    build(cwd=tmp_path)
    assert not (tmp_path / "feedtool.toml").exists()


def test_switched_off_trimming_is_said(tmp_path: Path) -> None:
    """A rule that would not be applied is not proposed."""
    site(tmp_path, lambda n: f"<div>{article(n)}{more(n, 'zk-olga')}</div>")
    lay(tmp_path, {"feedtool.toml": "[sanitiser]\ntrim = false\n"})
    done = learn(tmp_path)
    assert (done.status, done.out) == (0, "")
    assert "sanitiser.trim" in done.err
