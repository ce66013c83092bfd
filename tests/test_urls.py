"""Addresses: one spelling for headers, bodies and ids, and none that could stop a post."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedtool import urls
from feedtool.config import Sanitiser
from feedtool.reader import merge, read_post
from feedtool.reader.identity import id_of
from feedtool.reader.schemes import Scheme
from feedtool.sanitiser import Context, clean, load_rules

RULES = load_rules(Sanitiser())[0]
FORMS = [
    ("https:example.org/x", "https://example.org/x"),
    ("https:/example.org/x", "https://example.org/x"),
    ("http:/example.org/x", "http://example.org/x"),
    ("https:///example.org/x", "https://example.org/x"),
    ("//example.org/x", ""),
    ("https://example.org./x", "https://example.org./x"),
    ("https://example.org", "https://example.org"),
    ("https://example.org?a", "https://example.org?a"),
    ("HTTPS://Example.ORG/X", "https://example.org/X"),
    ("https://ann:secret@example.org/", "https://example.org/"),
    ("https://b\u00fccher.example/\u00e9?q=\u00e9", "https://xn--bcher-kva.example/%C3%A9?q=%C3%A9"),
    ("https://example.org/a b", "https://example.org/a%20b"),
    ("https://example.org/a\u200bb", "https://example.org/ab"),
    ("https://example.org/100%", "https://example.org/100%25"),
    ("https://exa mple.org/", ""),
    ("https://[1/", ""),
    ("https:", ""),
    ("/x", ""),
    ("mail.example.org", ""),
    ("javascript:alert(1)", ""),
]


def _header(*lines: str) -> bytes:
    return "\n".join(("---", "date: 2024-01-02T03:04:05Z", *lines, "---", "Words.")).encode()


@pytest.mark.parametrize(("written", "expected"), FORMS)
def test_headers_and_bodies_agree_on_an_address(written: str, expected: str) -> None:
    """What a header may give as an address is what a body may link to, spelled alike, and the other way round."""
    post = read_post(_header(f"author: {{name: Ann, uri: '{written}'}}"), "a.md").post
    body = clean(f'<p>An <a href="{written}">address</a>.</p>', Context(), rules=RULES).html
    link = f'<a href="{expected}">address</a>' if expected else "address"
    assert post
    assert (post.authors[0].uri, body) == (expected, f"<p>An {link}.</p>")


@pytest.mark.parametrize(
    ("address", "base", "expected"),
    [
        ("https:x", "https://example.org/a/b", "https://example.org/a/x"),
        ("https:/x", "https://example.org/a/b", "https://example.org/x"),
        ("https:x.example/y", "http://example.org/a", "https://x.example/y"),
        ("https:///x.example/y", "https://example.org/a", "https://x.example/y"),
        ("//x.example/y", "http://example.org/a", "http://x.example/y"),
        ("x", "https:example.org/a/", "https://example.org/a/x"),
        ("x", "https://example.org", "https://example.org/x"),
        ("x", "no address", ""),
    ],
)
def test_a_base_counts_as_in_browsers(address: str, base: str, expected: str) -> None:
    """An address without its slashes is relative to a base of the same scheme (WHATWG URL, section 4.4)."""
    assert urls.absolute(address, base) == expected


@pytest.mark.parametrize(
    ("source", "derived", "taken"),
    [
        ("https:example.org/x", "d605c252-2808-5c20-abf2-ce451ff6c5e9", ""),
        ("https:///example.org/x", "d605c252-2808-5c20-abf2-ce451ff6c5e9", ""),
        ("//example.org/x", "d605c252-2808-5c20-abf2-ce451ff6c5e9", ""),
        ("https://example.org", "d872de99-db6c-5675-9368-84a3fe6b3e44", "https://example.org/"),
        ("https://example.org?a", "b3473456-268f-529a-aa0e-9576b19a9311", "https://example.org/?a"),
        ("https://example.org./x", "f0462cec-9953-5b92-97e2-feee7a696bfc", "https://example.org./x"),
    ],
)
def test_an_id_that_was_published_outlives_a_better_reading_of_sources(source: str, derived: str, taken: str) -> None:
    """Ids were published when such sources were spelled otherwise or not read at all; they stay what they were."""
    post = read_post(_header(f"from: '{source}'"), "posts/a.md").post
    assert post
    assert (merge([post])[0][0].id, id_of(Scheme(name="source"), post, {})) == (f"urn:uuid:{derived}", taken)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://a.example/b/c-d_e.html?f=g&h=%20i#j", "https://a.example/b/c-d_e.html?f=g&h=%20i#j"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/%zz?b=%", "https://a.example/%25zz?b=%25"),
        ("https://a.example/?", "https://a.example/"),
        ("https://a.example/#", "https://a.example/"),
        ("https://A.example/B", "https://a.example/B"),
        ("https://a.example/\n", "https://a.example/"),
        ("https://.example/", ""),
        ("https://a..example/", ""),
        ("https://a.example/" + "b" * 16_000, ""),
    ],
)
def test_an_address_that_is_as_it_should_be_stays(address: str, found: str) -> None:
    """Only an address of which nothing would change is taken as it is."""
    assert urls.absolute(address) == found


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://a.example", "a.example"),
        ("https://a.example?b", "a.example"),
        ("https://a@b.example/", "b.example"),
        ("https://a.example:80/", "a.example"),
        ("https://A.example/", "a.example"),
        ("https://a.example./", "a.example"),
        ("https:a.example/", "a.example"),
        ("//a.example/", "a.example"),
        ("https://[1/", ""),
        ("/a", ""),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    """It is the same for every spelling of a host, so that the rules for a site find it."""
    assert urls.host_of(address) == host


@given(
    st.text(alphabet="htps:/\\.?#[]@%a1 \u00e9\u200b\ud800\n", max_size=30),
    st.sampled_from(("", "https://a.example/b", "x")),
)
@example("http://[1", "http://[::1]/")
@example("https://a.example:x/", "")
def test_no_address_stops_a_post(address: str, base: str) -> None:
    """Any text is an address or none, and an address that was read stays as it is when it is read again."""
    found = urls.absolute(address, base)
    assert found == "" or found.startswith(("http://", "https://"))
    assert urls.absolute(found) == found
    assert urls.target(urls.target(address, base), base) == urls.target(address, base)
    assert urls.host_of(found) or not found
    urls.host_of(address)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_ids_are_those_of_the_standard_library(name: str) -> None:
    """Published ids were made with it, so another way to make them may give no other."""
    assert urls.urn_of(name) == uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def test_addresses_are_made_absolute_in_one_place() -> None:
    """No other module resolves, encodes or normalises addresses; the check of feeds reads `xml:base` as it is."""
    package = Path(__file__).parents[1] / "feedtool"
    makers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\b(?:urljoin|urlunsplit|urlunparse)\b|\"idna\"", path.read_text(encoding="utf-8"))
    }
    assert makers == {"urls.py", "check/atom.py"}
