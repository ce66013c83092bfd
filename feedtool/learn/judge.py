"""Surveys of a site's posts -> the structures that are not part of any article.

In: the surveys of a site's posts, and of its subdomains' posts, to which a rule would apply too. Out: `Candidate`
values, only the outermost of nested ones. Pure; the order of the posts affects only the examples.

A line is boilerplate if many posts have it, or if it is a link to the site or to where other posts link as well.
A picture is, if many posts have it, or if it belongs to such a link. A structure is proposed if it contains nearly
nothing else in every post that has it: one post with words or pictures of its own in it is enough to refuse it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from feedtool.frozen import frozen
from feedtool.learn.structures import QUOTED, SENTENCE, Line, Survey, is_of_text, rank

#: a text is repeated if so many posts have it: this share of them, and at least this number
REPEATED, FEWEST = 0.2, 4
#: what a structure may hold beside boilerplate: this share of its text, and the weight of the longest line
OWN, LONGEST = 0.2, 40

#: the ranges of lines of a structure in a post
Ranges = tuple[tuple[int, int], ...]


@frozen
class Proposal:
    """A rule for a host, with its evidence."""

    host: str
    selector: str
    #: whether its text is repeated, rather than links
    is_text: bool
    #: in how many posts the structure was found, and in how many it was looked for
    posts: int
    of: int
    #: the share of its text that is links, from 0 to 1
    linked: float
    #: in which share of these posts it has its most common text, from 0 to 1
    same: float
    #: the first words in up to three posts
    examples: tuple[str, ...]


@frozen
class Candidate:
    """A proposal that is not verified yet."""

    proposal: Proposal
    #: digests of the lines that it would remove, by post
    lines: tuple[frozenset[int], ...]
    #: digests of the lines that it may remove from any post: what many posts repeat, where a text names a paragraph
    repeated: frozenset[int] = frozenset()


@frozen
class Hint:
    """A text that many posts contain."""

    text: str
    posts: int
    of: int


def candidates(host: str, surveys: Sequence[Survey], others: Sequence[Survey] = ()) -> tuple[Candidate, ...]:
    """Return the structures that a rule could remove; in `others`, too, none may be part of an article."""
    known = _Known.of(surveys)
    structures: dict[str, dict[int, Ranges]] = defaultdict(dict)
    refused = frozenset[str]().union(*(each.refused for each in (*surveys, *others)))
    for number, each in enumerate(surveys):
        for selector, ranges in each.structures.items():
            if selector not in refused:
                structures[selector][number] = ranges
    found = []
    for selector, where in structures.items():
        stays = {number: ranges for number, ranges in where.items() if _stays(surveys[number].lines, ranges)}
        if len(stays) < least(selector, len(surveys)):
            continue
        have = (each for each in (*surveys, *others) if selector in each.structures)
        if not all(known.holds(each.lines, each.structures[selector]) for each in have):
            continue
        if candidate := _candidate(host, selector, stays, surveys, known):
            found.append((candidate, stays))
    return _outermost(found, surveys)


def hints(surveys: Sequence[Survey]) -> tuple[Hint, ...]:
    """Return up to five sentences that many posts contain, the most frequent first."""
    texts: dict[int, str] = {}
    posts: Counter[int] = Counter()
    for each in surveys:
        found = {m.digest: m.text for m in each.lines if m.stays and not m.is_picture and m.weight >= SENTENCE}
        posts.update(found.keys())
        for key, text in found.items():
            texts[key] = min(text, texts.get(key, text))
    often = sorted((-posts[key], texts[key]) for key in _repeated(posts, surveys))
    return tuple(Hint(text=text, posts=-count, of=len(surveys)) for count, text in often[:5])


def least(selector: str, posts: int) -> float:
    """Return how many posts a structure must be in: most of them, or where a text names it, enough to be repeated."""
    return _few(posts) if is_of_text(selector) else max(FEWEST, posts // 2 + 1)


def _few(posts: int) -> float:
    return max(FEWEST, REPEATED * posts)


def _repeated(posts: Mapping[int, int], surveys: Sequence[Survey]) -> frozenset[int]:
    """Return the digests that are in many posts; `posts` has the number of posts for each."""
    return frozenset(key for key, count in posts.items() if count >= _few(len(surveys)))


def _inside(lines: Sequence[Line], ranges: Ranges) -> list[Line]:
    return [line for start, end in ranges for line in lines[start:end]]


def _stays(lines: Sequence[Line], ranges: Ranges) -> bool:
    inside = _inside(lines, ranges)
    left = sum(line.weight for line in inside if line.stays)
    return left > 0.3 * sum(line.weight for line in inside) or any(m.is_picture and m.stays for m in inside)


@frozen
class _Known:
    """Digests that many posts share: of lines, pictures and linked addresses."""

    lines: frozenset[int]
    links: frozenset[int]
    #: lines with repeated labels and any links, as credits are
    labelled: frozenset[int] = frozenset()

    @classmethod
    def of(cls, surveys: Sequence[Survey]) -> _Known:
        lines = Counter(key for each in surveys for key in {k for m in each.lines for k in (m.digest, *m.parts)})
        links = Counter(key for each in surveys for key in {k for m in each.lines for k in (*m.own, *m.foreign)})
        known = cls(lines=_repeated(lines, surveys), links=_repeated(links, surveys))
        every = [line for each in surveys for line in each.lines]
        labelled = frozenset(m.digest for m in every if m.parts and known.lines.issuperset(m.parts))
        varied = {line.digest for line in every if known.repeats(line)}
        return cls(lines=known.lines | varied, links=known.links, labelled=labelled)

    def repeats(self, line: Line) -> bool:
        """Return whether a sentence is put together from pieces and links that many posts have."""
        is_sentence = line.weight - line.linked >= SENTENCE and not line.is_content
        return is_sentence and self.lines.issuperset(line.parts) and self.links.issuperset((*line.own, *line.foreign))

    def leads_away(self, line: Line) -> bool:
        """Return whether a line is a link to the site, or to where other posts link too."""
        if line.is_content or not (line.own or line.foreign):
            return False
        return all(key in self.links for key in line.foreign) and line.linked >= 0.6 * line.weight

    def holds(self, lines: Sequence[Line], ranges: Ranges) -> bool:
        """Return whether a structure holds boilerplate and nearly nothing else."""
        inside = _inside(lines, ranges)
        texts = [line for line in inside if not line.is_picture]
        own = [line.weight for line in texts if line.digest not in self.lines and not self.leads_away(line)]
        if sum(own) > OWN * sum(line.weight for line in inside) or max(own, default=0) > LONGEST:
            return False
        if any(line.is_content and line.digest not in self.lines for line in inside):
            return False
        titled = {key for line in texts if self.leads_away(line) for key in line.own}
        return all(self._is_decoration(line, titled) for line in inside if line.is_picture)

    def _is_decoration(self, line: Line, titled: set[int]) -> bool:
        """Return whether a picture is in many posts, or links to the same address as a title beside it."""
        if line.digest in self.lines:
            return True
        keys = {*line.own, *line.foreign}
        return bool(keys) and not line.is_content and all(key in titled or key in self.links for key in keys)


def _candidate(
    host: str, selector: str, stays: Mapping[int, Ranges], surveys: Sequence[Survey], known: _Known
) -> Candidate | None:
    """Return the structure as a candidate if it looks like navigation or repeated text."""
    held = [_inside(surveys[number].lines, ranges) for number, ranges in stays.items()]
    size = sum(line.weight for inside in held for line in inside)
    linked = sum(line.linked for inside in held for line in inside) / max(1, size)
    links = sum(len({*m.own, *m.foreign}) for inside in held for m in inside if known.leads_away(m)) / len(held)
    repeated = sum(m.weight for inside in held for m in inside if m.digest in known.lines) / max(1, size)
    pictures = all(any(line.is_picture for line in inside) for inside in held)
    texts = Counter(tuple(line.digest for line in inside) for inside in held)
    is_links = links >= 2 and linked >= 0.5
    is_text = repeated >= 0.8 and (size / len(held) >= (6 if linked >= 0.5 else SENTENCE) or pictures)
    if not is_links and not is_text:
        return None
    lines: list[frozenset[int]] = [frozenset()] * len(surveys)
    for number, inside in zip(stays, held, strict=True):
        lines[number] = frozenset(line.digest for line in inside)
    proposal = Proposal(
        host=host,
        selector=selector,
        is_text=is_text,
        posts=len(held),
        of=len(surveys),
        linked=linked,
        same=texts.most_common(1)[0][1] / len(held),
        examples=_examples(held),
    )
    return Candidate(
        proposal=proposal,
        lines=tuple(lines),
        repeated=known.lines | known.labelled if is_of_text(selector) else frozenset(),
    )


def _examples(held: Iterable[Sequence[Line]]) -> tuple[str, ...]:
    texts = (" ".join(line.text for line in inside if line.text)[:QUOTED].strip() for inside in held)
    return tuple(islice(dict.fromkeys(text or "(a picture)" for text in texts), 3))


def _outermost(
    found: Iterable[tuple[Candidate, Mapping[int, Ranges]]], surveys: Sequence[Survey]
) -> tuple[Candidate, ...]:
    """Return the candidates without those inside others, and without those that select the same."""
    covered: list[set[int]] = [set() for _ in surveys]
    chosen = []
    for candidate, where in sorted(found, key=lambda each: _size(*each)):
        lines = {number: {at for a, b in ranges for at in range(a, b)} for number, ranges in where.items()}
        new = sum(not inside <= covered[number] for number, inside in lines.items())
        if new >= least(candidate.proposal.selector, len(surveys)):
            chosen.append(candidate)
            for number, inside in lines.items():
                covered[number] |= inside
    return tuple(chosen)


def _size(candidate: Candidate, where: Mapping[int, Ranges]) -> tuple[object, ...]:
    lines = sum(end - start for ranges in where.values() for start, end in ranges)
    return -lines, rank(candidate.proposal.selector)
