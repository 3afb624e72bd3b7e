"""What is offered, and how it is shown: goods, pages, streams, prices, packages, tours."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hengjian.records.fields import (
    Attributes,
    Count,
    Day,
    Id,
    Ids,
    Measure,
    Money,
    Record,
    RequiredId,
    RequiredText,
    Text,
    Texts,
    Time,
)

_SIDES = 3


class Option(Record):
    """选项: one choice that a listing's page offers."""

    name: Text | None = Field(None, description="页面上的名称")
    price: Money | None = Field(None, description="价格，元")
    preselected: bool | None = Field(None, description="未经消费者操作即已勾选")
    required: bool | None = Field(None, description="不选就不能下单")


class Segment(Record):
    """片段: what one person said in a stretch of a livestream."""

    start_s: Measure | None = Field(None, description="开始，自开播起的秒数")
    end_s: Measure | None = Field(None, description="结束，自开播起的秒数")
    speaker: Literal["host", "guest", "audience"] | None = Field(
        None, description="说话人：host 主播，guest 嘉宾，audience 观众"
    )
    text: Text | None = Field(None, description="所说的话；缺失表示没有听清")


class Discount(Record):
    """优惠: one deduction from a price."""

    name: Text | None = Field(None, description="优惠名称")
    amount: Money | None = Field(None, description="减去的金额，元")
    disclosed: bool | None = Field(None, description="下单前已向消费者说明")


class OtherGoods(Record):
    """搭售商品: another good in the same package."""

    name: Text | None = Field(None, description="名称")
    price: Money | None = Field(None, description="价格，元")


Options = Annotated[list[Option], Field(fail_fast=True)]
Segments = Annotated[list[Segment], Field(fail_fast=True)]
Discounts = Annotated[list[Discount], Field(fail_fast=True)]
Goods = Annotated[list[OtherGoods], Field(fail_fast=True)]
Sides = Annotated[list[Measure], Field(fail_fast=True, min_length=_SIDES, max_length=_SIDES)]


class Listing(Record):
    """商品信息: one item as a platform showed it."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    shop_id: Id | None = Field(None, description="店铺编号")
    shop_name: Text | None = Field(None, description="店铺名称")
    item_id: Id | None = Field(None, description="商品编号")
    url: Text | None = Field(None, description="页面网址")
    captured_at: Time | None = Field(None, description="采集页面的时间")
    title: RequiredText = Field(description="商品标题")
    text: Text | None = Field(None, description="详情文字")
    category: Text | None = Field(None, description="类目")
    price: Money | None = Field(None, description="售价，元")
    list_price: Money | None = Field(None, description="划线价或参考价，元")
    attributes: Attributes | None = Field(None, description="页面上的参数，如 执行标准")
    attributes_complete: bool | None = Field(None, description="attributes 含页面上的全部参数")
    images: Texts | None = Field(None, description="图片路径")
    options: Options | None = Field(None, description="页面上的选项")
    sales_count: Count | None = Field(None, description="页面所称的销量，件")
    region: Text | None = Field(None, description="地区：行政区划代码或名称")
    ships_from: Text | None = Field(None, description="发货地")


class Livestream(Record):
    """直播: one stream, as what was said in it."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    room_id: Id | None = Field(None, description="直播间编号")
    host_id: Id | None = Field(None, description="主播编号")
    shop_id: Id | None = Field(None, description="店铺编号")
    started_at: Time | None = Field(None, description="开播时间")
    title: Text | None = Field(None, description="直播标题")
    segments: Segments = Field(description="片段，按时间先后")
    products: Ids | None = Field(None, description="所售商品的编号")
    viewers: Count | None = Field(None, description="观看人数，人")
    region: Text | None = Field(None, description="地区：行政区划代码或名称")


