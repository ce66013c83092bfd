"""Dates and timestamps: to the millisecond, in the right zone, and never made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import codes, ms, post_of, read, with_header

from feedtool.reader import read_post
from feedtool.reader.dates import DateError, file_name_date, read_count, read_date
from feedtool.reader.split import Conventions

TAIPEI = ZoneInfo("Asia/Taipei")
NEW_YORK = ZoneInfo("America/New_York")


def stamped(comment: str, *header: str) -> str:
    """Return a post with a timestamp comment, and no date in its header unless one is given."""
    return with_header(*header, date="", body=f"<!--{comment}-->\nWords.")


def test_a_timestamp_comment_counts_to_the_millisecond() -> None:
    """The millisecond comment is the published time, to the millisecond."""
    assert post_of(stamped("1675164846123", "date: 2023-01-31T11:34:06Z")).published_ms == 1675164846123


@pytest.mark.parametrize(
    ("comment", "published_ms", "problems"),
    [
        ("1675164846000", 1675164846000, []),
        ("1675164846", 1675164846000, ["timestamp-unit"]),
        ("1675164846123456", 1675164846123, ["timestamp-unit"]),
        ("946684800000", 946684800000, []),
        (" 1675164846000 ", 1675164846000, []),
    ],
)
def test_seconds_and_microseconds_are_converted_and_reported(
    comment: str, published_ms: int, problems: list[str]
) -> None:
    """10 digits are seconds, 16 microseconds, both reported; an old count of 12 digits is milliseconds."""
    reading = read(stamped(comment, "title: A"))
    assert reading.post
    assert (reading.post.published_ms, codes(reading)) == (published_ms, problems)


@pytest.mark.parametrize(
    "comment", ["NaN", "-1675164846000", "0", "1", "1" * 30, "99999999999999", "null", "undefined", "Invalid Date"]
)
def test_an_implausible_timestamp_gives_way_to_the_date(comment: str) -> None:
    """A timestamp that no post can have is reported, and the front matter's date serves."""
    reading = read(stamped(comment, "title: A", "date: 2023-02-01T00:00:00Z"))
    assert reading.post
    assert reading.post.published_ms == ms(2023, 2, 1)
    assert codes(reading) == ["bad-timestamp"]
    assert reading.problems[0].line == 6


def test_a_bad_timestamp_does_not_stay_in_the_text() -> None:
    """The comment is no part of what a subscriber reads, good or bad."""
    post = post_of(stamped("NaN", "title: A", "date: 2023-02-01"))
    assert post.body_digest == post_of(stamped("1675164846000", "title: A")).body_digest


def test_a_bad_timestamp_without_any_date_gives_no_entry() -> None:
    """Neither the build's clock nor the file's own time stands in for a date."""
    reading = read(stamped("NaN", "title: A"))
    assert reading.post is None
    assert codes(reading) == ["bad-timestamp", "missing-date"]


def test_a_disagreement_of_more_than_a_day_is_reported() -> None:
    """The comment counts where the header says another day, and that is told with the line."""
    reading = read(stamped("1675164846000", "title: A", "date: 2023-02-03T00:00:00Z"))
    assert reading.post
    assert reading.post.published_ms == 1675164846000
    assert [(p.code, p.line) for p in reading.problems] == [("dates-differ", 6)]


