"""Posts of a site -> proposed site rules, which remove text that belongs to no article; and those rules as text.

    read    -> posts by host                 each story once; a sample of each host, the same in every run
    survey  -> the structures of each post   after the present rules, including the user's
    judge   -> candidates                    repeated text or links; never a large share of the text, never its pictures
    verify  -> proposals                     each post cleaned with the rule: it removes only what the evidence shows

until a round finds nothing. Only proposes: a build applies only the rules in the configuration. There they are added at
the end, or for a host that has a table to its `drop`; the new text is parsed to prove that nothing else changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from feedtool import reader, sanitiser
from feedtool.build.discovery import PostFile, load
from feedtool.build.parallel import Lost, Mapper, Progress
from feedtool.config import Config, Sanitiser, SiteRules
from feedtool.config.checks import BadValueError
from feedtool.config.checks import host as host_name
from feedtool.config.reading import parse_config
from feedtool.frozen import frozen
from feedtool.learn.judge import Candidate, Hint, Proposal, candidates, hints, least
from feedtool.learn.structures import Line, Survey, same_site, shown_lines, survey
from feedtool.model import Story
from feedtool.output import put_together
from feedtool.report import counted, printable, safe_json
from feedtool.urls import host_of

#: posts of a host: fewer give no proposals, and of more only a sample is read
FEWEST, SAMPLE = 5, 200
#: the share of a post's text that all rules of a host together may remove
_MOST = 0.5
_ROUNDS = 10
#: the reason of a host's rules, by whether they remove repeated text, links, or both
_WHY = {
    (True,): "repeated in most posts",
    (False,): "navigation in most posts",
    (False, True): "navigation and repeated text in most posts",
}
_BEYOND = "its layout is too complex for rules to be added"


@frozen
class Learnt:
    """The result for one host."""

    host: str
    #: the number of its stories, and of those in the sample; 0 if there are too few
    posts: int
    of: int
    proposals: tuple[Proposal, ...] = ()
    #: texts that many posts contain and that no proposal removes
    hints: tuple[Hint, ...] = ()
    #: posts of the sample that could not be read
    failed: int = 0


@frozen
class _Job:
    file: PostFile
    facts: sanitiser.Context
    #: how its text is read
    conventions: reader.Conventions


#: a post, and what the present rules leave of it; nothing if it could not be read
_Shown = tuple[_Job, tuple[Line, ...]]


def learn(
    config: Config, files: Sequence[PostFile], *, mapper: Mapper, progress: Progress, host: str = ""
) -> tuple[Learnt, ...]:
    """Return the results sorted by host; only for `host` if that is given."""
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
        if is_new:  # a rule of a host applies to its subdomains too
            related = (other for other in found if found[other].of and other != name and same_site(other, name))
            queue += [other for other in related if other not in queue]
        done += 1
    progress("looking", max(done, 1), max(done, 1))
    return tuple(found[name] for name in sorted(found))


def with_rules(config: Sanitiser, host: str, selectors: Iterable[str]) -> Sanitiser:
    """Return the configuration with these selectors added to `drop` of a host."""
    key = next((name for name in config.sites if name.removeprefix("www.") == host), host)
    site = config.sites.get(key, SiteRules())
    more = tuple(selector for selector in selectors if selector not in site.drop)
    return replace(config, sites={**config.sites, key: replace(site, drop=site.drop + more)})


def _samples(
    config: Config, files: Sequence[PostFile], mapper: Mapper, progress: Progress
) -> Mapping[str, tuple[list[_Job], int]]:
    """Return the sample of each host, and how many posts the host has."""
    by_name = {file.name: file for file in files}
    posts = []
    conventions = reader.conventions_of(config)
    read = partial(_read, conventions=conventions)
    for done, (_, reading) in enumerate(mapper(read, files), 1):
        progress("reading", done, len(files))
        if not isinstance(reading, Lost) and reading.post and reading.post.source:
            posts.append(reading.post)
    by_host: dict[str, list[Story]] = defaultdict(list)
    for story in reader.merge(posts)[0]:
        if host := _site_name(host_of(story.post.source)):
            by_host[host].append(story)
    samples = {host: sorted(stories, key=_shuffled)[:SAMPLE] for host, stories in by_host.items()}
    return {
        host: ([_job(by_name[story.post.path], story, conventions) for story in samples[host]], len(by_host[host]))
        for host in sorted(by_host)
    }


def _shuffled(story: Story) -> tuple[str, str]:
    """Return a sort key that shuffles stories alike in every run: a new post changes a sample only little."""
    return hashlib.sha256(story.id.encode("utf-8", "replace")).hexdigest(), story.post.path


def _job(file: PostFile, story: Story, conventions: reader.Conventions) -> _Job:
    facts = sanitiser.Context(
        base_url=story.post.source,
        title=story.post.title,
        authors=tuple(author.name for author in story.post.authors),
        published_ms=story.published_ms,
        terms=story.categories + story.tags,
    )
    return _Job(file=file, facts=facts, conventions=conventions)


def _read(file: PostFile, *, conventions: reader.Conventions) -> reader.Reading:
    """Read one post; runs in a worker, and raises nothing: a build reports its problems."""
    try:
        return reader.read_post(load(file.path), file.name, conventions)
    except Exception:  # noqa: BLE001 - skipped
        return reader.Reading(path=file.name)


def _html(job: _Job) -> str:
    return reader.render(reader.read_body(load(job.file.path), job.file.name, job.conventions))


def _survey(job: _Job, *, rules: sanitiser.Rules) -> Survey:
    try:
        return survey(_html(job), job.facts, rules=rules)
    except Exception:  # noqa: BLE001 - skipped
        return Survey(failed=True)


def _surveys(jobs: Sequence[_Job], rules: sanitiser.Rules, mapper: Mapper) -> list[Survey]:
    found = mapper(partial(_survey, rules=rules), jobs)
    return [Survey(failed=True) if isinstance(each, Lost) else each for _, each in found]


def _look(
    before: Learnt, jobs: Sequence[_Job], below: Sequence[_Job], config: Sanitiser, mapper: Mapper
) -> tuple[Learnt, Sanitiser]:
    """Return the host's result with new proposals, and the configuration with their rules."""
    found, host = replace(before, of=len(jobs)), before.host
    for _ in range(_ROUNDS):
        rules, _problems = sanitiser.load_rules(config)
        surveys, others = (_surveys(each, rules, mapper) for each in (jobs, below))
        found = replace(found, hints=hints(surveys), failed=sum(each.failed for each in surveys))
        posts = [(job, each.shown) for job, each in zip(jobs, surveys, strict=True)]
        good = _verified(candidates(host, surveys, others), host, posts, config, mapper)
        if not good:
            break
        found = replace(found, proposals=found.proposals + tuple(each.proposal for each in good))
        config = with_rules(config, host, (each.proposal.selector for each in good))
    return found, config


