"""Posts of a site -> the site rules that would take out what no article of it is made of.

    read    -> posts by host                 each story once; a sample of each host, the same in every run
    survey  -> what stands in each post      after the rules in force, the user's among them
    judge   -> candidates                    repeated, or links; never a share of the text, never its pictures
    verify  -> proposals                     each post cleaned with the rule: nothing goes but what the evidence shows

until nothing more is found. In: post files, the configuration. Out: `Learnt`; what is to be written is `toml`'s
business. Proposes, and applies nothing: only what stands in the configuration is ever applied by a build.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from feedtool import reader, sanitiser
from feedtool.build.discovery import PostFile, load
from feedtool.build.parallel import Mapper, Progress
from feedtool.config import Config, Sanitiser, SiteRules
from feedtool.config.checks import BadValueError
from feedtool.config.checks import host as host_name
from feedtool.learn.judge import Candidate, Hint, candidates, hints
from feedtool.learn.structures import Survey, shown_lines, survey
from feedtool.model import Story
from feedtool.sanitiser.links import host_of

#: posts of a host below which nothing is proposed, and above which a sample is taken
FEWEST, SAMPLE = 5, 200
#: the share of a post's text that all rules of a host together may take
_MOST = 0.5
_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule for a host, with its evidence."""

    host: str
    selector: str
    #: whether its text is the same again and again, or links
    is_text: bool
    #: how many of the posts looked at it stands in
    posts: int
    of: int
    #: how much of its text is links, and in how many of its posts its text is the same, from 0 to 1
    linked: float
    same: float
    #: the first words in up to three posts
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What was found on one host."""

    host: str
    #: its stories, and how many of them were looked at; 0 where there are too few
    posts: int
    of: int
    proposals: tuple[Proposal, ...] = ()
    #: texts that stand in many posts and that no proposal takes
    hints: tuple[Hint, ...] = ()
    #: posts that could not be looked at
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A post that is to be looked at."""

    file: PostFile
    facts: sanitiser.Context


def learn(
    config: Config, files: Sequence[PostFile], *, mapper: Mapper, progress: Progress, host: str = ""
) -> tuple[Learnt, ...]:
    """Return what was found on each host, or on the one that is named; sorted by host."""
    samples = _samples(config, files, mapper, progress)
    wanted = [name for name in samples if not host or name == host.removeprefix("www.")]
    found = {name: Learnt(host=name, posts=samples[name][1], of=0) for name in wanted}
    queue = sorted((name for name in wanted if samples[name][1] >= FEWEST), key=lambda n: (n.count("."), n))
    rules, done = config.sanitiser, 0
    while queue:
        name = queue.pop(0)
        progress("looking", done, done + len(queue) + 1)
        jobs = samples[name][0]
        below = [job for other in sorted(samples) if other.endswith("." + name) for job in samples[other][0]]
        learnt, rules = _look(found[name], jobs, below[:SAMPLE], rules, mapper)
        is_new = learnt.proposals != found[name].proposals
        found[name] = learnt
        if is_new:  # a rule of a host is one of its subdomains as well
            queue += [other for other in found if found[other].of and _related(other, name) and other not in queue]
        done += 1
    progress("looking", max(done, 1), max(done, 1))
    return tuple(found[name] for name in sorted(found))


def with_rules(config: Sanitiser, host: str, selectors: Iterable[str]) -> Sanitiser:
    """Return the configuration with more to drop on a host."""
    key = next((name for name in config.sites if name.removeprefix("www.") == host), host)
    site = config.sites.get(key, SiteRules())
    more = tuple(selector for selector in selectors if selector not in site.drop)
    return replace(config, sites={**config.sites, key: replace(site, drop=site.drop + more)})


def _related(one: str, other: str) -> bool:
    return one.endswith("." + other) or other.endswith("." + one)


def _samples(
    config: Config, files: Sequence[PostFile], mapper: Mapper, progress: Progress
) -> Mapping[str, tuple[list[_Job], int]]:
    """Return for each host the posts that are looked at, and how many there are."""
    by_name = {file.name: file for file in files}
    posts = []
    read = partial(_read, zone=ZoneInfo(config.site.timezone))
    for done, reading in enumerate(mapper(read, files, lost=_lost), 1):
        progress("reading", done, len(files))
        if reading.post and reading.post.source:
            posts.append(reading.post)
    by_host: dict[str, list[Story]] = defaultdict(list)
    for story in reader.merge(posts)[0]:
        if host := _host(story.post.source):
            by_host[host].append(story)
    return {
        host: ([_job(by_name[story.post.path], story) for story in sorted(stories, key=_lot)[:SAMPLE]], len(stories))
        for host, stories in sorted(by_host.items())
    }


def _host(source: str) -> str:
    """Return the host that a rule would name, or "" where none could."""
    try:
        name = host_of(source).removeprefix("www.")
        return name if name and host_name(name) == name else ""
    except BadValueError:
        return ""


