"""The shape of blocks: what goes and what stays in languages that no list knows, and what each feature weighs."""

from __future__ import annotations

import pytest
from cleaning import SOURCE, cleaned, html_of

from feedtool.sanitiser.shape import weights

#: three paragraphs in a language, and a box, a menu or a line of the same page that goes
PAGES = {
    "hi": (
        ("नाविक के पास तीस साल से कोई मोटर नहीं थी, और गाँव में कोई नहीं कह सकता था कि पिछली कब गई।",
         "वह नाव को उस रस्सी से खींचता था जिसे उसके पिता ने जोड़ा था, गर्मियों में धीरे और वसंत में और भी धीरे।",
         "बंदरगाह का मुखिया हर फेरा एक किताब में लिखता था, जिसे उसके पिता ने शुरू किया था और जो भर चुकी है।"),
        "नदी की दूसरी नाव और उसका मालिक",
    ),
    "cs": (
        ("Převozník neměl třicet let žádný motor a nikdo ve vsi nevěděl, kdy zmizel ten poslední z nich.",
         "Táhl člun přes řeku na laně, které spletl jeho otec, v létě pomalu a na jaře ještě pomaleji než jindy.",
         "Správce přístavu zapisoval každou plavbu do knihy, kterou začal jeho otec a která je už skoro plná."),
        "Druhý přívoz na této řece a jeho majitel",
    ),
    "sw": (
        ("Mwenye kivuko hakuwa na injini kwa miaka thelathini, na hakuna aliyejua ya mwisho iliondoka lini.",
         "Alivuta mashua kwa kamba ambayo baba yake aliisuka, polepole wakati wa kiangazi na zaidi masika.",
         "Mkuu wa bandari aliandika kila safari katika kitabu ambacho baba yake alikianza miaka mingi nyuma."),
        "Kivuko kingine cha mto huu na mwenyewe",
    ),
}  # fmt: skip


def _page(language: str) -> tuple[list[str], str]:
    paragraphs, headline = PAGES[language]
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
def test_a_lone_headline_between_paragraphs_goes(language: str) -> None:
    """A block that holds one link of the own site, shaped like a headline, with a label at most."""
    (one, two, three), headline = _page(language)
    link = f'<a class="insert" href="/2">{headline}</a>'
    card = f'<div class="x"><a href="/2"><img src="/2.jpg"><h5>{headline[:8]}</h5><h4>{headline}</h4></a></div>'
    for block in (f"<div>{link}</div>", f"<div><strong>{headline[:8]}: {link}</strong></div>", card):
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
    assert all(known[name] > 0 for name in ("only links", "after the article", "named so", "heading of nothing"))
    assert all(known[name] < 0 for name in ("all", "in the text", "lead", "p", "stop", "no link"))


def test_a_table_of_contents_stays() -> None:
    """Links into the text itself are not navigation of the site."""
    (one, two, three), headline = _page("cs")
    inside = "".join(f'<li><a href="{at}">{headline}</a></li>' for at in ("#one", "#two", f"{SOURCE}#three"))
    html = html_of(f'<ol>{inside}</ol><div><h2 id="one">{headline}</h2>{one}{two}{three}</div>')
    assert html.count("<a ") == 3