def _verified(
    found: Sequence[Candidate], host: str, posts: Sequence[_Shown], config: Sanitiser, mapper: Mapper
) -> Sequence[Candidate]:
    """Return the candidates that, as rules, remove from each post exactly what the evidence shows."""
    if not found:
        return ()
    rules, _ = sanitiser.load_rules(with_rules(config, host, (each.proposal.selector for each in found)))
    lines = [frozenset[int]().union(*(each.lines[number] for each in found)) for number in range(len(posts))]
    repeated = frozenset[int]().union(*(each.repeated for each in found))
    trials = mapper(
        partial(_gone, rules=rules), ((post, own | repeated) for post, own in zip(posts, lines, strict=True))
    )
    gone = [taken for _, taken in trials if isinstance(taken, frozenset)]
    if len(gone) == len(posts):
        taken = [sum(bool(lines & out) for lines, out in zip(each.lines, gone, strict=True)) for each in found]
        good = [
            replace(each, proposal=replace(each.proposal, posts=count))
            for each, count in zip(found, taken, strict=True)
            if count >= least(each.proposal.selector, len(posts))
        ]
        return good if len(good) == len(found) else _verified(good, host, posts, config, mapper)
    if len(found) == 1:
        return ()
    alone = [each for each in found if _verified([each], host, posts, config, mapper)]
    # what only goes wrong together: the next round may add the last one again
    return _verified(alone if len(alone) < len(found) else found[:-1], host, posts, config, mapper)


def _gone(trial: tuple[_Shown, frozenset[int]], *, rules: sanitiser.Rules) -> frozenset[int] | None:
    """Return the lines that the rules remove from a post; None if they remove other lines. Raises nothing."""
    (job, old), lines = trial
    if not old:
        return frozenset()
    try:
        new = shown_lines(_html(job), job.facts, rules)
    except Exception:  # noqa: BLE001 - no evidence
        return None
    taken = Counter(line.digest for line in old) - Counter(line.digest for line in new)
    whole, left = (sum(line.weight for line in each) for each in (old, new))
    is_exact = taken.keys() <= lines | _emptied(old, taken) and {m.digest for m in new} <= {m.digest for m in old}
    return frozenset(taken) if is_exact and whole - left <= _MOST * whole else None


def _emptied(lines: Iterable[Line], taken: Counter[int]) -> set[int]:
    """Return the headings below which nothing is left: they go with their last line."""
    found = set()
    is_left = False
    for line in reversed(tuple(lines)):
        if line.is_heading and not is_left:
            found.add(line.digest)
        is_left = not line.is_heading and (is_left or line.digest not in taken)
    return found


class MergeError(Exception):
    """The rules cannot be added to the configuration; the message says why."""


