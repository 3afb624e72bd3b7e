"""Who may do what: operators, licences, registers, sites, apps, platforms' rules and actions."""

from __future__ import annotations

import warnings
from typing import Literal

from pydantic import Field

from hengjian.records.fields import (
    Attributes,
    Day,
    Flags,
    Id,
    Ids,
    Record,
    RequiredId,
    RequiredText,
    Text,
    Texts,
    Time,
)


class Site(Record):
    """网站: one page of a website outside the platforms."""

    record_id: RequiredId = Field(description="记录编号")
    domain: RequiredText = Field(description="域名")
    url: Text | None = Field(None, description="页面网址")
    captured_at: Time | None = Field(None, description="采集页面的时间")
    title: Text | None = Field(None, description="页面标题")
    text: Text | None = Field(None, description="页面文字")
    icp_number: Id | None = Field(None, description="页面显示的ICP备案号")
    icp_holder: Text | None = Field(None, description="ICP备案主体")
    operator_name: Text | None = Field(None, description="经营者名称")
    operator_uscc: Id | None = Field(None, description="经营者的统一社会信用代码")
    licences_shown: Ids | None = Field(
        None, description="页面公示的许可证编号；空列表表示没有公示，缺失表示未知"
    )
    hosted_in: Text | None = Field(None, description="服务器所在地")
    region: Text | None = Field(None, description="地区：行政区划代码或名称")


class App(Record):
    """应用程序: one app as a store showed it."""

    record_id: RequiredId = Field(description="记录编号")
    store: RequiredText = Field(description="应用商店")
    package: RequiredText = Field(description="包名")
    name: RequiredText = Field(description="名称")
    version: Text | None = Field(None, description="版本")
    developer: Text | None = Field(None, description="开发者名称")
    developer_uscc: Id | None = Field(None, description="开发者的统一社会信用代码")
    description: Text | None = Field(None, description="介绍")
    permissions: Texts | None = Field(None, description="所要的权限")
    filing_number: Id | None = Field(None, description="备案号")
    captured_at: Time | None = Field(None, description="采集页面的时间")
    region: Text | None = Field(None, description="地区：行政区划代码或名称")


class Operator(Record):
    """经营者: who stands behind a shop."""

    platform: RequiredText = Field(description="平台")
    shop_id: RequiredId = Field(description="店铺编号")
    name: RequiredText = Field(description="经营者名称")
    uscc: Id | None = Field(None, description="统一社会信用代码")
    kind: Literal["enterprise", "individual_business", "natural_person"] | None = Field(
        None, description="enterprise 企业，individual_business 个体工商户，natural_person 自然人"
    )
    registered_address: Text | None = Field(None, description="登记的住所")
    business_address: Text | None = Field(None, description="经营地址")
    contact_hash: Text | None = Field(None, description="联系方式的加密散列值")
    opened_at: Time | None = Field(None, description="开店时间")
    verified_at: Time | None = Field(None, description="平台核验身份的时间")
    licence_nos: Ids | None = Field(
        None, description="许可证编号；空列表表示没有许可证，缺失表示未知"
    )
    mcn: Text | None = Field(None, description="所属MCN机构")


class Licence(Record):
    """许可证照: one licence from its register."""

    licence_no: RequiredId = Field(description="编号")
    type: RequiredText = Field(
        description=(
            "种类，如 business 营业执照，food_operation 食品经营，food_production 食品生产，"
            "drug_operation 药品经营，device_operation 医疗器械经营，travel_agency 旅行社，"
            "hazardous_chemicals 危险化学品"
        )
    )
    holder: RequiredText = Field(description="持有者名称")
    uscc: Id | None = Field(None, description="统一社会信用代码")
    address: Text | None = Field(None, description="地址")
    scope: Text | None = Field(None, description="许可范围")
    valid_from: Day | None = Field(None, description="有效期自（含当日）")
    valid_until: Day | None = Field(None, description="有效期至（含当日）；缺失表示未知，不是长期")
    status: Literal["valid", "revoked", "cancelled", "suspended"] | None = Field(
        None, description="valid 有效，revoked 吊销，cancelled 注销，suspended 暂停"
    )
    issuer: Text | None = Field(None, description="发证机关")


# Record's metaclass has a method `register`, of which pydantic warns; no record ever needs it.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message='Field name "register"')

    class RegisterEntry(Record):
        """登记信息: one entry of a public register."""

        register: Literal[
            "ccc",
            "drug",
            "device",
            "cosmetic",
            "health_food",
            "energy_label",
            "water_label",
            "vehicle",
            "standard",
            "trademark",
        ] = Field(
            description=(
                "ccc 强制性产品认证，drug 药品，device 医疗器械，cosmetic 化妆品，"
                "health_food 保健食品，energy_label 能效标识，water_label 水效标识，"
                "vehicle 车辆，standard 标准，trademark 商标"
            )
        )
        number: RequiredId = Field(description="编号")
        name: Text | None = Field(None, description="名称")
        holder: Text | None = Field(None, description="持有者或权利人")
        model: Text | None = Field(None, description="型号")
        category: Text | None = Field(None, description="类别")
        values: Attributes | None = Field(
            None, description="登记的各项值，如 等级、续航里程km、有效期至、授权销售者"
        )
        status: Text | None = Field(None, description="状态")
        valid_until: Day | None = Field(None, description="有效期至（含当日）")


class PlatformRule(Record):
    """平台规则: one rule or agreement of a platform."""

    platform: RequiredText = Field(description="平台")
    rule_id: RequiredId = Field(description="规则编号")
    title: Text | None = Field(None, description="标题")
    text: RequiredText = Field(description="正文")
    kind: Literal["terms", "ranking", "refund", "pricing", "recommendation"] | None = Field(
        None,
        description=(
            "terms 服务协议，ranking 排序，refund 退款，pricing 定价，recommendation 推荐"
        ),
    )
    effective_from: Day | None = Field(None, description="生效日期（含当日）")
    option_defaults: Flags | None = Field(None, description="各选项是否预先勾选")
    unpersonalised_option: bool | None = Field(
        None, description="提供不针对个人特征的选项或便捷的关闭方式"
    )


class PlatformAction(Record):
    """平台处置: what a platform did after a notice."""

    platform: RequiredText = Field(description="平台")
    subject_kind: RequiredText = Field(description="对象种类，如 listing、shop、account")
    subject_id: RequiredId = Field(description="对象编号")
    notice_id: Id | None = Field(None, description="通知编号")
    notified_at: Time = Field(description="通知送达平台的时间")
    action: Literal["removed", "blocked", "closed", "warned", "none"] | None = Field(
        None,
        description="removed 下架或删除，blocked 屏蔽，closed 关店，warned 警示，none 未处置",
    )
    acted_at: Time | None = Field(None, description="处置时间")
    reported_at: Time | None = Field(None, description="平台报告处置的时间")


class Event(Record):
    """事件: what makes a market worth watching for a time."""

    event_id: RequiredId = Field(description="事件编号")
    kind: Literal["disaster", "campaign", "holiday", "public_opinion"] = Field(
        description="disaster 灾害，campaign 促销季，holiday 节日，public_opinion 舆情"
    )
    name: RequiredText = Field(description="名称")
    keywords: Texts = Field(description="关键词")
    region: Text | None = Field(None, description="地区：行政区划代码或名称")
    starts_at: Time = Field(description="开始时间")
    ends_at: Time | None = Field(None, description="结束时间")
