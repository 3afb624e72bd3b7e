"""Who speaks and acts: reviews, accounts, posts, messages, engagement, complaints."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hengjian.records.fields import (
    Count,
    Id,
    Ids,
    Money,
    NumberAsText,
    Rating,
    Record,
    RequiredId,
    RequiredText,
    Text,
    Texts,
    Time,
)

_DEVICE = "设备编号，只用于查找团伙"
_IP_PREFIX = "IP地址前段，只用于查找团伙"


class Review(Record):
    """评价: what one user wrote about one item."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    item_id: RequiredId = Field(description="商品编号")
    user_id: RequiredId = Field(description="用户编号")
    rating: Rating | None = Field(None, description="评分，1（最差）至5")
    text: Text | None = Field(None, description="评价文字")
    created_at: Time = Field(description="发表时间")
    order_id: Id | None = Field(None, description="订单编号")
    device_id: Text | None = Field(None, description=_DEVICE)
    ip_prefix: Text | None = Field(None, description=_IP_PREFIX)


class Engagement(Record):
    """互动: one act of one account on a host, room, item, post or shop."""

    platform: RequiredText = Field(description="平台")
    account_id: RequiredId = Field(description="账号编号")
    target_id: RequiredId = Field(description="对象编号")
    target_kind: Literal["host", "room", "item", "post", "shop"] | None = Field(
        None, description="对象种类：host 主播，room 直播间，item 商品，post 帖子，shop 店铺"
    )
    action: Literal["view", "click", "follow", "like", "tip", "share", "vote"] = Field(
        description="view 观看，click 点击，follow 关注，like 点赞，tip 打赏，share 转发，vote 投票"
    )
    at: Time = Field(description="时间")
    amount: Money | None = Field(None, description="打赏金额，元")
    device_id: Text | None = Field(None, description=_DEVICE)
    ip_prefix: Text | None = Field(None, description=_IP_PREFIX)


class Account(Record):
    """账号: one account as its platform shows it."""

    platform: RequiredText = Field(description="平台")
    account_id: RequiredId = Field(description="账号编号")
    name: Text | None = Field(None, description="昵称")
    bio: Text | None = Field(None, description="简介")
    kind: Literal["host", "seller", "user", "organisation"] | None = Field(
        None, description="host 主播，seller 商家，user 用户，organisation 机构"
    )
    mcn: Text | None = Field(None, description="所属MCN机构")
    operator_name: Text | None = Field(None, description="经营者名称")
    operator_uscc: Id | None = Field(None, description="经营者的统一社会信用代码")
    created_at: Time | None = Field(None, description="注册时间")
    verified: bool | None = Field(None, description="经平台认证")
    followers: Count | None = Field(None, description="粉丝数，人")
    following: Count | None = Field(None, description="关注数，人")
    device_ids: Ids | None = Field(None, description=_DEVICE)
    region: Text | None = Field(None, description="地区：行政区划代码或名称")


class Post(Record):
    """帖子: what one account published."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    account_id: RequiredId = Field(description="账号编号")
    created_at: Time = Field(description="发表时间")
    title: Text | None = Field(None, description="标题")
    text: RequiredText = Field(description="正文")
    images: Texts | None = Field(None, description="图片路径")
    links: Texts | None = Field(None, description="链接")
    tagged_items: Ids | None = Field(None, description="所标商品的编号")
    likes: Count | None = Field(None, description="点赞数，次")
    shares: Count | None = Field(None, description="转发数，次")
    comments: Count | None = Field(None, description="评论数，条")
    region: Text | None = Field(None, description="地区：行政区划代码或名称")


class Message(Record):
    """聊天消息: only what a party to a complaint handed in."""

    record_id: RequiredId = Field(description="记录编号")
    platform: RequiredText = Field(description="平台")
    from_account: RequiredId = Field(description="发送账号")
    to_account: RequiredId = Field(description="接收账号")
    sent_at: Time = Field(description="发送时间")
    text: RequiredText = Field(description="内容；只限投诉举报当事人提交的消息")


class Complaint(Record):
    """投诉举报: one complaint or tip-off; contacts and addresses come as keyed hashes."""

    record_id: RequiredId = Field(description="记录编号")
    channel: Annotated[Literal["12315", "platform", "letter"], NumberAsText] = Field(
        description="渠道：12315，platform 平台，letter 来信"
    )
    kind: Literal["complaint", "tip_off", "mixed"] = Field(
        description="complaint 投诉，tip_off 举报，mixed 两者都有"
    )
    complainant_id: RequiredId = Field(description="投诉举报人编号")
    contact_hash: Text | None = Field(None, description="联系方式的加密散列值")
    shop_id: Id | None = Field(None, description="店铺编号")
    shop_name: Text | None = Field(None, description="店铺名称")
    platform: Text | None = Field(None, description="平台")
    created_at: Time = Field(description="提出时间")
    text: Text | None = Field(None, description="内容")
    order_id: Id | None = Field(None, description="订单编号")
    address_hash: Text | None = Field(None, description="地址的加密散列值")
    for_daily_life: bool | None = Field(None, description="为生活消费需要")
    demand_amount: Money | None = Field(None, description="请求金额，元")
    outcome: Literal["upheld", "rejected", "withdrawn", "mediated", "pending"] | None = Field(
        None,
        description=(
            "结果：upheld 成立，rejected 不成立，withdrawn 撤回，mediated 调解，pending 办理中"
        ),
    )
    outcome_at: Time | None = Field(None, description="得出结果的时间")
