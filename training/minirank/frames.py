"""What people write around a name, in every language of training: any opening with any closing.

One fixed phrase a language was learned as if it belonged to the names: in phrases of evaluation the model then lost one name in
seven that it knew. With many, and with thousands of words of other matters (pack_emoji.py) instead, it learns that they tell nothing.
Phrases of evaluation (voice.NAMED) are not made of these; no word of theirs is among those of other matters.
"""

import functools

from . import pack

OPENINGS = {
    "en": ("a picture of ", "let me see ", "I need ", "is there any ", "where is the ", "something with ", "looking for ", "one file about ", "this must be ", "get the "),
    "zh": ("显示", "我要", "有没有", "关于", "哪一个是", "一张", "带有", "我想看", "请给我", "一份关于"),
    "de": ("ein Bild von ", "zeig mir ", "ich brauche ", "gibt es ", "wo ist ", "etwas mit ", "welche Datei hat ", "das ist "),
    "fr": ("une image de ", "montre-moi ", "il me faut ", "y a-t-il ", "où est ", "quelque chose avec ", "je voudrais ", "voilà "),
    "es": ("una imagen de ", "muéstrame ", "necesito ", "¿hay ", "¿dónde está ", "algo con ", "quiero ver ", "esto es "),
    "it": ("un'immagine di ", "mostrami ", "mi serve ", "c'è ", "dov'è ", "qualcosa con ", "vorrei vedere ", "questo è "),
    "pt": ("uma imagem de ", "mostre ", "preciso de ", "existe ", "onde está ", "algo com ", "quero ver ", "isto é "),
    "nl": ("een foto van ", "toon mij ", "ik heb nodig: ", "is er ", "waar is ", "iets met ", "ik wil graag ", "dit is "),
    "pl": ("obraz: ", "pokaż mi ", "potrzebuję: ", "czy jest ", "gdzie jest ", "coś takiego jak ", "chcę zobaczyć: ", "to jest "),
    "ru": ("картинка: ", "покажи мне ", "мне нужно: ", "есть ли ", "где ", "что-то вроде ", "хочу увидеть: ", "это "),
    "ja": ("", "写真：", "ファイル：", "たぶん", "これは", "次のもの："),
    "ko": ("", "사진: ", "파일: ", "아마 ", "이것은 ", "다음 것: "),
    "ar": ("صورة ", "أرني ", "أحتاج إلى ", "هل يوجد ", "أين ", "شيء مع ", "أريد أن أرى ", "هذا هو "),
    "tr": ("", "bana göster: ", "bir dosya: ", "belki ", "bu bir ", "nerede: "),
    "vi": ("hình ", "cho tôi xem ", "tôi cần ", "có ", "đâu là ", "thứ gì đó với ", "tôi muốn ", "đây là "),
    "id": ("gambar ", "tunjukkan ", "saya perlu ", "apakah ada ", "di mana ", "sesuatu dengan ", "saya mau lihat ", "ini adalah "),
    "sw": ("picha ya ", "nionyeshe ", "nahitaji ", "je, kuna ", "iko wapi ", "kitu chenye ", "nataka kuona ", "hii ni ")}

CLOSINGS = {
    "en": ("", "", " please", "?", " from last week", ", any size", " in the archive", " as a drawing", "!", " for the report"),
    "zh": ("", "", "的图片", "吗？", "，谢谢", "。", "的文件", "，上周的", "！", "的样子"),
    "de": ("", "", " bitte", "?", " von letzter Woche", ", egal wie groß", " im Archiv", "!"),
    "fr": ("", "", " s'il te plaît", " ?", " de la semaine dernière", " dans les archives", " en dessin", " !"),
    "es": ("", "", " por favor", "?", " de la semana pasada", " en el archivo", " en dibujo", "!"),
    "it": ("", "", " per favore", "?", " della settimana scorsa", " nell'archivio", " come disegno", "!"),
    "pt": ("", "", " por favor", "?", " da semana passada", " no arquivo", " em desenho", "!"),
    "nl": ("", "", " alstublieft", "?", " van vorige week", " in het archief", " als tekening", "!"),
    "pl": ("", "", " proszę", "?", " z zeszłego tygodnia", " w archiwum", " jako rysunek", "!"),
    "ru": ("", "", " пожалуйста", "?", " с прошлой недели", " в архиве", " на рисунке", "!"),
    "ja": ("", "の絵", "を見せてください", "はありますか", "が必要です", "の写真", "です", "が見たい"),
    "ko": ("", " 그림", "을 보여 주세요", " 있나요?", "이 필요해요", " 사진", "입니다", " 보고 싶어요"),
    "ar": ("", "", " من فضلك", "؟", " من الأسبوع الماضي", " في الأرشيف", " كرسم", "!"),
    "tr": ("", " resmi", " göster lütfen", " var mı?", " lazım", " fotoğrafı", " nerede?", "!"),
    "vi": ("", "", " nhé", " không?", " tuần trước", " trong kho lưu trữ", " dạng vẽ", "!"),
    "id": ("", "", " tolong", "?", " dari minggu lalu", " dalam arsip", " sebagai lukisan", "!"),
    "sw": ("", "", " tafadhali", "?", " ya wiki iliyopita", " kwenye kumbukumbu", " kama mchoro", "!")}


SPACELESS = ("zh", "ja")


def _joined(words, lang):
    return ("" if lang in SPACELESS else " ").join(word for word in words if word)


@functools.lru_cache(maxsize=None)
def _vocabulary(lang):
    """The words of a language's openings and closings; its characters where words are not set apart."""
    text = " ".join(OPENINGS[lang] + CLOSINGS[lang])
    return sorted(set(text.replace(" ", "") if lang in SPACELESS else text.split()))


def _foreign(lang, rng):
    """One to three words on end of what CLDR names beside emoji, as they are or in small letters."""
    text = rng.choice(pack.table("words.json")[lang])
    if lang not in SPACELESS:
        words = text.split()
        start = rng.randrange(len(words))
        text = " ".join(words[start:start + rng.randint(1, 3)])
    return text.lower() if rng.random() < 0.4 else text


def _chatter(word, lang, rng, count):
    """Words of other matters, words of the phrases in any order, and the name's and phrases' letters shuffled: strings that mean nothing."""
    out = []
    for _ in range(count):
        draw = rng.random()
        if draw < 0.65:
            out.append(_foreign(lang if rng.random() < 0.9 else rng.choice(list(OPENINGS)), rng))
        elif draw < 0.85:
            out.append(rng.choice(_vocabulary(lang)))
        else:
            letters = list((word + rng.choice(OPENINGS[lang]) + rng.choice(CLOSINGS[lang])).replace(" ", "").lower())
            rng.shuffle(letters)
            out.append("".join(letters[:rng.randint(1, 3 if lang in SPACELESS else 7)]))
    return _joined(out, lang)


def framed(word, lang, rng):
    """The name within a phrase, or among words without order and meaning, so that no wording is needed to know it."""
    if rng.random() < 0.35:
        return rng.choice(OPENINGS[lang]) + word + rng.choice(CLOSINGS[lang])
    before, after = _chatter(word, lang, rng, rng.randint(0, 3)), _chatter(word, lang, rng, rng.randint(0, 3))
    return _joined((before, word, after), lang) + rng.choice(("", "", "?", "!", "。" if lang in SPACELESS else "."))