def test_a_disagreement_of_less_than_a_day_is_not_reported() -> None:
    """A bot writes the fetch time, or a day without a time: no reason to complain."""
    assert codes(read(stamped("1675164846000", "title: A", "date: 2023-01-31"))) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2019-06-02T05:07:25.000Z", ms(2019, 6, 2, 5, 7, 25)),
        ("2019-06-02T05:07:25.678Z", ms(2019, 6, 2, 5, 7, 25) + 678),
        ("2023-01-31 10:20:30 +0800", ms(2023, 1, 31, 2, 20, 30)),
        ("2023-01-31 10:20:30 +08:00", ms(2023, 1, 31, 2, 20, 30)),
        ("2023-01-31T10:20:30-05:30", ms(2023, 1, 31, 15, 50, 30)),
        ("2023-01-31 10:20", ms(2023, 1, 31, 10, 20)),
        ("2023-01-31", ms(2023, 1, 31)),
        ("2023-1-5", ms(2023, 1, 5)),
        ("2023/01/31", ms(2023, 1, 31)),
        ("2023.01.31", ms(2023, 1, 31)),
        ("20230131", ms(2023, 1, 31)),
        ("2023年1月31日", ms(2023, 1, 31)),
        ("2023-06-30T23:59:60Z", ms(2023, 6, 30, 23, 59, 59)),
        ("Tue, 31 Jan 2023 10:20:30 GMT", ms(2023, 1, 31, 10, 20, 30)),
        ("Tue, 31 Jan 2023 10:20:30 +0800", ms(2023, 1, 31, 2, 20, 30)),
        ("January 31, 2023", ms(2023, 1, 31)),
        ("31 January 2023", ms(2023, 1, 31)),
        ("31/01/2023", ms(2023, 1, 31)),
        ("31 Jan 2023 10:00 EST", ms(2023, 1, 31, 15)),
        ("1969-07-20T20:17:40Z", ms(1969, 7, 20, 20, 17, 40)),
        ("2023-01-31 9:05 PM", ms(2023, 1, 31, 21, 5)),
        ("2023/1/31, 12:00:01 AM", ms(2023, 1, 31, 0, 0, 1)),
        ("2023-01-31T07:00am +0800", ms(2023, 1, 30, 23)),
        ("11:30 2023-02-01", ms(2023, 2, 1, 11, 30)),
        ("1/31/2023, 9:05:07\u202fPM", ms(2023, 1, 31, 21, 5, 7)),
        ("Tue Jan 31 2023 10:20:30 GMT-0330 (Newfoundland Standard Time)", ms(2023, 1, 31, 13, 50, 30)),
        ("Tue Jan 31 2023", ms(2023, 1, 31)),
        ("2023-02-01 10:20:30.987654321 +0530 IST m=+12.5", ms(2023, 2, 1, 4, 50, 30) + 987),
        ("2023-02-01 10:20:30 -0300 -03", ms(2023, 2, 1, 13, 20, 30)),
        ("Wed Feb  1 10:20:30 PST 2023", ms(2023, 2, 1, 18, 20, 30)),
        ("Wed Feb 01 10:20:30 -0700 2023", ms(2023, 2, 1, 17, 20, 30)),
        ("Wednesday, 01-Feb-23 10:20:30 UTC", ms(2023, 2, 1, 10, 20, 30)),
        ("01 Feb 23 10:20 +0100", ms(2023, 2, 1, 9, 20)),
        ("2022-12-05 01:02:03 2022 +0900", ms(2022, 12, 4, 16, 2, 3)),
        ("2023-02-01T10:20:30+09:00[Asia/Tokyo]", ms(2023, 2, 1, 1, 20, 30)),
        ("2023-07-01 10:20 Europe/Paris", ms(2023, 7, 1, 8, 20)),
        ("2023-02-01 10:20:30 UTC+8", ms(2023, 2, 1, 2, 20, 30)),
        ("2023年2月1日 下午3:04", ms(2023, 2, 1, 15, 4)),
        ("2023-02-01 오전 3:04:05", ms(2023, 2, 1, 3, 4, 5)),
        ("31.12.99", ms(1999, 12, 31)),
        ("2023-02-01T10:20:30[Asia/Tokyo]", ms(2023, 2, 1, 1, 20, 30)),
        ("2023-02-01 10:20:30.5[UTC]", ms(2023, 2, 1, 10, 20, 30) + 500),
        ("2023年2月1日 15時04分", ms(2023, 2, 1, 15, 4)),
        ("2023年02月01日15时04分05秒", ms(2023, 2, 1, 15, 4, 5)),
        ("2023년 2월 1일 오후 3시 4분", ms(2023, 2, 1, 15, 4)),
        ("2023. 2. 1. 오후 3:04:05", ms(2023, 2, 1, 15, 4, 5)),
        ("2023. 12. 1.", ms(2023, 12, 1)),
        ("20230201102030", ms(2023, 2, 1, 10, 20, 30)),
        ("202302011020", ms(2023, 2, 1, 10, 20)),
        ("2023\u201102\u201101T10:20:30\u221205:00", ms(2023, 2, 1, 15, 20, 30)),
    ],
)
def test_dates_are_read_as_people_and_bots_write_them(written: str, expected: int) -> None:
    """ISO 8601 and its neighbours, RFC 822 and month names are all one instant."""
    assert read_date(written, UTC).ms == expected


