"""The shape of blocks: what goes and what stays in languages that no list knows, and what each feature weighs."""

from __future__ import annotations

import pytest
from cleaning import RULES, SOURCE, cleaned, html_of

from feedtool.sanitiser import Context, clean
from feedtool.sanitiser.shape import weights

#: three paragraphs in a language; a headline of another article; words of a wall, of tools, and a name
PAGES = {
    "hi": (
        ("नाविक के पास तीस साल से कोई मोटर नहीं थी, और गाँव में कोई नहीं कह सकता था कि पिछली कब गई।",
         "वह नाव को उस रस्सी से खींचता था जिसे उसके पिता ने जोड़ा था, गर्मियों में धीरे और वसंत में और भी धीरे।",
         "बंदरगाह का मुखिया हर फेरा एक किताब में लिखता था, जिसे उसके पिता ने शुरू किया था और जो भर चुकी है।"),
        "नदी की दूसरी नाव और उसका मालिक",
        ("पूरा लेख पढ़ने के लिए लॉग इन करें", "सदस्य बनें", "लिंक कॉपी करें", "पसंद", "रवि कुमार"),
    ),
    "cs": (
        ("Převozník neměl třicet let žádný motor a nikdo ve vsi nevěděl, kdy zmizel ten poslední z nich.",
         "Táhl člun přes řeku na laně, které spletl jeho otec, v létě pomalu a na jaře ještě pomaleji než jindy.",
         "Správce přístavu zapisoval každou plavbu do knihy, kterou začal jeho otec a která je už skoro plná."),
        "Druhý přívoz na této řece a jeho majitel",
        ("Celý článek si přečtete po přihlášení", "Předplatit", "Kopírovat odkaz", "Líbí se mi", "Jan Novák"),
    ),
    "sw": (
        ("Mwenye kivuko hakuwa na injini kwa miaka thelathini, na hakuna aliyejua ya mwisho iliondoka lini.",
         "Alivuta mashua kwa kamba ambayo baba yake aliisuka, polepole wakati wa kiangazi na zaidi masika.",
         "Mkuu wa bandari aliandika kila safari katika kitabu ambacho baba yake alikianza miaka mingi nyuma."),
        "Kivuko kingine cha mto huu na mwenyewe",
        ("Ingia ili kusoma makala yote", "Jiunge", "Nakili kiungo", "Penda", "Juma Ali"),
    ),
}  # fmt: skip


def _page(language: str) -> tuple[list[str], str]:
    paragraphs, headline, _ = PAGES[language]
    return [f"<p>{text}</p>" for text in paragraphs], headline


def _linked(headline: str) -> str:
    return "".join(f'<div><a href="/{n}">{headline} {n}</a></div>' for n in range(2, 6))


@pytest.mark.parametrize("language", PAGES)
def test_a_box_of_headlines_goes_in_every_language(language: str) -> None:
    """Before and after the article, with whatever heading."""
    (one, two, three), headline = _page(language)
    box = f"<div><h3>{headline[:12]}</h3>{_linked(headline)}</div>"
    for html in (f"{box}<div>{one}{two}{three}</div>", f"<div>{one}{two}{three}</div>{box}"):
        assert html_of(html) == one + two + three


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("label", ["<h4>{}</h4>", "<p><strong>{}:</strong></p>", "<div>{}</div>"])
def test_a_label_and_linked_headlines_go_whatever_the_label_says(language: str, label: str) -> None:
    """Between paragraphs as well as after the text; a list that a sentence introduces, and places on the page, stay."""
    (one, two, three), headline = _page(language)
    links = [f'<a href="/{n}">{headline} {n}</a>' for n in (2, 3)]
    box = label.format(headline[:8]) + "<ul>" + "".join(f"<li>{link}</li>" for link in links) + "</ul>"
    below = label.format(headline[:8]) + "".join(f"<p>{link}</p>" for link in links)
    assert html_of(one + box + two + three) == html_of(one + two + three + below) == one + two + three
    places = f'<h2 id="a">{headline[:8]}</h2>'
    contents = f'<h4>{headline[:8]}</h4><ul><li><a href="{SOURCE}#a">{headline} 1</a></li></ul>'
    assert headline in html_of(one + contents + two + places + three)


def test_lists_that_are_the_content_stay() -> None:
    """As in a letter to subscribers, whose headings are above linked headlines; boxes beside an article go."""
    (one, two, three), headline = _page("cs")
    lists = [
        f"<h3>{name}</h3><ul>"
        + "".join(f'<li><a href="/{name}/{n}">{headline} {n}</a></li>' for n in range(3))
        + "</ul>"
        for name in ("Doly", "Moře", "Hory")
    ]
    letter = html_of(one + two + "".join(lists))
    assert all(f"{name}</h3>" in letter for name in ("Doly", "Moře", "Hory"))
    assert letter.count(headline) == 9
    assert html_of(one + two + three + lists[0]) == one + two + three


@pytest.mark.parametrize("language", PAGES)
def test_a_lone_headline_between_paragraphs_goes(language: str) -> None:
    """A block that holds links of the own site, shaped like headlines, with a label at most; nothing introduces it."""
    (one, two, three), headline = _page(language)
    link = f'<a class="insert" href="/2">{headline}</a>'
    card = f'<div class="x"><a href="/2"><img src="/2.jpg"><h5>{headline[:8]}</h5><h4>{headline}</h4></a></div>'
    items = "".join(f"<li>{link}</li>" for _ in range(3))
    for block in (
        f"<div>{link}</div>",
        f"<div><strong>{headline[:8]}: {link}</strong></div>",
        card,
        f"<ul>{items}</ul>",
    ):
        assert html_of(one + block + two + block + three) == one + two + three


@pytest.mark.parametrize("language", PAGES)
def test_what_leads_elsewhere_or_is_introduced_stays(language: str) -> None:
    """Links to other sites are sources; a line that ends with a colon introduces what follows it."""
    (one, two, three), headline = _page(language)
    other = _linked(headline).replace('href="/', 'href="https://elsewhere.example/')
    told = f"<p>{headline * 2}:</p><ul><li><a href='/2'>{headline}</a></li><li><a href='/3'>{headline} 3</a></li></ul>"
    for block in (other, told, f"<h2>{headline}</h2>", f"<ul><li>{headline}</li><li>{headline} 2</li></ul>"):
        assert headline in html_of(one + block + two + three)
        assert html_of(one + block + two + three).count("<a ") == block.count("<a ")


