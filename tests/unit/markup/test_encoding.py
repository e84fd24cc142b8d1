"""Bytes become the text that was written, whatever they claim to be in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.markup.encoding import charset_name, decode

ARABIC = "قالت وزارة الخارجية إن الوفد وصل إلى العاصمة يوم الإثنين، وبحث ملفات عدة؟"
TURKISH = "İstanbul'da düzenlenen toplantıda şehrin geleceği ve ulaşım sorunları görüşüldü"
RUSSIAN = "Премьер-министр сообщил о новых мерах поддержки. Россия и соседние страны подписали"
GREEK = "Η κυβέρνηση ανακοίνωσε νέα μέτρα για την οικονομία και τους πολίτες της χώρας"
HEBREW = "הממשלה הודיעה היום על צעדים חדשים לטובת הכלכלה ותושבי המדינה"
THAI = "รัฐบาลประกาศมาตรการใหม่เพื่อช่วยเหลือประชาชนในวันนี้"
SIMPLE = "中国政府今天宣布了新的经济政策，这是今年以来第三次调整，有关部门说将继续工作"
FULL = "政府今天宣布了新的經濟政策，這是今年以來第三次調整，有關部門說將繼續工作"
JAPANESE = "政府は本日、新しい経済対策を発表しました。これについて首相は会見で説明した。"
KOREAN = "정부는 오늘 새로운 경제 대책을 발표했다고 밝혔다. 이에 대해 장관은 설명했다"
POLISH = "Rząd ogłosił dziś nowe środki wsparcia dla mieszkańców po powodzi; źródło, ćwierć"
CZECH = "Vláda dnes oznámila nová opatření na podporu občanů; příští týden, kteří"
FRENCH = "Le gouvernement a annoncé de nouvelles mesures à l'été, où l'économie a reçu"
GERMAN = "Die Regierung kündigte für nächstes Jahr größere Änderungen an"

WRITTEN = [
    (ARABIC, "windows-1256", "cp1256"),
    (ARABIC, "iso-8859-6", "iso8859_6"),
    (TURKISH, "windows-1254", "cp1254"),
    (RUSSIAN, "windows-1251", "cp1251"),
    (RUSSIAN, "koi8-r", "koi8_r"),
    (GREEK, "windows-1253", "cp1253"),
    (HEBREW, "windows-1255", "cp1255"),
    (THAI, "windows-874", "cp874"),
    (SIMPLE, "gb18030", "gb18030"),
    (FULL, "big5", "cp950"),
    (JAPANESE, "shift_jis", "cp932"),
    (JAPANESE, "euc-jp", "euc_jp"),
    (KOREAN, "euc-kr", "cp949"),
    (POLISH, "iso-8859-2", "iso8859_2"),
    (CZECH, "windows-1250", "cp1250"),
    (FRENCH, "windows-1252", "cp1252"),
    (GERMAN, "windows-1252", "cp1252"),
]


def page(text: str, charset: str | None = None) -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    return f"<html><head>{meta}<title>{text}</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(("text", "charset", "codec"), WRITTEN)
def test_a_page_that_tells_the_truth_is_believed(text, charset, codec):
    whole = page(text, charset)

    assert decode(whole.encode(codec)) == (whole, charset)


@pytest.mark.parametrize(("text", "charset", "codec"), WRITTEN)
def test_the_header_is_believed_where_the_page_says_nothing(text, charset, codec):
    whole = page(text)

    assert decode(whole.encode(codec), f"text/html; charset={charset}") == (whole, charset)


@pytest.mark.parametrize(("text", "_charset", "codec"), WRITTEN)
def test_letters_speak_where_nothing_is_declared(text, _charset, codec):
    whole = page(text)

    assert decode(whole.encode(codec))[0] == whole


@pytest.mark.parametrize(("text", "charset", "codec"), WRITTEN)
def test_a_server_that_calls_everything_latin_is_not_believed(text, charset, codec):
    whole = page(text, charset)

    assert decode(whole.encode(codec), "text/html; charset=ISO-8859-1")[0] == whole


@pytest.mark.parametrize(("text", "_charset", "codec"), WRITTEN)
def test_a_declaration_of_utf8_over_other_bytes_is_not_believed(text, _charset, codec):
    whole = page(text, "utf-8")

    assert decode(whole.encode(codec), "text/html; charset=utf-8")[0] == whole


@pytest.mark.parametrize("text", [text for text, _, _ in WRITTEN])
@pytest.mark.parametrize("lie", ["windows-1251", "iso-8859-1", "gb2312", "utf-16", "big5"])
def test_utf8_is_read_as_such_whatever_it_declares(text, lie):
    whole = page(text, lie)

    assert decode(whole.encode(), f"text/html; charset={lie}") == (whole, "utf-8")


@pytest.mark.parametrize("codec", ["utf_16_le", "utf_16_be"])
@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("text", [ARABIC, SIMPLE, GERMAN])
def test_utf16_is_read_with_and_without_its_mark(codec, marked, text):
    whole = page(text, "utf-16")

    found, charset = decode((("\ufeff" if marked else "") + whole).encode(codec))

    assert found == whole
    assert charset.replace("-", "") == codec.replace("_", "")


def test_utf32_is_read_with_and_without_its_mark():
    for codec, name in (("utf_32_le", "utf-32le"), ("utf_32_be", "utf-32be")):
        assert decode(page(ARABIC).encode(codec)) == (page(ARABIC), name)
        assert decode(("\ufeff" + page(ARABIC)).encode(codec)) == (page(ARABIC), name)


def test_a_mark_of_utf16_before_plain_text_is_ignored():
    assert decode(b"\xff\xfe" + page(ARABIC).encode()) == (page(ARABIC), "utf-8")


def test_a_mark_of_utf8_is_taken_away_and_still_not_believed_over_other_bytes():
    assert decode(b"\xef\xbb\xbf" + page(ARABIC).encode()) == (page(ARABIC), "utf-8")
    assert decode(b"\xef\xbb\xbf" + page(ARABIC).encode("cp1256"))[0] == page(ARABIC)


def test_japanese_in_escapes_is_read():
    whole = page(JAPANESE, "iso-2022-jp")

    assert decode(whole.encode("iso2022_jp")) == (whole, "iso-2022-jp")


@pytest.mark.parametrize(
    ("text", "codec"), [(ARABIC, "utf_8"), (SIMPLE, "gb18030"), (KOREAN, "cp949")]
)
def test_a_letter_cut_off_at_the_end_is_left_out(text, codec):
    whole = text * 3

    found, _ = decode(whole.encode(codec)[:-1])

    assert found == whole[:-1]


def test_a_little_damage_does_not_change_the_charset():
    body = page(ARABIC).encode() + b"\xd8<p>\xff</p>" + ARABIC.encode()

    text, charset = decode(body, "text/html; charset=utf-8")

    assert charset == "utf-8"
    assert ARABIC in text
    assert "\ufffd" in text


def test_turkish_is_not_read_as_icelandic():
    whole = page(TURKISH, "iso-8859-1")

    assert decode(whole.encode("cp1254")) == (whole, "windows-1254")


def test_two_letters_of_chinese_are_not_mistaken_for_utf8():
    assert decode("<p>联通</p>".encode("gbk"), "text/html; charset=gbk") == (
        "<p>联通</p>",
        "gb18030",
    )


def test_letters_beyond_the_narrow_standard_are_read():
    japanese = page("①髙橋さんは会見で説明した。これについて", "Shift_JIS")
    korean = page("똠방각하라는 드라마를 봤다고 그는 말했다", "EUC-KR")

    assert decode(japanese.encode("cp932"))[0] == japanese
    assert decode(korean.encode("cp949"))[0] == korean


def test_curly_quotes_alone_are_no_reason_to_doubt():
    assert decode(b"<p>\x93quoted\x94 \x96 it\x92s</p>")[0] == "<p>“quoted” – it’s</p>"


def test_noise_is_still_text():
    text, charset = decode(bytes(range(128, 256)) * 4)

    assert isinstance(text, str)
    assert charset


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF8", "utf-8"),
        ("'ISO-8859-9'", "windows-1254"),
        ("latin5", "windows-1254"),
        ("x-sjis", "shift_jis"),
        ("win-1251", "windows-1251"),
        ("cp1256", "windows-1256"),
        ("KS_C_5601-1987", "euc-kr"),
        ("us-ascii", "windows-1252"),
        ("x-x-big5", "big5"),
        ("base64", None),
        ("nonsense\0", None),
        ("", None),
    ],
)
def test_a_label_means_its_superset(label, name):
    assert charset_name(label) == name


@given(
    st.binary(max_size=300), st.sampled_from([None, "text/html; charset=gbk", "x; charset=utf-16"])
)
def test_nothing_raises(body, content_type):
    text, charset = decode(body, content_type)

    assert isinstance(text, str)
    assert charset_name(charset) == charset
