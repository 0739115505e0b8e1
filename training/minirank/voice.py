"""Sentences without a parameter: each split has its own, so that none is read in training and judged later.

`demo` sentences are those of the committed knowledge base. A caption of a picture is a sentence too: outside training it
never stands alone, so that wording as well as picture is new there.
"""

from .frames import framed

SPLITS = ("train", "eval", "demo")

FILLER = {
    "train": {
        "en": ["Kept by the early shift.", "Compare the chapter on first steps.", "The page is checked every spring.", "Ask the control room for help.",
               "Applies to all halls.", "Fifth edition, signed in May.", "Paper copies may be out of date.", "A blank form is attached.",
               "Leave the place tidy.", "More pictures are on the share.", "The shift leader decides in case of doubt.", "Other languages will follow.",
               "Records are stored for seven years.", "No remarks at the last inspection.", "Tools hang on the wall.", "It extends the note of last month.",
               "The work took half an hour.", "Nobody was hurt.", "A second person was present.", "The list is sorted by date."],
        "zh": ["早班保存。", "参见入门一章。", "本页每年春天检查。", "需要帮助请问控制室。", "适用于所有车间。", "第五版，五月签发。", "纸质件可能过期。", "附有空白表格。",
               "离开时请收拾干净。", "更多图片在共享盘。", "疑问由班长决定。", "其他语言随后提供。", "档案保存七年。", "上次检查没有意见。", "工具挂在墙上。", "补充上个月的说明。",
               "工作用了半小时。", "没有人受伤。", "有第二人在场。", "清单按日期排序。"]},
    "eval": {
        "en": ["Noted during the handover round.", "Details are in annex B.", "Reviewed by the plant office.", "The help line answers at any hour.", "Issued for the southern site.",
               "Revision C of the text.", "Only the screen version counts.", "Wear your badge at all times.", "The drawing hangs beside the door.", "A colleague confirmed this by phone.",
               "Dates are given in local time.", "The box was sealed afterwards."],
        "zh": ["交接巡视时记录。", "细节见附件乙。", "由厂办审阅。", "热线全天接听。", "为南区发布。", "文本修订版丙。", "仅以屏幕版本为准。", "请始终佩戴工牌。", "图纸挂在门边。", "同事电话确认。", "日期为当地时间。", "箱子随后封好。"]},
    "demo": {
        "en": ["Written by the night shift.", "See also the chapter on safety.", "This page is reviewed once a year.", "Questions go to the service desk.",
               "Valid for all plants in Europe.", "Version 3, approved in spring.", "Printed copies are not controlled.", "The form is in the appendix."],
        "zh": ["夜班记录。", "另见安全一章。", "本页每年复核一次。", "有疑问请联系服务台。", "适用于欧洲所有工厂。", "第三版，春季批准。", "打印件不受控。", "表格见附录。"]}}

NOTES = {
    "train": {"en": ["Photo from the inspection.", "Picture taken by the night shift.", "Attachment.", "See picture.", "Recording of camera 2.", "Documentation of the state on site."],
              "zh": ["巡检照片。", "夜班拍摄。", "附件。", "见图。", "二号摄像机录像。", "现场状态记录。"]},
    "eval": {"en": ["Sent in by a colleague.", "Taken from the archive.", "Shot with the duty phone.", "Enclosure to the report."], "zh": ["同事发来。", "取自档案。", "值班手机拍摄。", "报告附图。"]},
    "demo": {"en": ["Seen on Tuesday."], "zh": ["周二所见。"]}}