def test_a_cut_says_what_decided() -> None:
    """The features of the block and their weights add up to more than nothing."""
    (one, two, three), headline = _page("cs")
    cuts = cleaned(f"<div>{one}{two}{three}</div><div>{_linked(headline)}</div>").removals
    assert [cut.rule for cut in cuts] == ["shape"]
    assert {"all", "after the article", "only links"} <= {name for name, _ in cuts[0].features}
    assert sum(value for _, value in cuts[0].features) > 0


def test_each_weight_pulls_the_way_that_reason_says() -> None:
    """Weights may change; a change of these signs is a mistake."""
    known = weights()
    assert all(known[name] > 0 for name in ("lone headline", "cards", "after the article", "heading of nothing"))
    assert all(known[name] < 0 for name in ("all", "in the text", "lead", "p", "stop"))


def test_a_table_of_contents_stays() -> None:
    """Links into the text itself are not navigation of the site."""
    (one, two, three), headline = _page("cs")
    inside = "".join(f'<li><a href="{at}">{headline}</a></li>' for at in ("#one", "#two", f"{SOURCE}#three"))
    html = html_of(f'<ol>{inside}</ol><div><h2 id="one">{headline}</h2>{one}{two}{three}</div>')
    assert html.count("<a ") == 3


def _beside(language: str) -> dict[str, str]:
    """Return what may stand below an article in a language, by its kind."""
    headline, (wall, join, copy, like, name) = PAGES[language][1:]
    card = '<div><a href="/{n}"><img src="/{n}.jpg"></a><h4>{name}</h4><span>{headline} {n}</span></div>'
    cards = "".join(card.format(n=n, name=name, headline=headline) for n in range(4))
    dated = "".join(f'<li>3.5.2021 <a href="/{n}">{headline}</a></li>' for n in range(3))
    tags = [f'<a href="/{path}">{word}</a>' for path, word in (("t/1", like), ("t/2", join), ("t/3", name))]
    return {
        "wall": f'<div><p>{wall}</p><a href="/login?r=1">{join}</a> <a href="/register">{like}</a></div>',
        "wall with a heading": f'<div><h3>{wall}</h3><p>{wall}</p><p><a href="/subscribe">{join}</a></p></div>',
        "wall of one line": f'<p>{wall}: <a href="https://account.example.org/signin">{join}</a></p>',
        "tools": f'<ul><li><a href="#">{copy}</a></li><li><a href="javascript:like()">{like} 12</a></li></ul>',
        "size of letters": f'<div><span>{copy}</span> <a href="#">A-</a> <a href="#">A+</a></div>',
        "languages": '<div><a href="/hi/1">हिन्दी</a> <a href="/en/1">English</a> <a href="/sw/1">Kiswahili</a></div>',
        "author": f'<div><p>{join}</p><a href="/authors/one">{name}</a></div>',
        "networks": f'<div><h4>{join}</h4><a href="https://x.com/one">X</a> <a href="https://t.me/one">T</a></div>',
        "tags": f"<p>{', '.join(tags)}</p>",
        "tags in a box": f"<div>{join} {' '.join(tags)}</div>",
        "cards": f"<div><h3>{wall}</h3>{cards}</div>",
        "list with days": f"<h3>{wall}</h3><ul>{dated}</ul>",
        "headline": f'<p><a href="/2">{headline}</a></p>',
        "heading of nothing": f"<h3>{wall}</h3>",
        "label of nothing": f'<div>{wall}</div><div><a href="/2">{headline}</a></div>',
        "step": f'<a href="/1">{copy}</a>',
        "list of readers": f'<p>{wall}, {join}: <a href="/newsletter">{copy}</a>. {like} {name}.</p>',
        "address": f"<div>{SOURCE}</div>",
    }


@pytest.mark.parametrize("kind", _beside("cs"))
@pytest.mark.parametrize("language", PAGES)
def test_what_is_below_an_article_goes_in_every_language(language: str, kind: str) -> None:
    """By the addresses of its links, by repetition and by its place; no list knows these words."""
    paragraphs, _ = _page(language)
    assert html_of("".join(paragraphs) + _beside(language)[kind]) == "".join(paragraphs)


@pytest.mark.parametrize("language", PAGES)
def test_a_menu_before_an_article_goes_in_every_language(language: str) -> None:
    """A list of short links of the own site, or a line of them with signs between."""
    paragraphs, _ = _page(language)
    article, words = "".join(paragraphs), PAGES[language][2]
    links = [f'<a href="/{n}"><span>{word[:12]}</span></a>' for n, word in enumerate(words)]
    for menu in (f"<ul>{''.join(f'<li>{link}</li>' for link in links)}</ul>", f"<div>{' | '.join(links)}</div>"):
        assert html_of(menu + article) == article


@pytest.mark.parametrize("language", PAGES)
def test_signs_beside_headings_and_numbers_of_pictures_go(language: str) -> None:
    """The heading and the picture stay."""
    (one, two, three), headline = _page(language)
    signs = ('<a class="headerlink" href="#x">¶</a>', ' <a href="#x">🔗</a>', '<a href="#x">#</a>')
    for sign in signs:
        assert html_of(f"{one}<h2>{headline}{sign}</h2>{two}{three}") == f"{one}<h2>{headline}</h2>{two}{three}"
    picture = '<img src="https://news.example.org/1.jpg">'
    for said in ("<div>1 / 3</div>", "<span>1 / 3</span>", "1/3<button>&gt;</button><button>x</button>"):
        assert html_of(f"{one}<div>{picture}{said}</div>{two}{three}") == f"{one}<div>{picture}</div>{two}{three}"


@pytest.mark.parametrize("language", PAGES)
def test_a_label_with_a_class_of_its_own_goes(language: str) -> None:
    """Not a heading, not a sentence, not one of several facts, and nothing whose class is that of a part of the text."""
    (one, two, three), headline = _page(language)
    label, name = PAGES[language][2][2:5:2]
    picture = '<img src="https://news.example.org/1.jpg">'
    labelled = "{}<div>{}<p>{}</p><div {}>{}</div><div>{}</div></div>{}{}"
    for attribute, said, goes in (
        ('class="open-x"', label, True),
        ("", label, False),
        ('class="x-byline"', label, False),
        ('class="open-x"', f"{label}.", False),
        ('class="open-x"', f"{label} 30", False),
    ):
        html = labelled.format(one, picture, headline, attribute, said, name, two, three)
        kept = "" if goes else f"<div>{said}</div>"
        assert html_of(html) == f"{one}<div>{picture}<p>{headline}</p>{kept}<div>{name}</div></div>{two}{three}"
    assert label in html_of(f'{one}<div class="open-x">{label}</div>{two}{three}')
    assert label in html_of(f'{one}{two}<div class="open-x">{label}</div><ul><li>{name}</li></ul>{three}')


