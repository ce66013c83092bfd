"""index.html for all feeds, a page for each feed, and the sheet that browsers show a feed itself with.

In: feeds, their entries, how many stories each has by month; and templates of the user's, as text. Out: HTML that asks
no other host for anything but pictures of entries, and works without its script.

A user's template stands in for ours of the same name (`feedtool.config.TEMPLATE_NAMES`); `{% extends
"builtin/index.html" %}` takes ours and changes blocks of it. Templates are Jinja; they run in a sandbox, and what they
write is escaped. Sheets and scripts are taken as they are. What each template gets:

`base.html`, the frame of both pages. Blocks: `head`, `width` (attributes of the body), `body`, `footer`, `scripts`.
    language      BCP 47, that of the page
    site_title    site_url    generator
    policy        the Content Security Policy, which has to stand in the page's head
    style         style.css, ours or yours, and your extra.css behind it; for <style>{{ style }}</style>
    script        search   the two scripts, for <script>{{ script }}</script>
    en    said    an attribute lang="en" for words and for sentences of English; empty on English pages
    day_of(milliseconds)                         the day in the site's zone
    icon(size)    day(milliseconds)   count(number)   older(periods)    macros
    format_names  media_types   file_names    by format: "atom", "rss", "json"
    |rfc3339      |direction    |clip         of milliseconds; of a language: "rtl" or "ltr"; of a text: one line of it

`index.html`. Blocks: `title`, `header`, `howto`, `everything`, `tools` (search and sections), `sections`, `row`.
    main          the row of the feed of everything, in a list
    sections      the other feeds by kind: kind ("category", "tag", "author"), name, size, groups
    group         name (a letter or a script, "" where a section is not divided) and rows
    row           feed (`feedtool.model.Feed`), name, href (its folder), total (of its stories), newest (an entry, or
                  None), levels (a digit of 0 to 8 for each month of its chart, or ""); for the feed of everything also
                  chart (an SVG path, 24 by 9, or "") and periods (of its archive documents, newest first)
    months        the first and the last month of the charts, such as "2022-06"; empty where there is no entry

`feed.html`. Blocks: `title`, `header`, `howto`, `entries`, `entry`, `archive`.
    feed          `feedtool.model.Feed`
    entries       `feedtool.model.Entry`, newest first
    periods       of its archive documents, newest first: name, and files as pairs of format and address
    index         the way to the folder of index.html, such as "../../"

`style.css`, `script.js`, `search.js`: in the pages. `extra.css`: added to the style. `feed.css`: of feeds themselves.
A template may hold styles and scripts of its own; the policy allows them by what stands in the template word by word.

Pure but for our own templates, which are read once.
"""

from feedtool.generators.pages.environment import BrokenTemplateError, sound_templates
from feedtool.generators.pages.feed import render_feed_page
from feedtool.generators.pages.index import render_index
from feedtool.generators.pages.sheet import render_sheet

__all__ = ["BrokenTemplateError", "render_feed_page", "render_index", "render_sheet", "sound_templates"]
