"""Tells whether a page claims an origin that its own label, or the place it ships from, denies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from hengjian.text.folds import fold
from hengjian.violations.row import Row
from hengjian.violations.selection import Answer, Evidence

# Prefectures, and counties that give their name to produce, by province; matched as they are
# written on pages, without 市 and 州.
_PLACES: Mapping[str, str] = {
    "北京": "平谷 大兴",
    "天津": "",
    "河北": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 赵县 怀来",
    "山西": "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 平遥 沁州",
    "内蒙古": (
        "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 锡林郭勒 兴安盟 阿拉善"
    ),
    "辽宁": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 葫芦岛 东港",
    "吉林": "长春 四平 辽源 通化 白山 松原 白城 延边 长白山 查干湖",
    "黑龙江": (
        "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭 "
        "五常 东宁"
    ),
    "上海": "崇明",
    "江苏": (
        "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 阳澄湖 高邮 盱眙 "
        "射阳 宜兴"
    ),
    "浙江": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 西湖 安吉 临安 象山 仙居",
    "安徽": (
        "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 "
        "祁门 砀山 霍山"
    ),
    "福建": "福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 武夷山 安溪 福鼎 平和 建阳 德化",
    "江西": (
        "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 赣南 南丰 庐山 婺源 广昌 "
        "信丰 寻乌 井冈山"
    ),
    "山东": (
        "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 章丘 "
        "金乡 栖霞 莱阳 寿光 东阿"
    ),
    "河南": (
        "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 "
        "驻马店 灵宝 原阳 新郑"
    ),
    "湖北": (
        "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 秭归 潜江 洪湖 "
        "神农架 蕲春"
    ),
    "湖南": (
        "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西 安化 炎陵 麻阳"
    ),
    "广东": (
        "广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 "
        "中山 潮州 揭阳 云浮 新会 徐闻 德庆 英德"
    ),
    "广西": (
        "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 武鸣 荔浦 恭城"
    ),
    "海南": "海口 三亚 三沙 儋州 文昌 琼海 万宁 东方 陵水 澄迈 琼中",
    "重庆": "奉节 涪陵 万州 巫山 江津 石柱",
    "四川": (
        "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 "
        "达州 雅安 巴中 资阳 阿坝 甘孜 凉山 蒲江 会理 郫县 汉源 安岳 丹棱 大凉山"
    ),
    "贵州": "贵阳 六盘水 遵义 安顺 毕节 铜仁 黔东南 黔南 黔西南 都匀 湄潭 修文 茅台镇",
    "云南": (
        "昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆 "
        "宣威 蒙自 勐海 石林"
    ),
    "西藏": "拉萨 日喀则 昌都 林芝 山南 那曲 阿里地区",
    "陕西": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 洛川 眉县 周至 富平 米脂",
    "甘肃": (
        "兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南 静宁 民勤 岷县"
    ),
    "青海": "西宁 海东 海北 黄南 海南州 果洛 玉树 海西 柴达木 格尔木",
    "宁夏": "银川 石嘴山 吴忠 固原 中卫 中宁 盐池 贺兰山",
    "新疆": (
        "乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 阿克苏 喀什 和田 伊犁 塔城 "
        "阿勒泰 库尔勒 若羌 石河子"
    ),
    "台湾": "",
    "香港": "",
    "澳门": "",
}
_PROVINCES = {
    name: province for province, names in _PLACES.items() for name in (province, *names.split())
}
_PLACE = re.compile("|".join(sorted(_PROVINCES, key=len, reverse=True)))
# Who says this says that the goods leave from where they grow.
_FROM_THERE = re.compile(
    "(?:原?产地|果园|基地|农场|茶园|枣园|林场|牧场|渔场|塘口|田间|产区|农户|果农|农家)"
    "(?:现摘|现采|现挖|现捞|新鲜|一手|源头|统一|当天|直接)?(?:直发|直供|直采|发货|直邮|现发|"
    "包邮直发)"
    "|现摘现发|现采现发|现挖现发|现捞现发|自家果园|自家农场|自家茶园|原产地发"
)
# A place and what is famous there: the name itself says where it comes from.
_PRODUCE = (
    "脐橙|蜜橘|蜜桔|橙|橘|柑|柚|苹果|香梨|雪梨|酥梨|梨|蜜桃|桃|樱桃|草莓|葡萄|提子|蜜瓜|哈密瓜|"
    "西瓜|红枣|大枣|枣|核桃|枸杞|大米|稻花香|小米|黑木耳|木耳"
    "|香菇|大闸蟹|小龙虾|鸭蛋|龙井|毛峰|毛尖|铁观音|大红袍|岩茶|白茶|红茶|绿茶|瓜片|黑茶|茶叶|"
    "普洱茶|熟普|生普|陈皮|大蒜|大葱|生姜|火腿|榨菜|豆瓣|牛肉|羊肉|滩羊"
    "|芒果|荔枝|龙眼|香蕉|菠萝|猕猴桃|奇异果|石榴|枇杷|杨梅|山药|土豆|红薯|蜂蜜|人参|当归|黄芪|"
    "阿胶|三七|天麻|铁皮石斛|白莲|莲子"
)
_NAMED = re.compile(
    f"(?:{_PLACE.pattern})(?:特产|特级|新鲜|正宗|正品|精品|优质|冰糖心)?(?:{_PRODUCE})"
)
_STATED = re.compile(f"(?:正宗|原产地?|产自|源自|产于|来自)[是为:：]?(?:{_PLACE.pattern})")
_NOT_THE_PRODUCE = re.compile(
    "苗|种子|种球|盆栽|包装盒|包装箱|空盒|纸箱|礼袋|不干胶|标签|模型|玩具|风味|口味|做法|调料|"
    "香精|味饼|图书|明信片|非原产|非产地|米线|面馆|拉面|红油|底料"
)
_SHORT = 40
# Labels that tell where the raw goods come from.
_MATERIAL = ("原料来源", "原料产地", "原料产区", "种植地", "养殖地")


@dataclass(frozen=True)
class _Claim:
    """A claimed origin: its province, and where a text says so."""

    province: str
    evidence: Evidence


def judge(row: Row) -> Answer:
    """Return true if the page claims an origin that it denies itself.

    A claim and the label 产地 name different provinces; or the goods are said to leave straight
    from where they grow, and `ships_from` is another province. Shipping from elsewhere alone is
    lawful, and a place that is not known here tells nothing.
    """
    if any(
        _NOT_THE_PRODUCE.search(fold(row.texts.get(name, ""))) for name in ("title", "category")
    ):
        return Answer(False)
    claims = list(_claims(row))
    if not claims:
        return Answer(False)
    found = (
        _against_label(row, claims)
        or _against_material(row, claims)
        or _against_shipping(row, claims)
    )
    if found:
        return Answer(True, found)
    if _from_there(row) and row.texts.get("ships_from") is None:
        return Answer(None, missing=frozenset({"ships_from"}))
    return Answer(False)


def _against_label(row: Row, claims: list[_Claim]) -> tuple[Evidence, ...]:
    name, value = _label(row)
    told = _provinces(value)
    against = [claim for claim in claims if claim.evidence.fieldname != name]
    if len(told) != 1 or not against or any(claim.province in told for claim in against):
        return ()
    return (*(claim.evidence for claim in against), Evidence(name, 0, len(value), "value"))


def _against_material(row: Row, claims: list[_Claim]) -> tuple[Evidence, ...]:
    """Return what a label says of where the raw goods come from, if it denies every claim."""
    for label in _MATERIAL:
        name, value = row.label(label) or ("", None)
        told = _provinces(value or "")
        if len(told) == 1 and all(claim.province not in told for claim in claims):
            stated = Evidence(name, 0, len(value or ""), "value")
            return (*(claim.evidence for claim in claims), stated)
    return ()


def _against_shipping(row: Row, claims: list[_Claim]) -> tuple[Evidence, ...]:
    value = row.texts.get("ships_from", "")
    sent, straight = _provinces(value), _from_there(row)
    if len(sent) != 1 or not straight or any(claim.province in sent for claim in claims):
        return ()
    told = Evidence("ships_from", 0, len(value), "value")
    return (*(claim.evidence for claim in claims), straight, told)


def _claims(row: Row) -> Iterator[_Claim]:
    for name in ("title", "text"):
        text = fold(row.texts.get(name, ""))
        for match in chain(_NAMED.finditer(text), _STATED.finditer(text)):
            yield from _places(name, text, match.start(), match.end())
    name, value = _label(row)
    if len(_provinces(value)) == 1:
        yield from _places(name, fold(value), 0, len(value))


def _label(row: Row) -> tuple[str, str]:
    """Return the field and value of the label 产地; an empty value: it is not shown."""
    name, value = row.label("产地") or ("", None)
    return name, value or ""


def _places(fieldname: str, text: str, start: int, end: int) -> Iterator[_Claim]:
    place = _PLACE.search(text, start, end)
    if place is not None:
        yield _claim(fieldname, place)


def _claim(fieldname: str, place: re.Match[str]) -> _Claim:
    found = Evidence(fieldname, place.start(), place.end(), "literal")
    return _Claim(_PROVINCES[place.group()], found)


def _provinces(value: str) -> frozenset[str]:
    """Return the provinces that a short text names, by their cities too; a long one tells none."""
    if len(value) > _SHORT:
        return frozenset()
    named = [match.group() for match in _PLACE.finditer(fold(value))]
    outright = frozenset(name for name in named if name in _PLACES)
    return outright or frozenset(_PROVINCES[name] for name in named)


def _from_there(row: Row) -> Evidence | None:
    for name in ("title", "text"):
        match = _FROM_THERE.search(fold(row.texts.get(name, "")))
        if match is not None:
            return Evidence(name, match.start(), match.end(), "literal")
    return None
