"""A formula reaches subscribers once, and right; and nothing else comes in by way of it."""

from __future__ import annotations

import html as html_lib
import re

import pytest
from bs4 import BeautifulSoup
from cleaning import RULES, SOURCE, html_of
from hypothesis import given
from hypothesis import strategies as st

from feedtool.config import Sanitiser
from feedtool.sanitiser import Context, clean, load_rules
from feedtool.sanitiser.safety import ALLOWED, EVERYWHERE, MATHML

UNTRIMMED = load_rules(Sanitiser(trim=False))[0]

ROOT = "<math><msqrt><mn>2</mn></msqrt></math>"
QUOTED = html_lib.escape(ROOT)
KATEX = (
    '<span class="katex"><span class="katex-mathml"><math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow>'
    '<msub><mi>a</mi><mn>0</mn></msub></mrow><annotation encoding="application/x-tex">a_0</annotation></semantics></math>'
    '</span><span class="katex-html" aria-hidden="true"><span class="base"><span class="mord mathnormal">a</span>'
    '<span class="vlist">0</span></span></span></span>'
)
FORMULAS = {
    "a power": ("<math><mn>2</mn><msup><mn>10</mn><mn>-3</mn></msup></math>",) * 2,
    "a sum": (
        '<math display="block"><munderover><mo movablelimits="false">∑</mo><mi>i</mi><mi>n</mi></munderover></math>',
    )
    * 2,
    "a matrix": (
        '<math><mtable columnalign="left right" class="x"><mtr>\n<mtd><mn>1</mn></mtd> <mtd columnspan="2"><mi>b</mi></mtd></mtr></mtable></math>',
        '<math><mtable columnalign="left right"><mtr><mtd><mn>1</mn></mtd><mtd columnspan="2"><mi>b</mi></mtd></mtr></mtable></math>',
    ),
    "a prefix": ("<mml:math><mml:mi>q</mml:mi></mml:math>", "<math><mi>q</mi></math>"),
    "brackets in attributes": (
        '<math><mfrac><mfenced open="{" close="}" separators=";"><mi>a</mi><mi>b</mi></mfenced><mn>2</mn></mfrac></math>',
        "<math><mfrac><mrow><mo>{</mo><mi>a</mi><mo>;</mo><mi>b</mi><mo>}</mo></mrow><mn>2</mn></mfrac></math>",
    ),
    "katex": (f"{KATEX}", '<math alttext="a_0"><mrow><msub><mi>a</mi><mn>0</mn></msub></mrow></math>'),
    "katex, displayed": (
        f'<span class="katex-display">{KATEX}</span>',
        '<math alttext="a_0" display="block"><mrow><msub><mi>a</mi><mn>0</mn></msub></mrow></math>',
    ),
    "mathjax 2": (
        (
            '<span class="MathJax_Preview">√2</span><span class="MathJax" id="MathJax-Element-7-Frame" '
            f'data-mathml="{QUOTED}"><nobr aria-hidden="true"><span class="math"><span>√2</span></span></nobr>'
            f'<span class="MJX_Assistive_MathML">{ROOT}</span></span>'
            '<script type="math/tex" id="MathJax-Element-7">\\sqrt 2</script>'
        ),
        ROOT,
    ),
    "mathjax 2, as a page without scripts has it": (
        f'<span class="MathJax_SVG" data-mathml="{QUOTED}"><svg><text>√2</text></svg></span>',
        ROOT,
    ),
    "mathjax 2, before it runs": (
        '<span class="MathJax_Preview">\\sqrt 2</span><script type="math/tex">\\sqrt 2</script>',
        r"\(\sqrt 2\)",
    ),
    "mathjax 3": (
        (
            '<mjx-container class="MathJax" jax="CHTML"><mjx-math aria-hidden="true"><mjx-msqrt><mjx-mn><mjx-c></mjx-c>'
            f"</mjx-mn></mjx-msqrt></mjx-math><mjx-assistive-mml unselectable=on>{ROOT}</mjx-assistive-mml></mjx-container>"
        ),
        ROOT,
    ),
    "mathjax 3, drawn": (
        (
            '<mjx-container class="MathJax" jax="SVG" display="true"><svg><g></g></svg>'
            f"<mjx-assistive-mml>{ROOT}</mjx-assistive-mml></mjx-container>"
        ),
        ROOT.replace("<math", '<math display="block"'),
    ),
    "mathjax 4, without MathML": (
        '<mjx-container class="MathJax" jax="SVG"><svg data-latex="\\sqrt 2"></svg></mjx-container>',
        r"\(\sqrt 2\)",
    ),
    "a script": ('<script type="math/tex">a &lt; b^2 % c</script>', r"\(a &amp;lt; b^2\)"),
    "a script with MathML": (f'<script type="math/mml">{ROOT}</script>', ROOT),
    "a picture beside it": (
        (
            f'<span class="mwe-math-element"><span style="display: none;">{ROOT}</span>'
            '<img src="//media.example/render/svg/9f" aria-hidden="true" style="width:2ex" alt="√2"></span>'
        ),
        '<img src="https://media.example/render/svg/9f" alt="√2">',
    ),
    "no picture beside it": (
        f'<span class="mwe-math-element"><span style="display: none;">{ROOT}</span></span>',
        ROOT,
    ),
    "a number for links": (
        '<a href="#eq2">(2)</a> <math id="eq2"><mi>x</mi></math>',
        '<a href="#eq2">(2)</a> <math id="eq2"><mi>x</mi></math>',
    ),
    "a formula that is not closed": ("<math><mi>x</mi><br>Words <b>go on</b>", "x<br>Words <b>go on</b>"),
    "a stray part": ("<mi>x</mi><mtext>y</mtext>", "xy"),
    "nothing": ("<math><semantics></semantics></math>", ""),
    "mathjax 3, drawn with letters": (
        (
            '<mjx-container class="MathJax" jax="CHTML"><mjx-math><mjx-msubsup><mjx-mi><mjx-c class="mjx-c1D465 TEX-I"></mjx-c>'
            '</mjx-mi><mjx-script style="margin-left: 0"><mjx-mn><mjx-c class="mjx-c32"></mjx-c></mjx-mn><mjx-spacer></mjx-spacer>'
            '<mjx-TeXAtom><mjx-mn><mjx-c class="mjx-c31"></mjx-c></mjx-mn></mjx-TeXAtom></mjx-script></mjx-msubsup></mjx-math>'
            "</mjx-container>"
        ),
        "<math><msubsup><mi>x</mi><mrow><mn>1</mn></mrow><mn>2</mn></msubsup></math>",
    ),
    "mathjax 3, drawn as a picture": (
        (
            '<mjx-container class="MathJax" jax="SVG" display="true"><svg><g data-mml-node="math"><g data-mml-node="mfrac">'
            '<g data-mml-node="mi" transform="translate(220,676)"><path data-c="1D44E"></path></g><g data-mml-node="msqrt" '
            'transform="translate(220,-686)"><g transform="translate(853,0)"><g data-mml-node="mn"><use data-c="32"></use></g></g>'
            '<g data-mml-node="mo"><use data-c="221A"></use></g><rect></rect></g><rect></rect></g></g></svg></mjx-container>'
        ),
        '<math display="block"><mfrac><mi>a</mi><msqrt><mn>2</mn></msqrt></mfrac></math>',
    ),
    "mathjax 3, a limit": (
        (
            '<mjx-container class="MathJax" jax="CHTML"><mjx-math><mjx-munderover><mjx-over><mjx-mi><mjx-c class="mjx-c221E">'
            '</mjx-c></mjx-mi></mjx-over><mjx-box><mjx-munder><mjx-row><mjx-base><mjx-mo><mjx-c class="mjx-c2211"></mjx-c></mjx-mo>'
            '</mjx-base></mjx-row><mjx-row><mjx-under><mjx-mn><mjx-c class="mjx-c30"></mjx-c></mjx-mn></mjx-under></mjx-row>'
            "</mjx-munder></mjx-box></mjx-munderover></mjx-math></mjx-container>"
        ),
        "<math><munderover><mo>∑</mo><mn>0</mn><mi>∞</mi></munderover></math>",
    ),
    "katex without the formula": (
        (
            '<span class="katex"><span class="katex-html"><span class="base"><span class="strut"></span><span class="mord">1'
            '</span><span class="mord"><span class="mord">0</span><span class="msupsub"><span class="vlist-t"><span class="vlist-r">'
            '<span class="vlist"><span><span class="pstrut"></span><span class="mord">6</span></span></span></span></span></span>'
            "</span></span></span></span>"
        ),
        "10<sup>6</sup>",
    ),
    "katex without the formula, a root": (
        (
            '<span class="katex"><span class="katex-html"><span class="mord sqrt"><span class="root"><span class="vlist-t">'
            '<span class="vlist"><span><span class="pstrut"></span><span class="mtight">3</span></span></span></span></span>'
            '<span class="vlist-t vlist-t2"><span class="vlist-r"><span class="vlist"><span class="svg-align"><span class="mord">'
            '<span class="mord">x</span><span class="mbin">+</span><span class="mord">1</span></span></span><span><span '
            'class="hide-tail"><svg><path d="M95"/></svg></span></span></span><span class="vlist-s">\u200b</span></span></span>'
            "</span></span></span>"
        ),
        "<sup>3</sup>√(x+1)",
    ),
    "katex without the formula, a sum": (
        (
            '<span class="katex"><span class="katex-html"><span class="mop op-limits"><span class="vlist-t vlist-t2">'
            '<span class="vlist-r"><span class="vlist"><span><span class="pstrut"></span><span class="mtight">i=1</span></span>'
            '<span><span class="mop op-symbol">∑</span></span><span><span class="mtight">n</span></span></span></span></span>'
            '</span><span class="mord">i</span></span></span>'
        ),
        "∑<sub>i=1</sub><sup>n</sup>i",
    ),
    "katex without the formula, a matrix": (
        (
            '<span class="katex"><span class="katex-html"><span class="mopen">(</span><span class="mtable"><span '
            'class="col-align-c"><span class="vlist"><span>a</span><span>c</span></span></span><span class="arraycolsep"></span>'
            '<span class="col-align-c"><span class="vlist"><span>b</span><span>d</span></span></span></span>'
            '<span class="mclose">)</span></span></span>'
        ),
        "(a b; c d)",
    ),
    "a picture with its source": (
        '<span class="mjpage"><svg role="img"><title>x^2 &lt; y</title><g><path d="M1"></path></g></svg></span>',
        r"\(x^2 &lt; y\)",
    ),
}