@pytest.mark.parametrize("language", PAGES)
def test_the_title_of_a_note_and_a_line_below_two_pictures_stay(language: str) -> None:
    """Short as they are: a paragraph is below the one, and the other is in the block of its picture."""
    (one, two, three), _ = _page(language)
    label = PAGES[language][2][2]
    note = f'<aside class="callout callout-tip"><div><span>{label}</span></div><div>{two}</div></aside>'
    assert f"{label}</" in html_of(f"{one}{note}{three}{one}")
    picture = '<div><div><a href="/file"><img src="/1.jpg"></a></div><div>{0}<a href="/2">{0}</a></div></div>'
    pictures = picture.format(label) * 2
    assert html_of(f"{one}<div>{pictures}</div>{two}{three}").count(label) == 4


@pytest.mark.parametrize("language", PAGES)
def test_an_announced_headline_goes_before_a_heading(language: str) -> None:
    """As before a paragraph."""
    (one, two, three), headline = _page(language)
    line = f'<blockquote>{PAGES[language][2][4]}: <a href="/2">{headline}</a></blockquote>'
    assert html_of(f"{one}{two}{line}<h2>{headline[:9]}</h2>{three}") == f"{one}{two}<h2>{headline[:9]}</h2>{three}"


@pytest.mark.parametrize("language", PAGES)
def test_a_value_in_headings_below_the_text_stays(language: str) -> None:
    """As a mark that a review gives, or a credit."""
    paragraphs, _ = _page(language)
    article, (wall, *_, name) = "".join(paragraphs), PAGES[language][2]
    for value in (f"<h3>{wall} 4.5 / 5</h3>", f"<h4>{wall}</h4><h4>7</h4>", f"<h4>{wall}: {name}</h4>"):
        assert html_of(article + value) == article + value


@pytest.mark.parametrize("language", PAGES)
def test_a_digest_keeps_the_headings_that_are_links(language: str) -> None:
    """Where most paragraphs have a heading that leads to another article, these headings are the text."""
    paragraphs, headline = _page(language)
    html = "".join(f'<h3><a href="/{n}">{headline} {n}</a></h3>{text}' for n, text in enumerate(paragraphs))
    assert html_of(f"{paragraphs[0]}{html}").count("<h3>") == 3


@pytest.mark.parametrize("language", PAGES)
def test_what_a_feed_adds_below_an_article_goes(language: str) -> None:
    """A second title, an advertisement of the feed's service below a line, an author with a picture."""
    paragraphs, headline = _page(language)
    article, (wall, join, *_, name) = "".join(paragraphs), PAGES[language][2]
    day = "<div>3.5.2021</div>"
    author = f'<div><img src="/u/1.jpg"><p>{join}</p><p><a href="/u/1">{name}</a></p></div>'
    for added in (
        f"<h1>{headline}</h1><div>{name}</div>",
        f"<div>{headline}</div>{day}",
        f"<p>{headline}</p>{day}",
        f'<hr><div>{wall} <a href="https://feeds.example/x">{join}</a></div>',
        author,
    ):
        found = html_of(article + added, title=headline)
        assert found.removesuffix("<hr>").removesuffix(day).removesuffix(f"<div>{name}</div>") == article


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize(
    "part",
    [
        (
            '<h2>{name}</h2><ul><li>2 {join}</li><li>1 {join} <a href="/flour">{join}</a></li><li>{name}</li></ul>'
            "<h2>{join}</h2><ol><li>{name}.</li><li>{join}.</li></ol>"
        ),
        "<blockquote><p>{one}</p><p>— <a href='/2'>{name}</a></p></blockquote>",
        "<ol>{notes}</ol>",
        "{notes}",
        "<div><ol>{sources}</ol></div>",
    ],
    ids=["item of a list", "source of a quotation", "notes", "notes without a list", "sources"],
)
def test_parts_of_the_text_below_it_stay(language: str, part: str) -> None:
    """An item with a short link, who said a quotation, and notes that lead back to the text and elsewhere."""
    paragraphs, headline = _page(language)
    wall, join, *_, name = PAGES[language][2]
    back = f'<a href="{SOURCE}#r{{0}}">^</a> {headline} <a href="https://{{0}}.example/">{name}</a>'
    notes = "".join(
        f'<li id="n{number}">{back.format(number)}; <a href="https://x.example/">{join}</a></li>' for number in range(4)
    )
    sources = "".join(
        f'<li>{headline}. <a href="https://{number}.example/a/b/{number}">{headline}</a></li>' for number in range(5)
    )
    if "{notes}" in part and "<ol>" not in part:
        notes = notes.replace("<li", "<p").replace("</li", "</p")
    below = part.format(name=name, join=join, wall=wall, one=paragraphs[0][3:-4], notes=notes, sources=sources)
    article = "".join(paragraphs)
    assert cleaned(article + below if "{sources}" not in part else f"<div>{article}</div>{below}").removals == ()


@pytest.mark.parametrize("language", PAGES)
def test_a_heading_goes_with_what_is_below_it(language: str) -> None:
    """Also in the middle of the text, where another heading follows; a heading above text stays."""
    (one, two, three), headline = _page(language)
    label = PAGES[language][2][1]
    links = f"<div>{_linked(headline)}</div>"
    for box in (f"<h3>{label}</h3>{links}", f"<div><h3>{label}</h3></div><div></div>{links}"):
        assert html_of(f"{one}{two}{box}<h2>{headline}</h2>{three}") == f"{one}{two}<h2>{headline}</h2>{three}"
    assert html_of(f"{one}<h3>{label}</h3>{links}{two}{three}") == f"{one}<h3>{label}</h3>{two}{three}"


