"""What was sold and what came of it: orders, returns, deliveries, invoices, supply, inspections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hengjian.records.fields import (
    Count,
    Day,
    Degrees,
    Id,
    Measure,
    Money,
    Record,
    RequiredId,
    RequiredText,
    Text,
    Time,
)


class Order(Record):
    """订单: one order of one item."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    item_id: RequiredId = Field(description="商品编号")
    user_id: RequiredId = Field(description="用户编号")
    created_at: Time = Field(description="下单时间")
    paid_at: Time | None = Field(None, description="付款时间")
    paid_price: Money | None = Field(None, description="实付金额，元")
    list_price: Money | None = Field(None, description="标价，元")
    quantity: Count | None = Field(None, description="数量，件")
    promotion_id: Id | None = Field(None, description="活动编号")
    status: Literal["created", "paid", "shipped", "received", "cancelled", "refunded"] = Field(
        description=(
            "created 已下单，paid 已付款，shipped 已发货，received 已收货，"
            "cancelled 已取消，refunded 已退款"
        )
    )
    status_at: Time | None = Field(None, description="进入这一状态的时间")
    cancelled_by: Literal["seller", "buyer", "platform"] | None = Field(
        None, description="取消者：seller 卖家，buyer 买家，platform 平台"
    )
    cancel_reason: Text | None = Field(None, description="取消理由")
    tracking_no: Id | None = Field(None, description="物流单号")
    ships_from: Text | None = Field(None, description="发货地")
    invoice_requested: bool | None = Field(None, description="买家要求开具发票")
    invoice_issued: bool | None = Field(None, description="已开具发票")
    device_id: Text | None = Field(None, description="设备编号，只用于查找团伙")
    ip_prefix: Text | None = Field(None, description="IP地址前段，只用于查找团伙")


class Return(Record):
    """退货: one return or refund, with what was sent and what came back."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    order_id: RequiredId = Field(description="订单编号")
    user_id: RequiredId = Field(description="用户编号")
    shop_id: RequiredId = Field(description="店铺编号")
    requested_at: Time = Field(description="申请时间")
    reason: Text | None = Field(None, description="理由")
    refund_only: bool | None = Field(None, description="仅退款，不退货")
    shipped_serial: Id | None = Field(None, description="发出商品的序列号")
    returned_serial: Id | None = Field(None, description="退回商品的序列号")
    shipped_weight_g: Measure | None = Field(None, description="发出时的重量，克")
    returned_weight_g: Measure | None = Field(None, description="退回时的重量，克")
    inspection_note: Text | None = Field(None, description="验货记录")


class Delivery(Record):
    """配送: how one order of food was brought."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    order_id: RequiredId = Field(description="订单编号")
    shop_id: RequiredId = Field(description="店铺编号")
    picked_up_at: Time | None = Field(None, description="取餐时间")
    delivered_at: Time | None = Field(None, description="送达时间")
    promised_at: Time | None = Field(None, description="承诺送达的时间")
    seal: Literal["intact", "broken", "absent"] | None = Field(
        None, description="封签：intact 完好，broken 破损，absent 没有"
    )
    box_temperature_c: Degrees | None = Field(None, description="配送箱温度，摄氏度")
    food_class: Literal["hot", "cold", "frozen", "ambient"] | None = Field(
        None, description="食品类别：hot 热食，cold 冷藏，frozen 冷冻，ambient 常温"
    )
    rider_id: Id | None = Field(None, description="配送员编号")
    rider_health_certificate_until: Day | None = Field(
        None, description="配送员健康证明有效期至（含当日）"
    )


class Invoice(Record):
    """发票: one invoice that was issued, refused or voided."""

    record_id: RequiredId = Field(description="记录编号")
    platform: Text | None = Field(None, description="平台")
    order_id: RequiredId = Field(description="订单编号")
    shop_id: RequiredId = Field(description="店铺编号")
    issued_at: Time | None = Field(None, description="开具时间")
    buyer_kind: Text | None = Field(None, description="购买方种类")
    item_name: Text | None = Field(None, description="项目名称")
    amount: Money | None = Field(None, description="金额，元")
    status: Literal["issued", "refused", "surcharge_asked", "voided"] | None = Field(
        None,
        description="issued 已开具，refused 拒开，surcharge_asked 要求加价，voided 已作废",
    )


class Supply(Record):
    """供货: who supplied an item to a shop."""

    platform: Text | None = Field(None, description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    item_id: RequiredId = Field(description="商品编号")
    supplier: RequiredText = Field(description="供货者名称")
    supplier_uscc: Id | None = Field(None, description="供货者的统一社会信用代码")
    producer: Text | None = Field(None, description="生产者名称")
    producer_uscc: Id | None = Field(None, description="生产者的统一社会信用代码")
    gtin: Id | None = Field(None, description="商品条码")
    batch: Id | None = Field(None, description="批号")
    supplied_at: Time | None = Field(None, description="供货时间")


class Inspection(Record):
    """检查: one item of a checklist at one inspection."""

    record_id: RequiredId = Field(description="记录编号")
    platform: Text | None = Field(None, description="平台")
    shop_id: Id | None = Field(None, description="店铺编号")
    uscc: Id | None = Field(None, description="统一社会信用代码")
    address: Text | None = Field(None, description="检查地点")
    inspected_at: Time = Field(description="检查时间")
    checklist: Text | None = Field(None, description="检查表")
    item: RequiredText = Field(description="检查项目")
    result: Literal["pass", "fail", "corrected"] = Field(
        description="pass 合格，fail 不合格，corrected 已改正"
    )
    note: Text | None = Field(None, description="检查记录")
    inspector_region: Text | None = Field(None, description="检查机关的地区")