ATTACKS = [
    '<mjx-container><svg><g data-mml-node="math"><g data-mml-node="mtext">&lt;img src=x onerror=alert(1)></g></g></svg>',
    '<mjx-container><svg><g data-mml-node="math"><g data-mml-node="script"><g data-mml-node="mi"><use data-c="3C"></g></g></g></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math><mtext></p><img src=x onerror=alert(1)></mtext></math>",
    '<math><annotation-xml encoding="text/html"><p title="</annotation-xml><img src=x onerror=alert(1)>"></p></annotation-xml></math>',
    '<math><annotation-xml encoding="application/xhtml+xml"><script>alert(1)</script></annotation-xml></math>',
    "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)' onclick=alert(1)>x</mi></math>",
    "<math><mi><a href='javascript:alert(1)'>x</a></mi></math>",
    "<math><maction actiontype='statusline#http://x' xlink:href='javascript:alert(1)'><mi>x</mi></maction></math>",
    "<math><mtext><option><x><option></option><mglyph><svg><mtext><textarea><a title='</textarea><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><style><!--</style><img src=x onerror=alert(1)>--></style></math>",
    "<math alttext='\"><img src=x onerror=alert(1)>'><mi style='background:url(javascript:alert(1))'>x</mi></math>",
    "<math><mi mathcolor='red;background:url(//spy.example/)' mathbackground='url(//spy.example)'>x</mi></math>",
    "<script type='math/mml'><math><mtext><img src=x onerror=alert(1)></mtext></math><script>alert(1)</script>",
    "<script type='math/tex'></script><img src=x onerror=alert(1)><script type='math/tex'>alert(1)",
    "<span class=MathJax data-mathml='<math><mi><img src=x onerror=alert(1)></mi></math><script>alert(1)</script>'>x</span>",
    "<math><mtext><svg><foreignObject><iframe srcdoc='<script>alert(1)</script>'></iframe></svg></mtext></math>",
    "<svg><math><mi><svg onload=alert(1)></mi></math></svg>",
    "<script-with-formula type='math/mml'>&lt;math>&lt;mtext>&lt;img src=x onerror=alert(1)></script-with-formula>",
    "<math><mi>x</mi><mi/><mspace width='1em;x:expression(alert(1))'/></math>",
]  # fmt: skip