@pytest.mark.parametrize("language", PAGES)
def test_captions_of_pictures_that_are_links_stay(language: str) -> None:
    """Pictures that lead to their large form, with a caption each, are no cards of other articles."""
    (one, two, three), headline = _page(language)
    wall, join, *_ = PAGES[language][2]
    pictures = "".join(
        f'<div><a href="/large/{number}"><img alt="" src="/{number}.jpg"></a><p>{wall} {join} {number}</p></div>'
        for number in range(3)
    )
    assert html_of(one + pictures + two + three).count(f"{wall} {join}") == 3
    pair = '<p><a href="/large/8"><img alt="" src="/8.jpg"></a><a href="/large/9"><img alt="" src="/9.jpg"></a></p>'
    assert f"{headline}; {headline}" in html_of(f"{one}{two}<div>{pair}<p>{headline}; {headline}</p></div>{three}")
    cards = pictures.replace("<p>", f"<h3>{headline}</h3><p>")
    assert join not in html_of(one + two + three + cards)


@pytest.mark.parametrize("language", PAGES)
@pytest.mark.parametrize("address", ["https://agency.example/zoom?id=1&size=2", "https://news.example.org/"])
def test_a_caption_that_is_a_link_stays(language: str, address: str) -> None:
    """One as long as a headline, to the agency of the picture or the site itself, before the article or in it."""
    (one, two, three), headline = _page(language)
    figure = (
        f'<div><img src="https://news.example.org/1.jpg" alt=""><div><a href="{address}">{headline}</a></div></div>'
    )
    assert html_of(f"<div>{figure}</div><div>{one}{two}{figure}{three}</div>").count(headline) == 2


@pytest.mark.parametrize("language", PAGES)
def test_a_picture_that_leads_to_its_large_form_stays_before_the_article(language: str) -> None:
    """With the line that names the site as its source."""
    paragraphs, headline = _page(language)
    large = '<a href="https://news.example.org/1-large.jpg"><img src="https://news.example.org/1.jpg" alt=""></a>'
    figure = f"<div>{large}</div><div>{headline[:9]} Example</div>"
    assert html_of(f"<div><div>{figure}</div></div><div>{''.join(paragraphs)}</div>") == figure + "".join(paragraphs)


@pytest.mark.parametrize("language", PAGES)
def test_a_heading_after_the_block_of_the_article_stays_with_its_text(language: str) -> None:
    """The end of an article may be in a block of its own; what is above a paragraph that stays is its heading."""
    (one, two, three), headline = _page(language)
    end = f"<div><h3>{headline}</h3>{three}</div>"
    assert html_of(f"<div>{one}{two}{one}{two}</div>{end}").endswith(f"<h3>{headline}</h3>{three}")


@pytest.mark.parametrize("language", PAGES)
def test_addresses_that_are_written_out_stay(language: str) -> None:
    """Also those of the own site, as in a list of what was read, or below a paragraph with a label."""
    paragraphs, headline = _page(language)
    address = SOURCE.replace("story", "another-story-of-it")
    listed = f'<ul><li><a href="{address}">{address}</a></li><li><a href="{address}?b">{address}?b</a></li></ul>'
    assert html_of("".join(paragraphs) + listed) == "".join(paragraphs) + listed
    (one, two, three), home = paragraphs, "https://news.example.org/@teresa"
    labelled = f'<p>{headline[:9]}：<a href="{home}">{home}</a></p>'
    assert html_of(one + two + labelled + three) == one + two + labelled + three


@pytest.mark.parametrize("language", PAGES)
def test_the_link_in_place_of_a_frame_stays(language: str) -> None:
    """Also where it leads to the own site, above the article or below its last picture."""
    paragraphs, _ = _page(language)
    page = "https://news.example.org/media/f1d7cbaf838f928bb1851783d77671b6/href"
    frame = f'<iframe src="https://frames.example/1"><a href="{page}">{page}</a></iframe>'
    picture = '<img src="https://news.example.org/1.jpg" alt="">'
    assert html_of(f"{frame}{''.join(paragraphs)}{picture}{frame}").count(page) == 2
    link = f'<a href="{page}">Example</a>'
    assert link not in html_of(f"<div>{''.join(paragraphs)}{link}</div>")


@pytest.mark.parametrize("language", PAGES)
def test_a_sentence_with_many_links_stays(language: str) -> None:
    """As one that names those who helped, without a full stop."""
    paragraphs, headline = _page(language)
    helpers = "".join(f', <a href="/{number}">{headline[:8]}</a>' for number in range(9))
    assert cleaned(f"{''.join(paragraphs) * 3}<p>({headline * 4}{helpers})</p>").removals == ()


@pytest.mark.parametrize("language", PAGES)
def test_numbered_headings_stay(language: str) -> None:
    """Also short ones that lead to another article, above a player or a picture."""
    paragraphs, headline = _page(language)
    pairs = enumerate(paragraphs * 2, 12)
    html = "".join(
        f'{text * 4}<h3>{n}) <a href="/{n}">{headline[:14]}</a></h3><div><img src="/{n}.jpg"></div>'
        for n, text in pairs
    )
    assert html_of(html + paragraphs[0]).count("<h3>") == 6


@pytest.mark.parametrize("language", PAGES)
def test_the_last_heading_of_a_digest_stays_above_a_short_remark(language: str) -> None:
    """One that leads to a short address on another site, where the others stand above paragraphs."""
    paragraphs, headline = _page(language)
    head = '<h2><a href="https://books.example/{}">{}</a></h2>'
    html = "".join(head.format(f"2024/{n}", headline) + text for n, text in enumerate(paragraphs))
    end = head.format("2rFY41D", headline) + f"<p>{headline[:14]}</p>"
    assert html_of(f"<div>{html}{end}</div>") == html + end


@pytest.mark.parametrize("language", PAGES)
def test_linked_headings_with_a_picture_stay(language: str) -> None:
    """As in an article about several places, each with a page of its own; some paragraphs stand below each."""
    paragraphs, headline = _page(language)
    html = "".join(
        f'<h2><a href="/{n}">{headline} {n}</a></h2><div><img src="/{n}.jpg"></div>{text * 4}'
        for n, text in enumerate(paragraphs)
    )
    assert html_of(paragraphs[0] + html + paragraphs[0]).count("<h2>") == 3