@pytest.mark.parametrize(
    "written",
    ["10", "2023", "Tue", "Feb", "Feb 2023", "10:30", "31 Jan", "01/02/2023", "1.2.23", "2023-02-30", "2023-13-01",
     "Invalid Date", "NaN", "tomorrow", "", "2023-01-31T25:00:00Z", "2023-01-31 10:20 +99:00", "0000-01-01",
     "23-04-05", "23.04.05", "05/04/23", "12 10 11", "230405", "23-04-05 10:00", "2023-01-31 13:00 PM", "2/3/2023, 9:05:07 PM",
     "2023-01-31 10:20 CST", "31 Jan 2023 10:00 CST", "9999-12-31", "0001-01-01", "2023-01-31T10:20:30 Nowhere/Town",
     "2023. 2. 30.", "20231301102030", "2023-02-01T10:20[Nowhere/Town]", "1. 2. 2023.", "2023年2月1日 25時04分"],
)  # fmt: skip
def test_what_is_not_written_is_not_filled_in(written: str) -> None:
    """A date that lacks a part, names no day of the calendar or could be two days is refused."""
    with pytest.raises(DateError):
        read_date(written, UTC)


def test_an_ambiguous_date_is_reported_with_its_line_and_not_used() -> None:
    """What could mean two days is refused, and the file name's date serves."""
    reading = read(with_header("title: A", date="date: 01/02/2023"), "posts/2022-12-24-a.md")
    assert reading.post
    assert reading.post.published_ms == ms(2022, 12, 24)
    assert [(p.code, p.line, p.field) for p in reading.problems] == [("bad-date", 2, "date")]


@pytest.mark.parametrize(
    ("zone", "expected"), [(UTC, ms(2023, 7, 1)), (TAIPEI, ms(2023, 6, 30, 16)), (NEW_YORK, ms(2023, 7, 1, 4))]
)
def test_a_missing_zone_is_the_configured_one(zone: tzinfo, expected: int) -> None:
    """A zone that is not written is the configured one, in the header and in the file name."""
    assert post_of(with_header("title: A", date="date: 2023-07-01"), zone=zone).published_ms == expected
    assert post_of(with_header("title: A", date=""), "2023-07-01-a.md", zone=zone).published_ms == expected


def test_a_written_zone_beats_the_configured_one() -> None:
    """An offset in the date holds whatever the site says."""
    text = with_header("title: A", date="date: 2023-07-01 00:00:00 +0800")
    assert post_of(text, zone=NEW_YORK).published_ms == ms(2023, 6, 30, 16)


@pytest.mark.parametrize("zone", [TAIPEI, NEW_YORK])
def test_identity_does_not_depend_on_the_configured_zone(zone: tzinfo) -> None:
    """Changing the site's zone moves times and keeps ids."""
    text = with_header("title: A", date="date: 2023-07-01")
    assert post_of(text, zone=zone).identity_ms == post_of(text).identity_ms


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("2023-01-31-hello-world", ("2023-01-31", "hello-world")),
        ("2023-1-5-hello", ("2023-1-5", "hello")),
        ("2023-01-31", ("2023-01-31", "")),
        ("2023-01-31_hello", ("2023-01-31", "hello")),
        ("2023-02-30-hello", ("", "2023-02-30-hello")),
        ("2023-01-311-hello", ("", "2023-01-311-hello")),
        ("hello-2023-01-31", ("", "hello-2023-01-31")),
    ],
)
def test_a_file_name_may_open_with_a_date(stem: str, expected: tuple[str, str]) -> None:
    """Jekyll's form of a file name gives day and slug; a day that the calendar lacks is part of the name."""
    assert file_name_date(stem) == expected


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("posts/2022-12-24.tea.md", ms(2022, 12, 24)),
        ("posts/2022/12/24/tea.md", ms(2022, 12, 24)),
        ("posts/2022/1/2/tea/index.md", ms(2022, 1, 2)),
        ("posts/tea_2022-12-24.html", ms(2022, 12, 24)),
        ("posts/2022-12-24 tea/index.md", ms(2022, 12, 24)),
        ("posts/log/2022-12-24/tea.md", ms(2022, 12, 24)),
        ("posts/2021/05/06/2022-12-24-tea.md", ms(2022, 12, 24)),
        ("posts/2022/02/30/tea.md", None),
        ("posts/2022/12/tea.md", None),
        ("posts/v12022-12-24.md", None),
        ("2021-01-01/posts/tea.md", None),
    ],
)
def test_a_path_may_have_the_date(path: str, day: int | None) -> None:
    """In the name or in the folders below the posts folder, as generators read it; the last one, and the name's first."""
    conventions = Conventions(roots=("posts", "2021-01-01/posts"))
    post = read_post(b"---\ntitle: Tea\n---\nWords.\n", path, conventions).post
    assert (post.published_ms if post else None) == day