def summary_lines(found: Sequence[Learnt]) -> list[str]:
    """Return the result for people, host by host."""
    seen = [each for each in found if each.of]
    lines: list[str] = []
    for each in seen:
        sample = f" (a sample of {each.posts:,})" if each.of < each.posts else ""
        rules = counted(len(each.proposals), "rule") if each.proposals else "no rules"
        lines.append(f"{each.host}: {each.of} posts{sample}, {rules}")
        lines += [f"    {rule.selector}  {evidence(rule)}" for rule in each.proposals]
        if each.failed:
            lines.append(f"    {each.failed} of them could not be read")
        lines += [
            f'    hint: no selector was found for a text in {hint.posts} of {hint.of} posts: "{hint.text}"'
            for hint in each.hints
        ]
    if few := len(found) - len(seen):
        hosts = counted(few, "host has", "hosts have")
        lines.append(f"{hosts} fewer than {FEWEST} posts, which are too few to learn from.")
    if not any(each.proposals for each in found):
        lines.append("Nothing to propose.")
    return [printable(line) for line in lines]


def results_json(found: Iterable[Learnt]) -> str:
    """Return the result as JSON in ASCII."""
    return safe_json({"hosts": [asdict(each) for each in found]})


def rendered(proposals: Iterable[Proposal]) -> str:
    """Return tables for feedtool.toml, with the evidence of each rule as a comment; "" for no proposals."""
    return "\n".join(
        "\n".join(_table(host, list(group))) + "\n" for host, group in groupby(proposals, key=lambda each: each.host)
    )


def evidence(proposal: Proposal) -> str:
    """Return the evidence of a rule in one line, without control characters."""
    same = f"the same text in {proposal.same:.0%} of them, " if proposal.same >= 0.02 and proposal.is_text else ""
    words = ", ".join(f'"{_plain(example)}"' for example in proposal.examples)
    return f"in {proposal.posts} of {proposal.of} posts, {same}{proposal.linked:.0%} of its text is links: {words}"


def merged(text: str, proposals: Sequence[Proposal]) -> str:
    """Return the text of a configuration with the proposed rules. Raises MergeError."""
    if (before := _parsed(text)) is None:
        raise MergeError("it is not valid TOML")
    known = {_site_name(key): key for key in reversed(before.get("sanitiser", {}).get("sites", {}))}
    new = rendered(each for each in proposals if each.host not in known)
    is_valid = _parsed(_appended(text, new)) is not None
    inside = [each for each in proposals if each.host in known] if is_valid else proposals
    result = _inserted(text, inside, known) if inside else text
    if len(inside) < len(proposals):
        result = _appended(result, new)
    _add(before, proposals, known)
    if _parsed(result) != before or parse_config(result)[1]:
        raise MergeError(_BEYOND)
    return result


def save(path: Path, text: str) -> None:
    """Replace or create a file in one step. Raises OutputError, OSError; the file is unchanged then."""
    target = Path(os.path.realpath(path))
    target.parent.stat()  # for a link that leads nowhere, no folder is made
    mode = target.stat().st_mode if target.exists() else None
    put_together(target.parent, {target.name: text.encode("utf-8")})
    if mode is not None:
        target.chmod(stat.S_IMODE(mode))


def _table(host: str, proposals: Sequence[Proposal]) -> list[str]:
    lines = [f"[sanitiser.sites.{_quoted(host)}]"]
    lines += [f"# {_quoted(each.selector)}: {evidence(each)}" for each in proposals]
    if len(proposals) == 1:
        lines.append(f"drop = [{_quoted(proposals[0].selector)}]")
    else:
        lines += ["drop = [", *(f"    {_quoted(each.selector)}," for each in proposals), "]"]
    return [*lines, f"why = {_quoted(_why(proposals))}"]


def _why(proposals: Iterable[Proposal]) -> str:
    return _WHY[tuple(sorted({each.is_text for each in proposals}))]


def _quoted(text: str) -> str:
    """Return a text as TOML writes it, in printable characters."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in quoted)


def _plain(text: str) -> str:
    """Return a text for a comment, in printable characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _site_name(key: str) -> str:
    """Return the host that a rule for this name is for, or "" if no rule can have it."""
    try:
        return host_name(key).removeprefix("www.")
    except BadValueError:
        return ""


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _appended(text: str, addition: str) -> str:
    """Return the text with an addition at its end, in the text's line ends."""
    if not addition:
        return text
    end = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + addition.replace("\n", end)


def _inserted(text: str, proposals: Iterable[Proposal], known: Mapping[str, str]) -> str:
    """Return the text with selectors added to existing tables; comments and layout stay."""
    import tomlkit  # noqa: PLC0415 - seldom needed
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text)
        _add(document, proposals, known)
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MergeError(f"{_BEYOND} ({type(error).__name__})") from None


def _add(config: MutableMapping[str, Any], proposals: Iterable[Proposal], known: Mapping[str, str]) -> None:
    """Add rules to a configuration, to the tables that their hosts have there; `known` are the keys of these."""
    sites = config.setdefault("sanitiser", {}).setdefault("sites", {})
    for host, group in groupby(proposals, key=lambda each: each.host):
        table, rules = sites.setdefault(known.get(host, host), {}), list(group)
        table.setdefault("drop", []).extend(each.selector for each in rules)
        table.setdefault("why", _why(rules))
