"""Words: what honest people write, what hired ones are told to write, and formatting noise."""

from __future__ import annotations

from numpy.random import Generator

from .draw import chance, pick

# Category: nouns, a middling price, what is praised, what is blamed.
CATEGORIES: dict[str, tuple[tuple[str, ...], float, tuple[str, ...], tuple[str, ...]]] = {
    "女装": (
        ("针织衫", "连衣裙", "风衣", "牛仔裤", "衬衫"),
        130,
        ("版型合身", "面料软", "颜色和图片一样", "不挑人"),
        ("掉色", "线头多", "偏大一码", "起球"),
    ),
    "零食": (
        ("坚果礼盒", "牛肉干", "饼干", "果冻", "辣条"),
        35,
        ("酥脆", "咸淡刚好", "日期新鲜", "孩子爱吃"),
        ("有点受潮", "太甜", "碎了不少", "分量少"),
    ),
    "图书": (
        ("小学奥数", "高等数学", "唐诗三百首", "科幻小说", "英语词汇"),
        38,
        ("印刷清楚", "纸张厚实", "内容扎实", "字号合适"),
        ("有折痕", "像是二手", "缺页", "油墨味重"),
    ),
    "数码": (
        ("充电宝", "蓝牙耳机", "数据线", "键盘", "台灯"),
        110,
        ("续航够用", "连接稳定", "手感好", "做工细"),
        ("充不进电", "有杂音", "发热", "按键松"),
    ),
    "母婴": (
        ("纸尿裤", "奶瓶", "爬行垫", "积木玩具", "湿巾"),
        85,
        ("没有异味", "吸水快", "边角圆滑", "宝宝喜欢"),
        ("漏", "有毛刺", "味道大", "尺寸不对"),
    ),
    "家居": (
        ("四件套", "收纳箱", "衣架", "炒锅", "地毯"),
        90,
        ("厚实", "安装简单", "好清洗", "结实"),
        ("有划痕", "掉漆", "少配件", "薄"),
    ),
    "美妆": (
        ("洗面奶", "面膜", "口红", "护手霜", "防晒霜"),
        75,
        ("质地清爽", "不刺激", "保湿", "颜色日常"),
        ("泛红", "搓泥", "味道冲", "瓶盖漏"),
    ),
    "运动": (
        ("跑鞋", "瑜伽垫", "跳绳", "泳镜", "速干衣"),
        105,
        ("轻", "防滑", "透气", "鞋底软"),
        ("开胶", "硌脚", "起雾", "褪色"),
    ),
}
DISHES = (
    ("黄焖鸡米饭", "hot"),
    ("瓦罐汤", "hot"),
    ("拌粉", "hot"),
    ("麻辣香锅", "hot"),
    ("水饺", "hot"),
    ("凉皮", "cold"),
    ("水果捞", "cold"),
    ("鲜奶蛋糕", "cold"),
    ("三文鱼饭", "cold"),
    ("雪糕组合", "frozen"),
)
_BEGINNINGS = (
    "",
    "",
    "收到了，",
    "用了几天，",
    "第二次买，",
    "给家里买的，",
    "朋友推荐，",
    "等了三天，",
)
_GOOD_ENDS = ("", "。", "，还会再来", "，值这个价", "！", "，推荐", "~", "，客服也耐心", "👍")
_BAD_ENDS = ("", "。", "，不太满意", "，失望", "……", "，退了", "，客服不回话", "，一般吧")
_SHORT = {
    True: ("好评", "不错", "很好", "可以", "此用户没有填写评价。", "挺好的", "满意", "赞"),
    False: ("一般", "不好", "差", "失望", "此用户没有填写评价。", "就这样", "不值"),
}
_PRAISES = (
    "质量超出预期",
    "物流神速",
    "包装精美",
    "老板人好",
    "性价比高",
    "回购无数次",
    "全家都喜欢",
)
_SLURS = ("买来就坏", "用了过敏", "味道刺鼻", "根本不是实物", "千万别买", "退货也不理", "假得离谱")
_MIDDLING = 3
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张"
GIVEN = "伟芳娜敏静丽强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉萍红梅"
FIRM_WORDS = (
    "恒",
    "瑞",
    "鑫",
    "泰",
    "和",
    "宏",
    "嘉",
    "诚",
    "源",
    "达",
    "盛",
    "安",
    "丰",
    "禾",
    "朗",
)
_NICKS = ("小", "阿", "爱吃", "追风的", "山里", "晚睡", "南昌", "一只", "今天也", "慢慢")
_NICK_ENDS = ("鱼", "猫", "橙子", "石头", "豆包", "妈妈", "同学", "云", "木木", "旅人")


def review(rng: Generator, category: str, rating: int) -> str:
    """Return what an honest buyer writes."""
    good = rating > _MIDDLING or (rating == _MIDDLING and chance(rng, 0.5))
    if chance(rng, 0.35):
        return pick(rng, _SHORT[good])
    _, _, praise, blame = CATEGORIES.get(category, CATEGORIES["零食"])
    words = praise if good else blame
    said = "，".join(dict.fromkeys(pick(rng, words) for _ in range(1 + int(rng.integers(2)))))
    return pick(rng, _BEGINNINGS) + said + pick(rng, _GOOD_ENDS if good else _BAD_ENDS)


class Script:
    """What hired people are told to write: one text, its variants, or nothing they share.

    Attributes:
        level: 0: one text and small changes; 1: phrases in any order; 2: as honest people write.
    """

    def __init__(self, rng: Generator, level: int, *, good: bool) -> None:
        self.level = level
        self._good = good
        self._phrases = _PRAISES if good else _SLURS
        self._fixed = "，".join(str(word) for word in rng.permutation(self._phrases)[:4])

    def line(self, rng: Generator, category: str, rating: int) -> str:
        """Return one of the texts."""
        if self.level == 0:
            return self._fixed + pick(rng, ("", "！", "。", "~", "!!"))
        if self.level == 1 and chance(rng, 0.7):
            words = rng.permutation(self._phrases)[: int(rng.integers(2, 5))]
            return pick(rng, _BEGINNINGS) + "，".join(map(str, words))
        return review(rng, category, rating)


def person_name(rng: Generator) -> str:
    """Return a person's name."""
    return pick(rng, SURNAMES) + "".join(pick(rng, GIVEN) for _ in range(1 + int(rng.integers(2))))


def nickname(rng: Generator) -> str:
    """Return what an account calls itself."""
    number = str(int(rng.integers(1, 9999))) if chance(rng, 0.4) else ""
    return pick(rng, _NICKS) + pick(rng, _NICK_ENDS) + number


def firm_word(rng: Generator) -> str:
    """Return the part of a firm's name that is its own."""
    return pick(rng, FIRM_WORDS) + pick(rng, FIRM_WORDS) + pick(rng, FIRM_WORDS)


def noisy(rng: Generator, text: str, share: float = 0.3) -> str:
    """Return a name, number or address as a careless form has it: brackets, spaces, full width."""
    if not chance(rng, share):
        return text
    change = int(rng.integers(4))
    if change == 0:
        return text.replace("（", "(").replace("）", ")") + " "
    if change == 1:
        cut = int(rng.integers(1, max(len(text), 2)))
        return text[:cut] + " " + text[cut:]
    if change == 2:  # noqa: PLR2004 - the third of the changes
        return text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789"})
    return " " + text