REPORTS = {
    "train": {"en": ["{}", "{}", "{}", "Inspection note: {}.", "The technician saw this: {}.", "On site: {}.", "Description: {}.", "We saw {}.",
                    "This morning: {}, as before.", "Entry 7: {}", "{}, says the log book.", "According to the visitor there was {}.", "Last check, {}; nothing else.", "{} (seen from the door)"],
             "zh": ["{}", "{}", "{}", "巡检记录：{}。", "技术员看到：{}。", "现场情况：{}。", "说明：{}。", "我们看到{}。", "今早{}，和以前一样。", "第七条：{}", "日志写道：{}。", "据访客说是{}。", "上次检查，{}；无其他情况。", "{}（从门口看）"]},
    "eval": {"en": ["Written down at noon: {}.", "The guard reports {} today.", "Finding of the walk: {}."], "zh": ["中午记下：{}。", "保安报告今天{}。", "走访所见：{}。"]},
    "demo": {"en": ["On the round we noticed this: {}."], "zh": ["巡查发现：{}。"]}}

LENSES = {
    "train": {"en": ["{}", "{}", "picture: {}", "a photo of {}", "image showing {}", "{}, picture wanted", "I need the one with {}", "is there {}?", "{} please",
                    "where did we see {}?", "anything with {}", "it was {}, I think"],
             "zh": ["{}", "{}", "图片：{}", "{}的照片", "显示{}的图", "我要{}的那张", "有没有{}？", "{}，谢谢", "在哪见过{}？", "任何{}的", "好像是{}"]},
    "eval": {"en": ["which file shows {}?", "search the archive: {}", "please find {}"], "zh": ["哪个文件显示{}？", "请查找{}", "档案检索：{}"]},
    "demo": {"en": ["show me {}"], "zh": ["找一下{}"]}}

ABOUT = {
    "train": ["Find the text about this.", "What does this show?", "Description of this picture", "这是什么？", "查找相关说明", "Say it in words", "Any record of it?", "The entry for what is seen", "有文字说明吗？", "用文字描述"],
    "eval": ["Which note belongs to this?", "Text that tells of it", "哪条记录说的是这个？"], "demo": ["Who wrote about this?"]}

SAME = {
    "train": ["Find pictures that show the same.", "same scene", "查找同样的图片", "Anything like it?", "the same once more", "一样的图"], "eval": ["Others of this kind, please", "还有同样的吗"], "demo": ["More like this"]}

# A query over documents that hold a text and a picture or clip: {fact} is a question, {shown} a caption.
BOTH = {
    "train": {"en": ["{fact} The picture must show {shown}.", "{shown}; {fact}", "{fact} (with a photo: {shown})"], "zh": ["{fact} 图片应显示{shown}。", "{shown}；{fact}", "{fact}（照片：{shown}）"]},
    "eval": {"en": ["{fact} I remember {shown} beside it.", "A page with {shown} beside: {fact}"], "zh": ["{fact} 记得旁边有{shown}。", "旁边有{shown}的页面：{fact}"]},
    "demo": {"en": ["{fact} It came with {shown}."], "zh": ["{fact} 附有{shown}。"]}}

# Around a name, in evaluation alone; those of training: frames.py.
NAMED = {
    "en": "can you find {} here?", "zh": "这里有{}吗？", "de": "bitte suche {}", "fr": "cherche {} ici",
    "es": "busca {} aquí", "it": "cerca {} qui", "pt": "procure {} aqui", "nl": "zoek {} hier",
    "pl": "znajdź tutaj {}", "ru": "найди здесь {}", "ja": "{}を探して", "ko": "{} 찾아줘", "ar": "ابحث عن {}",
    "tr": "burada {} bul", "vi": "tìm {} ở đây", "id": "cari {} di sini", "sw": "tafuta {} hapa",
    "sv": "leta efter {}", "uk": "знайди тут {}", "fa": "{} را پیدا کن"}
HELD_OUT = ("sv", "uk", "fa")
LANGUAGES = tuple(code for code in NAMED if code not in HELD_OUT)


def named(word, lang, rng, split):
    """A name as a query or caption of the split."""
    if split == "train":
        return word if rng.random() < 0.2 else framed(word, lang, rng)
    return NAMED[lang].format(word)


def language(rng, evenly=False):
    """English and Chinese first, every other language of training equally often; evenly: all of them."""
    draw = rng.random()
    return rng.choice(LANGUAGES) if evenly else "en" if draw < 0.2 else "zh" if draw < 0.36 else rng.choice(LANGUAGES)