def test_the_file_name_serves_where_the_header_has_no_date() -> None:
    """The order is: comment, header, file name."""
    assert post_of("Words.", "posts/2023-01-31-hello.md").published_ms == ms(2023, 1, 31)
    assert post_of(with_header("title: A"), "posts/2023-01-31-hello.md").published_ms == ms(2024, 1, 2, 3, 4, 5)


@pytest.mark.parametrize("name", ["1066-01-01-hastings.md", "0001-01-01-x.md", "2300-01-01-x.md", "9999-12-31-x.md"])
def test_a_file_name_with_a_year_that_no_post_has_is_reported(name: str) -> None:
    """A battle's year in a file name is no publication date, and no reason to fail."""
    reading = read("Words.", f"posts/{name}")
    assert reading.post is None
    assert "missing-date" in codes(reading)


@pytest.mark.parametrize("key", ["updated", "last_modified_at", "lastmod", "last-modified-at"])
def test_the_last_change_is_read_under_each_of_its_names(key: str) -> None:
    """`updated`, Jekyll's last_modified_at and Hugo's lastmod are the last significant change."""
    assert post_of(with_header("title: A", f"{key}: 2024-02-03T00:00:00Z")).updated_ms == ms(2024, 2, 3)


def test_an_unreadable_last_change_is_reported_and_left_out() -> None:
    """A bad `updated` costs nothing but itself."""
    reading = read(with_header("title: A", "updated: soon"))
    assert reading.post
    assert reading.post.updated_ms is None
    assert [(p.code, p.field, p.line) for p in reading.problems] == [("bad-date", "updated", 4)]


def test_a_count_in_the_header_is_read_as_a_count() -> None:
    """`date: 1675164846` is seconds since 1970 to most bots, and read so."""
    assert post_of(with_header("title: A", date="date: 1675164846")).published_ms == 1675164846000


@given(st.integers(min_value=631_152_000_000, max_value=4_102_444_799_999))
def test_every_plausible_millisecond_comes_through(published_ms: int) -> None:
    """A 12- or 13-digit count from 1990 to 2099 is itself."""
    assert read_count(str(published_ms)) == (published_ms, "milliseconds")


@given(
    st.integers(min_value=ms(1970, 1, 1) // 1000, max_value=ms(2150, 1, 1) // 1000),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_iso_8601_in_any_zone_is_the_instant(seconds: int, offset: int) -> None:
    """A written offset never shifts the instant."""
    moment = datetime.fromtimestamp(seconds, tz=timezone(timedelta(minutes=offset)))
    assert read_date(moment.isoformat(), TAIPEI).ms == seconds * 1000


@given(st.text(max_size=40) | st.text(alphabet="0123456789-/:. TZ+JanFebMon,年月日", max_size=40))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """Whatever stands there, the answer is a moment or a DateError, and the same each time."""
    try:
        first = read_date(text, UTC)
    except DateError:
        with pytest.raises(DateError):
            read_date(text, UTC)
    else:
        assert read_date(text, UTC) == first


@pytest.mark.parametrize("opening", ["<!DOCTYPE html>\n<html>", '\n<html lang="en">'])
def test_a_document_without_front_matter_is_a_page(opening: str) -> None:
    """The demo of an article stands beside it; it is not a post that lost its date."""
    page = f"{opening}<body><p>A demo.</p></body></html>".encode()
    reading = read_post(page, "posts/tea/demo/index.html")
    assert ([(found.code, found.level) for found in reading.problems], bool(reading.left_out)) == (
        [("missing-date", "note")],
        True,
    )
    assert read_post(page, "posts/2024-05-01-tea.html").post is not None