@pytest.mark.parametrize("language", PAGES)
def test_facts_beside_their_name_stay(language: str) -> None:
    """What a cell holds beside the head of its row is a value, also as a list of links."""
    paragraphs, headline = _page(language)
    values = "".join(f'<li>{n} % <a href="/{n}">{headline[:9]}</a></li>' for n in range(1, 8))
    table = f"<table><tr><th>{headline[:9]}</th><td><div><ul>{values}</ul></div></td></tr></table>"
    assert cleaned(table + "".join(paragraphs)).removals == ()


@pytest.mark.parametrize("language", PAGES)
def test_headlines_above_the_text_go(language: str) -> None:
    """A list of them in the block of the article; the full stop of an initial makes no sentence of a headline."""
    paragraphs, headline = _page(language)
    article = "".join(paragraphs)
    items = "".join(f'<li><a href="/{n}">{headline} {n}</a></li>' for n in range(3))
    assert html_of(f"<div><ul>{items}</ul>{article}</div>") == article
    assert html_of(f"<div><ul>{items.replace(headline, f'X. {headline}')}</ul>{article}</div>") == article


@pytest.mark.parametrize("language", PAGES)
def test_a_paragraph_of_short_lines_stays(language: str) -> None:
    """As the lead between the author and the keywords of an article, in a box above it."""
    paragraphs, headline = _page(language)
    name = PAGES[language][2][4]
    lead = "<p>" + "<br>".join([headline] * 6) + ".</p>"
    tags = "".join(f'<a href="/tag/{n}">{headline[:12]}</a> | ' for n in range(5))
    box = f'<div><div>3.5. <a href="/u/1">{name}</a></div>{lead}<div>{tags}</div></div>'
    assert html_of(f"{box}<div>{''.join(paragraphs) * 2}</div>").count(headline) == 6


@pytest.mark.parametrize("language", PAGES)
def test_a_section_of_the_article_stays_whatever_its_links_lead_to(language: str) -> None:
    """A mail address and a link that the site counts are signs of a short box, not of many paragraphs."""
    paragraphs, headline = _page(language)
    name = PAGES[language][2][4]
    links = "".join(f'<p>{name}: <a href="https://{n}.example/?utm_x=1">{headline}</a>.</p>' for n in range(4))
    mail = f'<p>{name}: <a href="mailto:a@news.example.org">a@news.example.org</a>.</p>'
    section = f"<section>{''.join(paragraphs) * 3}{links}{mail}</section>"
    assert cleaned("".join(paragraphs) * 6 + section + "".join(paragraphs) * 6).removals == ()


@pytest.mark.parametrize("language", PAGES)
def test_a_standfirst_stays_with_what_is_beside_it(language: str) -> None:
    """A long line below the section of the site, in a box with headings above the article."""
    paragraphs, headline = _page(language)
    line = f"<h2>{headline} – {headline}</h2>"
    box = f'<div><div><a href="/section">Example {headline[:9]}</a></div>{line}</div>'
    assert line in html_of(f"{box}<div>{''.join(paragraphs)}</div>")


@pytest.mark.parametrize("language", PAGES)
def test_linked_headings_below_an_article_make_no_digest_of_it(language: str) -> None:
    """Headlines of other articles with their first sentences, more than the article has paragraphs."""
    paragraphs, headline = _page(language)
    teasers = "".join(
        f'<div><h3><a href="/{n}">{headline} {n}</a></h3>{text}</div>' for n, text in enumerate(paragraphs * 2)
    )
    assert "<h3>" not in html_of(f"{''.join(paragraphs) * 2}{teasers}")


@pytest.mark.parametrize("language", PAGES)
def test_a_last_line_that_is_a_heading_and_a_sentence_stays(language: str) -> None:
    """As the last request of an author; a short heading with nothing below it goes."""
    paragraphs, headline = _page(language)
    article = "".join(paragraphs)
    line = f"<h3>{f'{headline}, {headline}'[:70]}!</h3>"
    assert html_of(article + line) == article + line
    assert html_of(f"{article}<h3>{headline}</h3>") == article


@pytest.mark.parametrize("language", PAGES)
def test_a_page_laid_out_as_a_table_loses_its_navigation(language: str) -> None:
    """Cells beside that of the article, and tables of links below it; a table of facts stays."""
    paragraphs, headline = _page(language)
    article = "".join(paragraphs) * 2
    rows = "".join(f'<tr><td><a href="/{n}">{headline} {n}</a></td></tr>' for n in range(4))
    facts = "".join(f'<tr><td><a href="/{n}">{headline[:9]}</a></td><td>{n} kg {headline}</td></tr>' for n in range(4))
    cells = f"<td>{_linked(headline)}</td><td>{article}</td>"
    assert "<a " not in html_of(f"<table><tr>{cells}</tr></table>")
    assert html_of(f"{article}<table>{rows}</table>") == article
    assert html_of(f"{article}<table>{facts}</table>").count("<a ") == 4


@pytest.mark.parametrize("language", PAGES)
def test_the_label_of_a_list_that_went_goes(language: str) -> None:
    """A line that ends with a colon, and introduced nothing but links to other pages of the site."""
    paragraphs, headline = _page(language)
    article, name = "".join(paragraphs), PAGES[language][2][4]
    label = f"<p>{headline[:12]}:</p>"
    assert html_of(f"{article}{label}<div>{_linked(headline)}</div><p>{name}</p>") == f"{article}<p>{name}</p>"
    assert html_of(f"{article}{label}<p>{headline}</p>") == f"{article}{label}<p>{headline}</p>"


@pytest.mark.parametrize("language", PAGES)
def test_the_way_back_below_a_last_picture_goes(language: str) -> None:
    """A short link to another page of the site is no caption; a line with the source of the picture is."""
    paragraphs, headline = _page(language)
    article = "".join(paragraphs)
    picture = '<p><img src="https://news.example.org/1.jpg" alt=""></p>'
    back = f'<div><a href="/list">{headline[:9]}</a></div>'
    source = f'<div>{headline[:9]} <a href="https://elsewhere.example/1">{headline[:9]}</a></div>'
    assert html_of(article + picture + back) == article + picture
    assert headline[:9] in html_of(article + picture + source)


def _comments(text: str, *times: str) -> str:
    return "".join(f"<div><b>Ann {n}</b> 5. 6. 2024, {time}<p>{text}</p></div>" for n, time in enumerate(times))


