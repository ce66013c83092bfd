"""Whole pages in scripts that no list of phrases knows: all around the text goes, and every sentence of it stays."""

from __future__ import annotations

import pytest
from cleaning import html_of

#: by language: the page, with {0} {1} {2} for its paragraphs; these; texts and addresses that go
PAGES = {
    "ta": (
        ('<div class="top"><ul><li><a href="/"><span>முகப்பு</span></a></li><li><a href="/s/1"><span>செய்திகள்</span></a>'
        '</li><li><a href="/s/2"><span>விளையாட்டு</span></a></li><li><a href="/s/3"><span>சினிமா</span></a></li></ul></div>'
        '<div class="b"><p>{0}</p><p>{1}</p><figure><img src="/i/1.jpg"><figcaption>படகு கரையில் நிற்கிறது</figcaption></figure>'
        "<div>படம் 1 / 3</div>{2}</div>"
        '<div class="w"><p>முழு கட்டுரையையும் படிக்க உள்நுழையவும்</p><a href="/login?next=1">உள்நுழைக</a>'
        '<a href="/register">பதிவு செய்க</a></div>'
        '<div class="k"><a href="/tag/1">ஆறு</a> <a href="/tag/2">படகு</a> <a href="/tag/3">மழை</a></div>'
        '<div class="p"><img src="/u/1.jpg"><h4><a href="/author/kavitha">கவிதா ராமன்</a></h4>'
        '<a href="/author/kavitha">அனைத்து கட்டுரைகளும்</a></div>'
        '<div class="r"><h3>மேலும் வாசிக்க</h3><ul><li><a href="/a/2">ஆற்றின் மறுகரையில் புதிய பாலம் திறப்பு</a></li>'
        '<li><a href="/a/3">மழைக்காலத்தில் படகு சேவை நிறுத்தம்</a></li><li><a href="/a/4">மீனவர்களின் புதிய சங்கம்</a></li></ul></div>'),
        (
            "படகோட்டியிடம் முப்பது ஆண்டுகளாக இயந்திரம் எதுவும் இல்லை, கடைசியாக எப்போது இருந்தது என்று யாருக்கும் தெரியாது.",
            "அவர் தன் தந்தை முறுக்கிய கயிற்றால் படகை இழுத்தார், கோடையில் மெதுவாகவும் மழைக்காலத்தில் இன்னும் மெதுவாகவும்.",
            "துறைமுகத் தலைவர் ஒவ்வொரு பயணத்தையும் ஒரு புத்தகத்தில் எழுதினார், அது இப்போது கிட்டத்தட்ட நிறைந்துவிட்டது.",
        ),
        ("முகப்பு", "படம் 1 / 3", "உள்நுழைக", "முழு கட்டுரையையும்", "/tag/2", "அனைத்து", "மேலும் வாசிக்க", "புதிய பாலம்"),
    ),
    "ka": (
        ('<p><a href="/">მთავარი</a> / <a href="/politics">პოლიტიკა</a> / <a href="/society">საზოგადოება</a></p>'
        "<section>{0}<p>{3}</p><p>{1}</p><p>{2}</p></section>"
        '<div><strong>სტატიის სრულად წასაკითხად გაიარეთ ავტორიზაცია</strong><div><a href="/account/signin">შესვლა</a></div></div>'
        '<ul><li><a href="/topic/1">მდინარე</a></li><li><a href="/topic/2">ნავი</a></li></ul>'
        '<section><img src="/people/nino.png"><div>ავტორი</div><div><a href="/people/nino">ნინო ბერიძე</a></div></section>'
        '<section><div><a href="/n/11"><img src="/n/11.jpg"><p>ახალი ხიდი მდინარის მეორე ნაპირზე გაიხსნა</p></a></div>'
        '<div><a href="/n/12"><img src="/n/12.jpg"><p>ნავმისადგომი ზამთარში აღარ იმუშავებს</p></a></div>'
        '<div><a href="/n/13"><img src="/n/13.jpg"><p>მეთევზეებმა ახალი კავშირი დააარსეს</p></a></div></section>'),
        (
            "მენავეს ოცდაათი წლის განმავლობაში ძრავა არ ჰქონია და სოფელში არავინ იცოდა, ბოლო როდის გაქრა.",
            "ის ნავს თოკით ეწეოდა, რომელიც მამამისმა დაგრიხა, ზაფხულში ნელა და გაზაფხულზე კიდევ უფრო ნელა.",
            "ნავსადგურის უფროსი ყოველ გადასვლას წიგნში წერდა, რომელიც მამამისმა დაიწყო და თითქმის სავსეა.",
            "ასე იყო ყოველთვის.",
        ),
        ("მთავარი", "/society", "ავტორიზაცია", "შესვლა", "/topic/2", "ავტორი<", "/people/nino", "ახალი ხიდი", "/n/12"),
    ),
    "am": (
        ('<nav-bar><div><a href="/">መነሻ</a></div><div><a href="/news">ዜና</a></div><div><a href="/sport">ስፖርት</a></div></nav-bar>'
        "<article><div><p>{0}</p></div><div><p>{1}</p></div><div><p>{2}</p></div></article>"
        '<div><h4>ሙሉውን ለማንበብ ይመዝገቡ</h4><p>አባል ከሆኑ ይግቡ</p><p><a href="/subscribe">ይመዝገቡ</a> <a href="/login">ይግቡ</a></p></div>'
        '<p><a href="/tags/a">ወንዝ</a>, <a href="/tags/b">ጀልባ</a>, <a href="/tags/c">ዝናብ</a></p>'
        '<div><div><img src="/w/1.jpg"></div><div><a href="/writers/1">አበበ ከበደ</a><a href="https://x.com/abebe">X</a></div></div>'
        '<h3>ተዛማጅ</h3><ul><li>3.5.2021 <a href="/2021/x">አዲሱ ድልድይ በወንዙ ማዶ ተከፈተ</a></li>'
        '<li>1.5.2021 <a href="/2021/y">የጀልባ አገልግሎት በክረምት ይቆማል</a></li><li>2.4.2021 <a href="/2021/z">የዓሣ አጥማጆች ማህበር</a></li></ul>'),
        (
            "ጀልባ ቀዛፊው ለሠላሳ ዓመታት ሞተር አልነበረውም፣ በመንደሩም የመጨረሻው መቼ እንደጠፋ የሚያውቅ ሰው አልነበረም። ሁሉም በዝምታ ይመለከቱት ነበር።",
            "አባቱ በገመደው ገመድ ጀልባውን ወንዙን እያሻገረ ይጎትት ነበር፣ በበጋ ቀስ ብሎ በጸደይ ደግሞ ይበልጥ ቀስ ብሎ። ገመዱ ግን አልተበጠሰም።",
            "የወደቡ ኃላፊ እያንዳንዱን ጉዞ አባቱ በጀመሩት መጽሐፍ ውስጥ ይጽፍ ነበር፣ መጽሐፉም አሁን ሊሞላ ተቃርቧል። አዲስ መጽሐፍ ግን የለም።",
        ),
        ("መነሻ", "/sport", "ሙሉውን ለማንበብ", "አባል ከሆኑ", "/tags/b", "/writers/1", "ተዛማጅ", "/2021/y", "ማህበር"),
    ),
    "th": (
        ('<div>หน้าแรก | <a href="/">ข่าว</a> | <a href="/economy">เศรษฐกิจ</a> | <a href="/sport">กีฬา</a> | '
        '<a href="/ent">บันเทิง</a></div><div><div><p>{0}</p></div><p><a href="/content/991">สะพานแห่งใหม่ข้ามแม่น้ำเปิดใช้แล้ววันนี้</a></p>'
        "<div><p>{1}</p></div><div><p>{2}</p></div></div>"
        '<div><p>เข้าสู่ระบบเพื่ออ่านบทความทั้งหมด</p><p><a href="/member/login">เข้าสู่ระบบ</a></p></div>'
        '<div>แท็ก <a href="/tag/a">แม่น้ำ</a> <a href="/tag/b">เรือ</a> <a href="/tag/c">ฝน</a> <a href="/tag/d">ท่าเรือ</a></div>'
        '<div><img src="/au/5.jpg"><p>เขียนโดย</p><p><a href="/author/5">สมชาย ใจดี</a></p><p><a href="/author/5">ดูทั้งหมด</a></p></div>'
        '<div><h2>เรื่องอื่น</h2><div><a href="/content/992"><h3>งดบริการเรือข้ามฟากในช่วงหน้าฝนของปีนี้</h3></a><span>2 ชั่วโมง</span></div>'
        '<div><a href="/content/993"><h3>ชาวประมงตั้งสมาคมใหม่ที่ท่าเรือเก่า</h3></a><span>5 ชั่วโมง</span></div></div>'),
        (
            "คนแจวเรือไม่มีเครื่องยนต์มาสามสิบปีแล้ว และไม่มีใครในหมู่บ้านรู้ว่าเครื่องสุดท้ายหายไปเมื่อไร",
            "เขาดึงเรือข้ามแม่น้ำด้วยเชือกที่พ่อของเขาถักไว้ ช้าในฤดูร้อนและช้ากว่านั้นอีกในฤดูใบไม้ผลิ",
            "นายท่าเรือจดการข้ามทุกครั้งลงในสมุดที่พ่อของเขาเริ่มไว้ และตอนนี้สมุดเล่มนั้นก็เกือบเต็มแล้ว",
        ),
        ("/economy", "หน้าแรก", "/content/991", "เพื่ออ่าน", "/tag/c", "แท็ก", "/author/5", "เขียนโดย", "เรื่องอื่น", "/content/993"),
    ),
    "he": (
        ('<ul><li><a href="/">ראשי</a></li><li><a href="/cat/1">חדשות</a></li><li><a href="/cat/2">תרבות</a></li></ul>'
        '<div><div class="g"><img src="/g/1.jpg"><span>1/4</span><button>סגור</button><button>הבא</button></div><p>{0}</p><p>{1}</p><p>{2}</p><p>{3}</p></div>'
        '<aside><p>כדי לקרוא את הכתבה המלאה יש להתחבר</p><a href="/login">התחברות</a> <a href="/subscribe">הרשמה</a></aside>'
        '<div><span>תגיות:</span><a href="/tag/x">נהר</a><a href="/tag/y">סירה</a></div>'
        '<div><a href="/writer/9"><img src="/writer/9.jpg"></a><p><a href="/writer/9">דנה לוי</a></p><p>כתבת</p></div>'
        '<section><h3>כתבות מומלצות</h3><article><a href="/item/21"><img src="/item/21.jpg"></a><h4><a href="/item/21">גשר חדש נפתח מעבר לנהר</a></h4></article>'
        '<article><a href="/item/22"><img src="/item/22.jpg"></a><h4><a href="/item/22">המעבורת לא תפעל בחורף הקרוב</a></h4></article></section>'),
        (
            "לבעל המעבורת לא היה מנוע במשך שלושים שנה, ואיש בכפר לא ידע לומר מתי נעלם האחרון שבהם.",
            "הוא משך את הסירה בחבל שאביו שזר, לאט בקיץ ועוד יותר לאט באביב, כשהמים גבוהים והזרם חזק.",
            "מנהל הנמל רשם כל הפלגה בספר שאביו התחיל, והספר כמעט מלא, ואין איש שיתחיל ספר חדש במקומו.",
            "כך היה תמיד.",
        ),
        ("/cat/2", "1/4", "סגור", "לקרוא את", "התחברות", "/tag/y", "תגיות", "/writer/9", "כתבת<", "מומלצות", "/item/22"),
    ),
    "el": (
        ('<div><a href="/"><span>Αρχική</span></a><a href="/k/1"><span>Πολιτική</span></a><a href="/k/2"><span>Κόσμος</span></a></div>'
        "<p>{0}</p><p>{1}</p><div>Εικόνα 2 από / 5</div><img src='/e/2.jpg'>{2}<h2>{3}</h2>{4}"
        '<div><h3>Συνδεθείτε για να διαβάσετε τη συνέχεια</h3><a href="/sign-in">Σύνδεση</a></div>'
        '<p>Ετικέτες: <a href="/etiketa/1">ποτάμι</a>, <a href="/etiketa/2">βάρκα</a></p>'
        '<div><img src="/s/3.jpg"><div><h4>Ελένη Παππά</h4><a href="/syntaktes/3">Όλα τα άρθρα της</a></div></div>'
        '<div><h4>Ίσως σας ενδιαφέρουν</h4><p><a href="/arthro/31">Άνοιξε η νέα γέφυρα στην άλλη όχθη</a></p>'
        '<p><a href="/arthro/32">Χωρίς πορθμείο φέτος τον χειμώνα</a></p><p><a href="/arthro/33">Νέα ένωση των ψαράδων</a></p></div>'),
        (
            "Ο πορθμέας δεν είχε μηχανή εδώ και τριάντα χρόνια, και κανείς στο χωριό δεν ήξερε πότε χάθηκε η τελευταία.",
            "Τραβούσε τη βάρκα με το σχοινί που είχε πλέξει ο πατέρας του, αργά το καλοκαίρι και πιο αργά την άνοιξη.",
            "Ο λιμενάρχης έγραφε κάθε πέρασμα σε ένα βιβλίο που είχε αρχίσει ο πατέρας του και κόντευε να γεμίσει.",
            "Το βιβλίο του λιμανιού",
            "Στην πρώτη σελίδα του βιβλίου υπάρχει ακόμη μια ημερομηνία που κανείς δεν μπορεί πια να διαβάσει καθαρά.",
        ),
        ("Αρχική", "/k/2", "Εικόνα 2", "Συνδεθείτε", "Σύνδεση", "/etiketa/2", "Ετικέτες", "/syntaktes/3", "Ελένη", "Ίσως", "/arthro/32"),
    ),
}  # fmt: skip


def _page(language: str) -> str:
    page, texts, _ = PAGES[language]
    return page.format(*texts)


@pytest.mark.parametrize("language", PAGES)
def test_every_sentence_stays(language: str) -> None:
    """Nothing of the text goes with what is around it."""
    found = html_of(_page(language))
    assert [text for text in PAGES[language][1] if text not in found] == []


@pytest.mark.parametrize("language", PAGES)
def test_what_is_around_the_text_goes(language: str) -> None:
    """The menu, the login wall, the tags, the author, the signs of a gallery, and other articles."""
    found = html_of(_page(language))
    assert [text for text in PAGES[language][2] if text in found] == []