@pytest.mark.parametrize("rules", [RULES, UNTRIMMED], ids=["trimmed", "untrimmed"])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_comes_once_and_right(name: str, rules: object) -> None:
    """Whatever made it; a second cleaning changes nothing."""
    written, expected = FORMULAS[name]
    html = clean(f"<p>So {written} is it.</p>", Context(base_url=SOURCE), rules=rules).html  # type: ignore[arg-type]
    if name == "a formula that is not closed":
        assert html == f"<p>So {expected} is it.</p>"
    else:
        assert html == " ".join(f"<p>So {expected} is it.</p>".split())
    assert clean(html, Context(base_url=SOURCE), rules=rules).html == html  # type: ignore[arg-type]


def test_a_formula_on_a_line_of_its_own_is_a_paragraph() -> None:
    """So reads what Jekyll's Markdown writes."""
    source = '<p>So</p><script type="math/tex; mode=display">% <![CDATA[\n\\begin{aligned}\na &= b\n\\end{aligned} %]]></script>'
    assert html_of(source) == "<p>So</p><p>\\[\\begin{aligned} a &amp;= b \\end{aligned}\\]</p>"


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_harmful_comes_in_a_formula(attack: str) -> None:
    """Within the allow-list, no element of HTML in a formula, no second reading of it."""
    _check(html_of(f"<p>The text of a post.</p>{attack}"))