@pytest.mark.parametrize("language", PAGES)
def test_comments_below_an_article_go_without_a_class(language: str) -> None:
    """Blocks that each have the day and the minute at which a reader wrote; a programme of full hours stays."""
    paragraphs, _ = _page(language)
    article = "".join(paragraphs) * 3
    assert html_of(article + _comments(PAGES[language][0][0], "10:07", "10:32", "11:51")) == article
    programme = _comments(PAGES[language][0][0], "10:00", "10:30", "11:45")
    assert html_of(article + programme) == article + programme


@pytest.mark.parametrize("language", PAGES)
def test_a_chronicle_that_is_the_article_stays(language: str) -> None:
    """More text with days and minutes than there is above it."""
    paragraphs, _ = _page(language)
    html = "".join(paragraphs) + _comments(PAGES[language][0][0] * 2, "10:07", "10:32", "11:51")
    assert html_of(html) == html


@pytest.mark.parametrize("language", PAGES)
def test_excerpts_of_other_articles_go(language: str) -> None:
    """A title, the first words and a link of a word or two, several times below the text; to other sites they stay."""
    paragraphs, headline = _page(language)
    article, text = "".join(paragraphs) * 3, PAGES[language][0][1]
    excerpts = "".join(
        f'<div><h3>{headline} {n}</h3><p>{text}</p><a href="/{n}">{headline[:9]}</a></div>' for n in range(3)
    )
    assert html_of(article + excerpts) == article
    assert html_of(article + excerpts.replace('"/', '"https://elsewhere.example/')).count("<h3>") == 3
    assert html_of(article + excerpts.replace('"/0"', '"/1"')).count("<h3>") == 3


@pytest.mark.parametrize("language", PAGES)
def test_the_keys_that_report_a_misprint_go(language: str) -> None:
    """In the last part of a text; where they are explained they stay."""
    paragraphs, headline = _page(language)
    keys = f"<p>{headline}: Ctrl + Enter</p>"
    assert html_of("".join(paragraphs) + keys) == "".join(paragraphs)
    assert keys in html_of(keys + "".join(paragraphs) * 2)


@pytest.mark.parametrize("language", PAGES)
def test_a_box_that_asks_for_an_address_goes(language: str) -> None:
    """A prompt to subscribe or to write, by its field; the part of a text that a form is in stays."""
    (one, two, three), headline = _page(language)
    field = '<form action="/s"><input type="hidden" name="a" value="1"><input type="email"><button>OK</button></form>'
    message = '<form action="/s"><textarea name="m"></textarea></form>'
    for form in (field, message, '<input type="text" name="your-mail">'):
        box = f"<div><h3>{headline}</h3><p>{headline * 2}.</p><div>{form}</div></div>"
        assert html_of(f"{one}{two}{box}{three}") == one + two + three
    parts = "".join(
        f'<div class="part">{text}{form}</div>' for text, form in ((one * 8, ""), (two, field), (three, ""))
    )
    assert two in html_of(f"{parts}{one}")
    search = f"<div>{headline}<form><input type='text' name='q'></form></div>"
    assert headline in html_of(f"{one}{two}{search}{three}")


@pytest.mark.parametrize("language", PAGES)
def test_a_line_that_leads_to_its_own_page_goes(language: str) -> None:
    """The day as a permalink, the count of comments, the way to the top: the page is where the entry leads anyhow."""
    (one, two, three), headline = _page(language)
    day, count = f'<p><a href="{SOURCE}">3.5.2021</a></p>', f'<h2>{headline} <a href="{SOURCE}#respond">»</a></h2>'
    assert html_of(f"<div>{day}</div><div>{one}{two}{three}</div><div>{count}</div>") == one + two + three
    top = f'<div><a href="#top">{headline[:12]}</a></div>'
    assert html_of(f"{one}{two}{top}<h2>{headline}</h2>{three}") == f"{one}{two}<h2>{headline}</h2>{three}"


@pytest.mark.parametrize("language", PAGES)
def test_a_note_and_a_question_that_lead_to_their_own_page_stay(language: str) -> None:
    """Notes lead back to the text, by whatever address; a question leads to its answer, which a script shows."""
    (one, two, three), headline = _page(language)
    whole = one.replace("</p>", f'<sup id="r1"><a href="{SOURCE}#n1">1</a></sup></p>')
    note = f'<p id="n1"><a href="{SOURCE}#r1">↑</a> {headline}</p>'
    assert html_of(f"{whole}{two}{three}{note}") == f"{whole}{two}{three}{note}"
    cut_off = f'<div><a href="{SOURCE}#ref2">[2]</a> {headline}</div>'
    assert headline in html_of(f"<div>{one}{two}{three}</div><div>{cut_off}</div>")
    short = headline[:20].strip()
    question = f'<div><a href="#q1">{short}</a></div>'
    assert short in html_of(f"{one}{question}{two}{three}")


@pytest.mark.parametrize("language", PAGES)
def test_what_announced_links_goes_with_them(language: str) -> None:
    """The heading of a box in the text, and the last line above the last headline; what else a box holds stays."""
    (one, two, three), headline = _page(language)
    box = f"<div><h3>{headline[:12]}</h3><div>{_linked(headline)}</div></div>"
    assert html_of(f"{one}{two}{box}{three}") == one + two + three
    last = f'<p>{headline}:</p><p><a href="/2">{headline}, {headline}</a></p>'
    assert html_of(f"{one}{two}{three}{last}") == one + two + three
    tool = f'<div><h3>{headline}</h3><a href="/edit">{headline[:6]}</a></div>'
    assert headline in html_of(f"{one}{tool}{two}{three}")


def test_a_day_in_any_language_goes_with_a_label_or_a_time() -> None:
    """The header says it already; a day alone may open a diary."""
    (one, two, three), _ = _page("cs")
    for day in (
        "Publikováno 3. května 2021",
        "opublikowano: 3 maja 2021, 11:55",
        "प्रकाशित: ३ मई २०२१",
        "2021 május 3. 10:15",
    ):
        assert html_of(f"<p>{day}</p>{one}{two}{three}", published_ms=1620036900000) == one + two + three, day
    for day in ("3 května 2021", "Publikováno 4. května 2020", "Sedm lodí v roce 2021"):
        assert day in html_of(f"<p>{day}</p>{one}{two}{three}", published_ms=1620036900000)


