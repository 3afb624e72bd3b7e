"""One full, sound record of every kind, as a source would write it in JSON."""

from __future__ import annotations

from typing import Any

_WHEN = "2026-11-05T10:00:00+08:00"

FULL: dict[str, dict[str, Any]] = {
    "listing": {
        "record_id": "L1", "platform": "demo-mall", "shop_id": "S1", "shop_name": "青岚", "item_id": "I1",
        "url": "https://mall.example/I1", "captured_at": _WHEN, "title": "青花瓷茶杯", "text": "手工",
        "category": "茶具", "price": 85, "list_price": "99.90", "attributes": {"品牌": "青岚"},
        "attributes_complete": True, "images": ["a.jpg"],
        "options": [{"name": "延保", "price": 5, "preselected": True, "required": False}],
        "sales_count": 12, "region": "360100", "ships_from": "景德镇",
    },
    "livestream": {
        "record_id": "V1", "platform": "demo-live", "room_id": "R1", "host_id": "H1", "shop_id": "S1",
        "started_at": _WHEN, "title": "晚间专场", "products": ["I1"], "viewers": 300, "region": "360100",
        "segments": [{"start_s": 0, "end_s": 2.5, "speaker": "host", "text": "大家好"}],
    },
    "shop_page": {
        "record_id": "P1", "platform": "demo-mall", "shop_id": "S1", "url": "https://mall.example/S1",
        "captured_at": _WHEN, "title": "首页", "text": "欢迎光临", "licences_shown": [], "region": "360100",
    },
    "review": {
        "record_id": "R1", "platform": "demo-mall", "shop_id": "S1", "item_id": "I1", "user_id": "U1",
        "rating": 4.5, "text": "不错", "created_at": _WHEN, "order_id": "O1", "device_id": "D1",
        "ip_prefix": "203.0.113",
    },
    "order": {
        "record_id": "O1", "platform": "demo-mall", "shop_id": "S1", "item_id": "I1", "user_id": "U1",
        "created_at": _WHEN, "paid_at": _WHEN, "paid_price": 80, "list_price": 85, "quantity": 1,
        "promotion_id": "A1", "status": "cancelled", "status_at": _WHEN, "cancelled_by": "seller",
        "cancel_reason": "缺货", "tracking_no": 7788, "ships_from": "景德镇", "invoice_requested": True,
        "invoice_issued": False, "device_id": "D1", "ip_prefix": "203.0.113",
    },
    "promotion": {
        "promotion_id": "A1", "platform": "demo-mall", "shop_id": "S1", "item_id": "I1", "starts_at": _WHEN,
        "ends_at": _WHEN, "promised_price": 60, "claimed_original_price": 120, "terms": "限量十件",
    },
    "price_observation": {
        "record_id": "B1", "platform": "demo-mall", "item_id": "I1", "sku": "红", "account_id": "A1",
        "persona": "new", "run_id": "1", "observed_at": _WHEN, "location": "南昌", "list_price": 85,
        "payable_price": 80, "discounts": [{"name": "新人", "amount": 5, "disclosed": True}], "stock": 3,
    },
    "price_history": {
        "platform": "demo-mall", "item_id": "I1", "sku": "红", "date": "2026-11-05", "list_price": 85,
        "deal_price": 80, "units": 4,
    },
    "engagement": {
        "platform": "demo-live", "account_id": "A1", "target_id": "R1", "target_kind": "room",
        "action": "tip", "at": _WHEN, "amount": 10, "device_id": "D1", "ip_prefix": "203.0.113",
    },
    "account": {
        "platform": "demo-live", "account_id": "A1", "name": "小青", "bio": "爱喝茶", "kind": "host",
        "mcn": "青云文化", "operator_name": "青岚商行", "operator_uscc": "X1", "created_at": _WHEN,
        "verified": True, "followers": 10, "following": 2, "device_ids": ["D1"], "region": "360100",
    },
    "post": {
        "record_id": "T1", "platform": "demo-live", "account_id": "A1", "created_at": _WHEN, "title": "喝茶",
        "text": "今天喝茶", "images": ["a.jpg"], "links": ["https://mall.example/I1"], "tagged_items": ["I1"],
        "likes": 1, "shares": 0, "comments": 2, "region": "360100",
    },
    "message": {
        "record_id": "M1", "platform": "demo-mall", "from_account": "A1", "to_account": "A2",
        "sent_at": _WHEN, "text": "您好",
    },
    "site": {
        "record_id": "W1", "domain": "tea.example", "url": "https://tea.example/", "captured_at": _WHEN,
        "title": "茶", "text": "好茶", "icp_number": "备1", "icp_holder": "青岚商行", "operator_name": "青岚商行",
        "operator_uscc": "X1", "licences_shown": ["JY1"], "hosted_in": "境外", "region": "360100",
    },
    "app": {
        "record_id": "K1", "store": "demo-store", "package": "example.tea", "name": "茶", "version": "1.0",
        "developer": "青岚商行", "developer_uscc": "X1", "description": "买茶", "permissions": ["通讯录"],
        "filing_number": "备2", "captured_at": _WHEN, "region": "360100",
    },
    "complaint": {
        "record_id": "C1", "channel": "12315", "kind": "complaint", "complainant_id": "P1",
        "contact_hash": "h1", "shop_id": "S1", "shop_name": "青岚", "platform": "demo-mall",
        "created_at": _WHEN, "text": "杯子破了", "order_id": "O1", "address_hash": "h2",
        "for_daily_life": True, "demand_amount": 80, "outcome": "mediated", "outcome_at": _WHEN,
    },
    "return": {
        "record_id": "E1", "platform": "demo-mall", "order_id": "O1", "user_id": "U1", "shop_id": "S1",
        "requested_at": _WHEN, "reason": "破损", "refund_only": False, "shipped_serial": "N1",
        "returned_serial": "N2", "shipped_weight_g": 410.5, "returned_weight_g": 12,
        "inspection_note": "空盒",
    },
    "delivery": {
        "record_id": "Y1", "platform": "demo-eat", "order_id": "O1", "shop_id": "S1", "picked_up_at": _WHEN,
        "delivered_at": _WHEN, "promised_at": _WHEN, "seal": "broken", "box_temperature_c": -3.5,
        "food_class": "frozen", "rider_id": "Q1", "rider_health_certificate_until": "2026-12-31",
    },
    "operator": {
        "platform": "demo-mall", "shop_id": "S1", "name": "青岚商行", "uscc": "X1", "kind": "individual_business",
        "registered_address": "南昌", "business_address": "南昌", "contact_hash": "h1", "opened_at": _WHEN,
        "verified_at": _WHEN, "licence_nos": [], "mcn": "青云文化",
    },
    "licence": {
        "licence_no": "JY1", "type": "food_operation", "holder": "青岚商行", "uscc": "X1", "address": "南昌",
        "scope": "预包装食品", "valid_from": "2024-01-01", "valid_until": "2028-12-31", "status": "valid",
        "issuer": "某局",
    },
    "register_entry": {
        "register": "energy_label", "number": "E1", "name": "空调", "holder": "青岚商行", "model": "Q1",
        "category": "家电", "values": {"等级": 2}, "status": "有效", "valid_until": "2028-12-31",
    },
    "inspection": {
        "record_id": "J1", "platform": "demo-eat", "shop_id": "S1", "uscc": "X1", "address": "南昌",
        "inspected_at": _WHEN, "checklist": "餐饮", "item": "洗手池", "result": "fail", "note": "没有",
        "inspector_region": "360100",
    },
    "packaging": {
        "record_id": "G1", "platform": "demo-mall", "shop_id": "S1", "item_id": "I1", "category": "tea",
        "net_content_g": 100, "pieces": 2, "outer_size_mm": [300, 200, 80.5], "layers": 4,
        "packaging_cost": 20, "price": 200, "materials": ["纸"], "other_goods": [{"name": "杯", "price": 9}],
    },
    "tour": {
        "record_id": "Z1", "platform": "demo-trip", "shop_id": "S1", "title": "庐山两日", "price": 1, "days": 2,
        "nights": 1, "departs_from": "南昌", "destinations": ["庐山"], "transport": "大巴",
        "hotel_grade": "三星", "shopping_stops": 0, "paid_extras": ["索道"], "itinerary_text": "第一天登山",
        "departs_at": _WHEN, "agency_licence_no": "L-1",
    },
    "supply": {
        "platform": "demo-mall", "shop_id": "S1", "item_id": "I1", "supplier": "瓷厂", "supplier_uscc": "X2",
        "producer": "瓷厂", "producer_uscc": "X2", "gtin": 6900000000001, "batch": "2601",
        "supplied_at": _WHEN,
    },
    "platform_rule": {
        "platform": "demo-mall", "rule_id": "G7", "title": "退款规则", "text": "七日内可退", "kind": "refund",
        "effective_from": "2026-01-01", "option_defaults": {"自动续费": True}, "unpersonalised_option": False,
    },
    "platform_action": {
        "platform": "demo-mall", "subject_kind": "listing", "subject_id": "I1", "notice_id": "N1",
        "notified_at": _WHEN, "action": "removed", "acted_at": _WHEN, "reported_at": _WHEN,
    },
    "invoice": {
        "record_id": "F1", "platform": "demo-mall", "order_id": "O1", "shop_id": "S1", "issued_at": _WHEN,
        "buyer_kind": "个人", "item_name": "茶具", "amount": 80, "status": "issued",
    },
    "event": {
        "event_id": "X1", "kind": "disaster", "name": "暴雨", "keywords": ["雨衣"], "region": "360100",
        "starts_at": _WHEN, "ends_at": _WHEN,
    },
    "picture": {
        "record_id": "L1#1", "platform": "demo-mall", "shop_id": "S1", "shop_name": "青岚", "item_id": "I1",
        "url": "https://mall.example/I1", "captured_at": _WHEN, "title": "青花瓷茶杯", "text": "手工",
        "category": "茶具", "price": 85, "list_price": "99.90", "attributes": {"品牌": "青岚"},
        "attributes_complete": True, "images": ["a.jpg"],
        "options": [{"name": "延保", "price": 5, "preselected": True, "required": False}],
        "sales_count": 12, "region": "360100", "ships_from": "景德镇", "of_kind": "listing",
        "of_record_id": "L1", "account_id": "A1", "created_at": _WHEN, "links": ["https://a.example"],
        "tagged_items": ["I1"], "image": "a.jpg", "sha256": "0" * 64, "picture_text": "手工茶杯",
        "other_pictures_text": "景德镇", "barcodes": ["6901234567892"], "labels": ["商品条码"], "pdq": "0" * 64,
        "pdq_quality": 100,
        "lines": [
            {"start": 0, "end": 4, "left": 5, "top": 6, "width": 80, "height": 20, "certainty": 0.98}
        ],
    },
}  # fmt: skip