_PIECES = st.lists(
    st.sampled_from([
        "<math>", "</math>", "<mi>", "</mi>", "<mtext>", "</mtext>", "<mglyph>", "<annotation-xml encoding='text/html'>",
        "<semantics>", "</semantics>", "<svg>", "</svg>", "<style>", "</style>", "<table>", "</table>", "<p>", "</p>",
        "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>", "<mfenced>", "<script type='math/tex'>",
        "</script>", "<span class='katex'>", "</span>", "<mspace/>", "x", "<!--", "-->", "<form>", "<title>", "</title>",
    ]),
    max_size=14,
)  # fmt: skip


@given(_PIECES)
def test_no_mixture_of_formulas_and_html_gets_through(pieces: list[str]) -> None:
    """Random nestings, as attacks on parsers use them."""
    _check(html_of("".join(pieces)))


def _check(html: str) -> None:
    assert html_of(html) == html
    for parser in ("lxml", "html.parser"):
        for tag in BeautifulSoup(html, parser).find_all():
            if tag.name in ("html", "body"):
                continue
            assert {*tag.attrs} <= ALLOWED[tag.name] | EVERYWHERE
            assert not re.search(r"javascript:|expression|url\(", " ".join(map(str, tag.attrs.values())))
            above = tag.parent
            assert (above is not None and above.name in MATHML) == (tag.name in MATHML and tag.name != "math")