@pytest.mark.parametrize("language", PAGES)
def test_steps_below_one_long_paragraph_go(language: str) -> None:
    """An article may have one paragraph only."""
    (one, two, three), headline = _page(language)
    whole = f"{one}{two}{three}".replace("</p><p>", " ")
    steps = f'<div><a href="/0">← {headline}</a></div><div><a href="/2">{headline} →</a></div>'
    assert html_of(f"{whole}<div>{steps}</div>") == whole


def _sentence(language: str) -> str:
    return PAGES[language][0][1]


@pytest.mark.parametrize("language", PAGES)
def test_a_box_of_the_page_below_bare_paragraphs_goes(language: str) -> None:
    """With a sentence or two as well, by where its links lead: to the site, to accounts, to a button."""
    paragraphs, headline = _page(language)
    article, (wall, join, copy, like, name), text = "".join(paragraphs) * 4, PAGES[language][2], _sentence(language)
    portrait = '<img src="/u/1.jpg" width="80" height="80" alt="">'
    teasers = "".join(f'<div><h4><a href="/{n}">{headline} {n}</a></h4><p>{text}</p></div>' for n in range(3))
    for box in (
        f'<div>{portrait}<div><a href="/u/1">{name}</a><p>{text}</p></div></div>',
        f'<div><h4>{name}</h4><p>{text}</p><a href="/u/1">{copy}</a></div>',
        f'<div><a href="/u/1">{portrait}</a><h3><a href="/u/1">{name}</a></h3><p>{text}</p></div>',
        f'<div><p>{wall}. {text}</p><a href="/a/new">{join}</a><a href="/a/in">{like}</a></div>',
        f'<section><p>{text}</p><button>{join}</button><a href="/a/new">{join}</a></section>',
        f"<div><h3>{wall}</h3>{teasers}</div>",
    ):
        assert html_of(article + box) == article


@pytest.mark.parametrize("language", PAGES)
def test_a_box_of_the_text_below_bare_paragraphs_stays(language: str) -> None:
    """Sources on other sites, the last picture with its caption, an end without links; also above a box that goes."""
    paragraphs, headline = _page(language)
    article, (_, join, *_, name), text = "".join(paragraphs) * 4, PAGES[language][2], _sentence(language)
    box = f'<div><h4>{name}</h4><p>{text}</p><a href="/u/1">{join}</a></div>'
    for end in (
        f'<div><p>{text} <a href="https://doi.example/10.1/2">{headline}</a></p></div>',
        f'<div><img src="https://news.example.org/1.jpg" alt=""><p>{text} {name}</p></div>',
        f"<div><p>{text}</p></div>",
    ):
        assert text in html_of(article.replace(text, text[:-9]) + end)
        assert html_of(article.replace(text, text[:-9]) + end + box).count(text) == 1


@pytest.mark.parametrize("language", PAGES)
def test_a_heading_that_is_a_link_stays_above_its_text(language: str) -> None:
    """Above a paragraph or a lower heading; one line that is a link and no heading goes there."""
    (one, two, three), headline = _page(language)
    head = f'<h2><a href="https://news.example.org/2">{headline}</a></h2>'
    for below in ("", f"<h3>{headline[:9]}</h3>"):
        assert head in html_of(f"{one}{head}{below}{two}{three}")
        assert head not in html_of(f"{one}{head.replace('h2', 'div')}{below}{two}{three}")


@pytest.mark.parametrize("language", PAGES)
def test_a_long_caption_that_is_a_link_stays(language: str) -> None:
    """Below its picture, or in one link with it, where it ends as captions do; a headline goes in both places."""
    (one, two, three), headline = _page(language)
    picture, text = '<img src="https://news.example.org/1.jpg" alt="">', _sentence(language)
    below = f'<div>{picture}</div><p><a href="https://agency.example/1/2/3">{text[:-1]}</a></p>'
    around = f'<a href="/large/1"><div>{picture}</div><div>{headline} ({headline})</div></a>'
    for figure in (below, f"<div>{around}</div>"):
        assert picture in html_of(one + two + figure + three)
        assert (text[:-1] if figure is below else f"({headline})") in html_of(one + two + figure + three)
    card = around.replace(f" ({headline})", "")
    assert html_of(f"{one}{two}<div>{card}</div>{three}") == one + two + three


@pytest.mark.parametrize("language", PAGES)
def test_a_label_beside_a_headline_needs_no_colon(language: str) -> None:
    """An element of its own, or a sign; who said a quotation, and the place of a name, are no labels."""
    (one, two, three), headline = _page(language)
    label, link = PAGES[language][2][4], f'<a href="/2">{headline}</a>'
    listed = f"<ul><li>{link}</li><li>{link.replace('2', '3')}</li></ul>"
    for block in (
        f"<p>• {link}</p>",
        f"<blockquote>{label} | {link}</blockquote>",
        f"<p><strong>{label}</strong><br>{link}</p>",
        f"<div><h4>{label}</h4>{listed}</div>",
        f"<p><b>{label}</b></p>{listed}",
    ):
        assert html_of(one + two + block + three) == one + two + three
    for block in (f"<p>— {label} {link}</p>", f"<p><b>{label}</b>, {link}</p>", f"<p>{label} {link}</p>"):
        assert headline in html_of(one + two + block + three)


@pytest.mark.parametrize("language", PAGES)
def test_a_small_box_with_a_button_goes(language: str) -> None:
    """Above the text or below it; a table or a title in it, or a sentence, is more than the page's."""
    paragraphs, headline = _page(language)
    article, (*_, like, name) = "".join(paragraphs), PAGES[language][2]
    box = f"<div><p>{headline}</p><button>{like}</button></div>"
    for html in (f"<div>{box}{article}</div>", f"<div>{box}</div><div>{article}</div>", article + box):
        assert html_of(html) == article
    facts = f"<div><table><tr><td>{headline}</td><td>{name}</td></tr></table><button>{like}</button></div>"
    assert headline in html_of(f"<div>{facts}</div><div>{article}</div>")
    lead = f"<div><p>{_sentence(language)}</p><button>{like}</button></div>"
    assert html_of(f"<div>{lead}</div><div>{article}</div>").count(_sentence(language)) == 2