def _lot(story: Story) -> tuple[str, str]:
    """Return what orders stories as if by lot, and the same in every run: a new post changes little in a sample."""
    return hashlib.sha256(story.id.encode("utf-8", "replace")).hexdigest(), story.post.path


def _job(file: PostFile, story: Story) -> _Job:
    facts = sanitiser.Context(
        base_url=story.post.source,
        title=story.post.title,
        authors=tuple(author.name for author in story.post.authors),
        published_ms=story.published_ms,
        terms=story.categories + story.tags,
    )
    return _Job(file=file, facts=facts)


def _read(file: PostFile, *, zone: ZoneInfo) -> reader.Reading:
    """Read one post; runs in a worker, raises nothing: a build says what is wrong with it."""
    try:
        return reader.read_post(load(file.path), file.name, zone=zone)
    except Exception:  # noqa: BLE001 - a post that cannot be read teaches nothing
        return reader.Reading(path=file.name)


def _lost(file: PostFile, _: str) -> reader.Reading:
    return reader.Reading(path=file.name)


def _lost_survey(*_: object) -> Survey:
    return Survey(marks=(), places={}, refused=frozenset(), failed=True)


def _html(job: _Job) -> str:
    return reader.render(reader.read_body(load(job.file.path), job.file.name))


def _survey(job: _Job, *, rules: sanitiser.Rules) -> Survey:
    """Look at one post; runs in a worker, raises nothing."""
    try:
        return survey(_html(job), job.facts, rules=rules)
    except Exception:  # noqa: BLE001 - a post that cannot be read teaches nothing
        return Survey(marks=(), places={}, refused=frozenset(), failed=True)


def _look(
    before: Learnt, jobs: Sequence[_Job], below: Sequence[_Job], config: Sanitiser, mapper: Mapper
) -> tuple[Learnt, Sanitiser]:
    """Return what is found on a host beside what was found before, and the configuration with its proposals."""
    found, host = replace(before, of=len(jobs)), before.host
    for _ in range(_ROUNDS):
        rules, _problems = sanitiser.load_rules(config)
        look = partial(_survey, rules=rules)
        surveys = list(mapper(look, jobs, lost=_lost_survey))
        found = replace(found, hints=hints(surveys), failed=sum(each.failed for each in surveys))
        good = _verified(candidates(surveys, list(mapper(look, below, lost=_lost_survey))), host, jobs, config, mapper)
        if not good:
            break
        found = replace(found, proposals=found.proposals + tuple(_proposal(host, each) for each in good))
        config = with_rules(config, host, (each.selector for each in good))
    return found, config


def _verified(
    found: Sequence[Candidate], host: str, jobs: Sequence[_Job], config: Sanitiser, mapper: Mapper
) -> Sequence[Candidate]:
    """Return the candidates that, as rules, take what the evidence shows from each post, and nothing else."""
    if not found:
        return ()
    before, _ = sanitiser.load_rules(config)
    after, _ = sanitiser.load_rules(with_rules(config, host, (each.selector for each in found)))
    lines = [frozenset[int]().union(*(each.lines[number] for each in found)) for number in range(len(jobs))]
    gone = list(mapper(partial(_gone, before=before, after=after), zip(jobs, lines, strict=True), lost=lambda *_: None))
    if None not in gone:
        good = [each for each in found if _acts(each, gone)]
        return good if len(good) == len(found) else _verified(good, host, jobs, config, mapper)
    if len(found) == 1:
        return ()
    alone = [each for each in found if _verified([each], host, jobs, config, mapper)]
    return _verified(alone, host, jobs, config, mapper) if len(alone) < len(found) else ()


def _acts(candidate: Candidate, gone: Sequence[frozenset[int] | None]) -> bool:
    """Return whether a rule took something from each post that the structure stands in."""
    return all(lines & (taken or frozenset()) for lines, taken in zip(candidate.lines, gone, strict=True) if lines)


def _gone(
    trial: tuple[_Job, frozenset[int]], *, before: sanitiser.Rules, after: sanitiser.Rules
) -> frozenset[int] | None:
    """Return what more rules take from a post; None where that is anything but these lines. Raises nothing."""
    job, lines = trial
    try:
        html = _html(job)
        old, whole = shown_lines(html, job.facts, before)
        new, left = shown_lines(html, job.facts, after)
    except Exception:  # noqa: BLE001 - a post that cannot be read proves nothing
        return None if lines else frozenset()
    taken = old - new
    is_fine = taken.keys() <= lines and not new - old and whole - left <= _MOST * whole
    return frozenset(taken) if is_fine else None


def _proposal(host: str, found: Candidate) -> Proposal:
    return Proposal(
        host=host,
        selector=found.selector,
        is_text=found.kind == "text",
        posts=found.posts,
        of=found.of,
        linked=found.linked,
        same=found.same,
        examples=found.examples,
    )