class ShopPage(Record):
    """店铺页面: a page of a shop that is no item."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    url: Text | None = Field(None, description="页面网址")
    captured_at: Time | None = Field(None, description="采集页面的时间")
    title: Text | None = Field(None, description="页面标题")
    text: RequiredText = Field(description="页面文字")
    licences_shown: Ids | None = Field(
        None, description="页面公示的许可证编号；空列表表示没有公示，缺失表示未知"
    )
    region: Text | None = Field(None, description="地区：行政区划代码或名称")


class Promotion(Record):
    """促销活动: what a shop promised for a time."""

    promotion_id: RequiredId = Field(description="活动编号")
    platform: RequiredText = Field(description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    item_id: Id | None = Field(None, description="商品编号；缺失时不知是否限于某件商品")
    starts_at: Time = Field(description="开始时间")
    ends_at: Time = Field(description="结束时间")
    promised_price: Money | None = Field(None, description="承诺的价格，元")
    claimed_original_price: Money | None = Field(None, description="所称的原价，元")
    terms: Text | None = Field(None, description="活动规则的文字")


class PriceObservation(Record):
    """价格观测: what one account was asked for one item."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    item_id: RequiredId = Field(description="商品编号")
    sku: Id | None = Field(None, description="规格编号")
    account_id: RequiredId = Field(description="观测所用的账号")
    persona: RequiredText = Field(description="账号画像，如 new、old、member、ios")
    run_id: RequiredId = Field(description="观测批次编号")
    observed_at: Time = Field(description="观测时间")
    location: Text | None = Field(None, description="观测时所在地")
    list_price: Money | None = Field(None, description="划线价或参考价，元")
    payable_price: Money = Field(description="应付价格，元")
    discounts: Discounts | None = Field(None, description="各项优惠")
    stock: Count | None = Field(None, description="显示的库存，件")


class PriceHistory(Record):
    """历史价格: what one item was sold at on one day."""

    platform: RequiredText = Field(description="平台")
    item_id: RequiredId = Field(description="商品编号")
    sku: Id | None = Field(None, description="规格编号")
    date: Day = Field(description="日期（Asia/Shanghai）")
    list_price: Money | None = Field(None, description="标价，元")
    deal_price: Money = Field(description="成交价，元")
    units: Count | None = Field(None, description="当日销量，件")


class Packaging(Record):
    """商品包装: what an item comes in."""

    record_id: RequiredId = Field(description="记录编号")
    platform: Text | None = Field(None, description="平台")
    shop_id: Id | None = Field(None, description="店铺编号")
    item_id: RequiredId = Field(description="商品编号")
    category: RequiredText = Field(description="类别，如 tea 茶叶、mooncake 月饼、zongzi 粽子")
    net_content_g: Measure | None = Field(None, description="净含量，克")
    pieces: Count | None = Field(None, description="内装件数，件")
    outer_size_mm: Sides | None = Field(None, description="外包装长、宽、高，毫米")
    layers: Count | None = Field(None, description="包装层数，层")
    packaging_cost: Money | None = Field(None, description="包装成本，元")
    price: Money | None = Field(None, description="售价，元")
    materials: Texts | None = Field(None, description="包装材料")
    other_goods: Goods | None = Field(None, description="混装的其他商品")


class Tour(Record):
    """旅游线路: one tour as it is offered."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    title: Text | None = Field(None, description="线路名称")
    price: Money = Field(description="每人价格，元")
    days: Count | None = Field(None, description="天数，天")
    nights: Count | None = Field(None, description="住宿晚数，晚")
    departs_from: Text | None = Field(None, description="出发地")
    destinations: Texts | None = Field(None, description="目的地")
    transport: Text | None = Field(None, description="交通方式")
    hotel_grade: Text | None = Field(None, description="住宿标准")
    shopping_stops: Count | None = Field(None, description="购物次数，次")
    paid_extras: Texts | None = Field(None, description="另行付费的项目")
    itinerary_text: Text | None = Field(None, description="行程文字")
    departs_at: Time | None = Field(None, description="出发时间")
    agency_licence_no: Id | None = Field(None, description="旅行社业务经营许可证编号")