@pytest.mark.parametrize("language", PAGES)
def test_the_text_of_a_button_that_shows_a_frame_goes(language: str) -> None:
    """A request for consent, beside the frame or in its place; the frame and its link stay, and posts of networks."""
    (one, two, three), headline = _page(language)
    two = two * 4
    request = f"<p>{headline * 3}.</p><button>{headline[:9]}</button>"
    frame = '<iframe src="https://frames.example/embed/1"></iframe>'
    for box in (
        f"<div><div>{request}</div>{frame}</div>",
        f"<div>{request}{frame}</div>",
        f"<div>{frame}<div>{request}</div></div>",
    ):
        found = html_of(one + two + box + three)
        assert "https://frames.example/embed/1" in found
        assert headline * 3 not in found
    stored = f'<div data-src="https://frames.example/embed/1">{request}</div>'
    assert html_of(one + two + stored + three) == one + two + three
    own = stored.replace("frames.example", "news.example.org")
    assert headline * 3 in html_of(one + two + own + three)
    post = (
        f"<div><div><blockquote><p>{headline * 2}.</p></blockquote></div>{frame}<button>{headline[:9]}</button></div>"
    )
    assert f"{headline * 2}." in html_of(one + two + post + three)


@pytest.mark.parametrize("language", PAGES)
def test_the_way_to_the_front_page_goes(language: str) -> None:
    """A line that begins with it, above the text; and the letters that set the size of letters."""
    paragraphs, headline = _page(language)
    article, (_, join, copy, like, name) = "".join(paragraphs), PAGES[language][2]
    crumbs = f'<div><a href="/">{join}</a> › <a href="/s">{like}</a> › <span>{headline}</span></div>'
    letters = "".join(f"<div>{name}: {sizes}</div>" for sizes in ("A- A A+", "Я+ Я−"))
    assert html_of(crumbs + article) == article
    assert html_of(letters + article) == article
    assert "B+" in html_of(f"<div>{name}: B+</div>{article}")
    tools = f'<div><a href="/print/1">{copy}</a> <a href="#">{like}</a> <a href="#">{join}</a></div>'
    assert html_of(tools + article) == article


@pytest.mark.parametrize("language", PAGES)
def test_a_lead_stays_beside_a_link_that_is_counted(language: str) -> None:
    """As the first sentence of an article above the cover of the magazine."""
    paragraphs, _ = _page(language)
    cover = f'<a href="/shop?utm_x=1"><div><img src="/c.jpg" alt=""></div>{PAGES[language][2][1]}</a>'
    html = html_of(f"<div><div>{_sentence(language)}</div>{cover}</div><div>{''.join(paragraphs)}</div>")
    assert html.count(_sentence(language)) == 2


@pytest.mark.parametrize("language", PAGES)
def test_what_a_gallery_says_of_its_pictures_goes(language: str) -> None:
    """Numbers, the label before each caption, buttons; captions stay, also one that begins with a number of a whole."""
    (one, two, three), headline = _page(language)
    label, name = PAGES[language][2][3:]
    item = (
        '<div><img src="https://news.example.org/{0}.jpg" alt=""><span>{1} {0} / 3</span>{2}<button>{3}</button></div>'
    )
    said = "<span>{1}</span><span>{0} {2}</span>"
    items = "".join(item.format(n, name[:4], said.format(headline, label, n), label) for n in range(1, 4))
    found = html_of(f"{one}{two}<div>{items}</div>{three}")
    assert [f"{headline} {n}" in found for n in range(1, 4)] == [True] * 3
    assert label not in found.replace(headline, "")
    assert "/ 3" not in found
    whole = f'<div><img src="https://news.example.org/1.jpg" alt=""><span>1/3</span> {headline}</div>'
    assert f"1/3 {headline}" in html_of(one + two + whole + three)
    names = "".join(item.format(n, name[:4], f"<span>{headline} {n}</span><span>{label}</span>", "x") for n in (1, 2))
    assert html_of(f"{one}{two}<div>{names}</div>{three}").count(label) == 2


@pytest.mark.parametrize("language", PAGES)
def test_a_line_that_the_header_says_already_goes(language: str) -> None:
    """Who wrote an article, in words of any language, and the day above its block; a credit and a speaker stay."""
    paragraphs, headline = _page(language)
    article, name = "".join(paragraphs), PAGES[language][2][4]
    known = Context(base_url=SOURCE, authors=(name,), published_ms=1620036900000)

    def html(above: str, beside: str = "") -> str:
        return clean(f"<div>{above}</div><div>{beside}{article}</div>", known, rules=RULES).html

    for line in (
        f"<p>{headline[:9]} {name}</p>",
        f'<div>{headline[:9]} <a href="/u/1">{name}</a></div>',
        f"<ul><li>{name}</li><li>3.5.2021</li></ul>",
        "<div>3.5.2021</div>",
        "<time>3.5.2021, 10:15</time>",
    ):
        assert html(line) == article
        assert html("", line) == article or line == "<div>3.5.2021</div>"
    for line in (f"<p>{name}/Agency</p>", f"<p>{name}:</p>", f"<p>{name} {headline}</p>"):
        assert name in html("", line)
    assert "3.5.2021" in html("", "<div>3.5.2021</div>")


@pytest.mark.parametrize("language", PAGES)
def test_a_teaser_between_bare_paragraphs_goes(language: str) -> None:
    """The headline of another article with its first words; several of them may be the article."""
    paragraphs, headline = _page(language)
    one, two, three = (text * 3 for text in paragraphs)
    text = _sentence(language)
    box = '<div><h4><a href="/{0}">{1} {0}</a></h4><p>{2} {0}</p></div>'
    assert html_of(one + two + box.format(2, headline, text) + three) == one + two + three
    whole = f'<div><a href="/2"><h4>{headline}</h4><p>{text}</p></a></div>'
    assert html_of(one + two + whole + three) == one + two + three
    places = "".join(box.format(n, headline, text) for n in range(3))
    assert html_of(one + two + places + three).count(text) == 3 + html_of(one + two + three).count(text)


@pytest.mark.parametrize("language", PAGES)
def test_badges_of_shops_below_an_article_go(language: str) -> None:
    """Pictures that lead to a site each, below a line; pictures that lead to one site stay."""
    paragraphs, headline = _page(language)
    badge = '<a href="https://{}.example/a/b/c?id=1"><img src="/{}.png" alt=""></a>'
    box = f"<div><p>{headline}</p>{badge.format('one', 1)}{badge.format('{}', 2)}</div>"
    assert html_of("".join(paragraphs) + box.format("two")) == "".join(paragraphs)
    assert headline in html_of("".join(paragraphs) + box.format("one"))
