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
    "河北": "石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 赵县 怀来 泊头",
    "山西": "太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 平遥 沁州",
    "内蒙古": (
        "内蒙 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 "
        "锡林郭勒 兴安盟 阿拉善"
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
    "浙江": (
        "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 西湖 安吉 临安 "
        "象山 仙居 黄岩 临海"
    ),
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
    "(?:现摘|现采|现挖|现捞|新鲜|一手|源头|统一|当天|直接)?(?:直发|直供|直采|直销|直卖|发货|直邮|现发|"
    "包邮直发)"
    "|现摘现发|现采现发|现挖现发|现捞现发|自家果园|自家农场|自家茶园|原产地发"
)
# A place and what is famous there: the name itself says where it comes from.
_PRODUCE = (
    "车厘子|脐橙|蜜橘|蜜桔|橙|橘|柑|柚|苹果|香梨|雪梨|酥梨|梨|蜜桃|桃|樱桃|草莓|葡萄|提子|蜜瓜|哈密瓜|"
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
# What says that goods grew, were bought or were packed at a place: before it, or behind it.
_GOT = (
    "收[的来购]|进[的货来]|拿[的货]|拉[的来过]|运[来过]|调[来货过]|批[的来发]|采[的购]|买[的来]"
    "|分装|灌装|加工|代工|炒制|包装厂|那边|的料|的货源|米厂|茶厂|蜂场|合作社|合作茶园|鲜叶|散货|散茶|统货|出产|产的"
)
_GOT_THERE = re.compile(
    "(?P<lead>别写|不写|不要写|不能写|别标|别说是|别提|贴着|咋贴|鲜叶|原料|毛茶|散货|货源|货是|货都是|货其实|货从|实际产|其实产|其实是|实际是|实为|却产自|购自|"
    "进自|收自|印的是|印着|写的是|写着|盖的是|贴的是|检测单|检验单|加工厂|喷码|袋底|检测报告|检验报告|单子|溯源|扫出来|底下|撕开|里面|收据|小票|检疫|合格证|进货单|发的?车|生产商|生产厂|厂址)"
    f"[^。！？!?;；\\n]{{0,10}}?(?P<place>{_PLACE.pattern})"
    f"|(?:从|在|是)?(?P<behind>{_PLACE.pattern})(?!本地|当地|产地)[^。！？!?;；，,\\n]{{0,5}}?(?:{_GOT})"
)
# Where a parcel comes from tells nothing by itself; a witness who holds it against the claim does.
_SENT_FROM = re.compile(
    "(?:发货|寄件|发件|始发|揽收|面单|快递|物流|运单|包裹|寄过?来|寄的|发来|发出)"
    f"[^。！？!?;；\\n]{{0,14}}?(?P<place>{_PLACE.pattern})"
    f"|从(?P<behind>{_PLACE.pattern})[^。！？!?;；，,\\n]{{0,8}}?(?:发|寄|揽收)"
)
_HELD_AGAINST = re.compile(
    "支支吾吾|说不清|答不上|宣传|号称|说好|却|竟|居然|其实|实际|明明|根本|压根|骗|假|编的|冒充|糊弄|忽悠|才发现|怎么|问客服|问他|质问|哪是|哪里是|"
    "别奇怪|不要奇怪|才说|才承认|才改口|差不多|也一样|没区别|别问|也叫|也敢|还敢|敢说|不符|不一致|对不上"
)
_GROWN = re.compile(
    f"{_PRODUCE}|果|蟹|虾|茶|米|蜜|枣|鸡|鸭|羊|牛|猪|菌|菇|耳|参|菜|蒜|姜|椒|药材|特产"
)
_CLAIMED = re.compile(
    f"{_NAMED.pattern}|正宗|产地|原产|产区|助农|滞销|地标|农户|果农|茶农|老乡|自家|自己种|自己养|自产|山里|老家|现摘|直发|直供|直采|直卖|"
    "标题|宣传|号称|自称|说是|专卖|核心|正岩|标签|印|就说|写"
)
# A grower who is at home in two provinces.
_GROWER = re.compile(
    "果农|农户|农民|茶农|蜂农|药农|牧民|种植户|老乡|老人|老汉|老奶奶|老爷爷|大爷|大叔|大妈|大娘|阿婆|果园|茶园|自己种|自家"
)
_TWICE = re.compile(
    "上周|上个?月|上次|昨天|前天|前几天|又说|又成了|又变|另一个号|别的号|换个?号|同一[个段张位条人]|一模一样|分别|"
    "一会儿"
)
_SAYS_IT = re.compile(
    "风味|口味|仿|非原产|非产地|如实|拼配|混合米|集货|中转|分拨|没问题|一致|属实|提醒|谨防|警惕|认准|辨别|处罚|查处|"
    "品种|引种|苗|外婆家|旅游|酒店|餐厅|饭店"
)
# Labels that tell where the raw goods come from.
_MATERIAL = ("原料来源", "原料产地", "原料产区", "种植地", "养殖地")


@dataclass(frozen=True)
class _Claim:
    """A claimed origin: its province, and where a text says so."""

    province: str
    evidence: Evidence


def judge(row: Row) -> Answer:
    """Return true if the page claims an origin that it denies itself.

    On any kind of record a text tells of goods from another province than the claimed one. On a
    listing, too, a claim and the label 产地 name different provinces; or the goods are said to
    leave straight from where they grow, and `ships_from` or the maker's address is another
    province. Shipping from elsewhere alone is lawful, and a place that is not known here tells
    nothing.
    """
    if any(
        _NOT_THE_PRODUCE.search(fold(row.texts.get(name, ""))) for name in ("title", "category")
    ):
        return Answer(False)
    told = _told_elsewhere(row)
    if told or row.kind != "listing":
        return Answer(bool(told), told)
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


def _told_elsewhere(row: Row) -> tuple[Evidence, ...]:
    """Return the place that is claimed and one in another province where the goods are from."""
    texts = {name: fold(text) for name, text in row.texts.items()}
    whole = "\n".join(texts.values())
    if _SAYS_IT.search(whole) or not _GROWN.search(whole) or not _CLAIMED.search(whole):
        return ()
    places = [(name, place) for name, text in texts.items() for place in _PLACE.finditer(text)]
    from_there = _elsewhere(texts, sent=bool(_HELD_AGAINST.search(whole)))
    away = {_PROVINCES[p.group()] for name, p in places if (name, p.start()) in from_there}
    named = [(name, p) for name, p in places if _PROVINCES[p.group()] not in away]
    bought = [(name, p) for name, p in places if (name, p.start()) in from_there]
    claimed = {_PROVINCES[p.group()] for _, p in named}
    twice = len(claimed) > 1 and _GROWER.search(whole) and _TWICE.search(whole)
    shown = [*named[:1], *bought[:1]] if named and bought else named if twice else []
    return tuple(Evidence(name, p.start(), p.end(), "literal") for name, p in shown)


def _elsewhere(texts: Mapping[str, str], *, sent: bool) -> set[tuple[str, int]]:
    """Return where the texts name a place that the goods are told to come from."""
    forms = (_GOT_THERE, _SENT_FROM) if sent else (_GOT_THERE,)
    return {
        (name, match.start(group))
        for name, text in texts.items()
        for form in forms
        for match in form.finditer(text)
        for group in ("place", "behind")
        if match.group(group)
    }


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
    """Return what tells that goods said to leave from where they grow leave from elsewhere."""
    straight = _from_there(row)
    sources = [("ships_from", row.texts.get("ships_from")), row.label("厂址") or ("", None)]
    for name, value in sources:
        sent = _provinces(value or "")
        if straight and len(sent) == 1 and all(claim.province not in sent for claim in claims):
            told = Evidence(name, 0, len(value or ""), "value")
            return (*(claim.evidence for claim in claims), straight, told)
    return ()


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
