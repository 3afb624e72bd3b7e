"""Who caters: shops that cook for their buyers, as their deliveries, listings or name tell."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hengjian.violations.columns import Bools, Ints, equals
from hengjian.violations.detector import Tables
from hengjian.violations.sellers import Sellers

# Hot food is cooked; so many deliveries of it are no slip of a courier.
_LEAST_HOT = 3
_CATERS = (
    "外卖|餐饮|快餐|小吃|正餐|盒饭|便当|团餐|烧烤|熟食|甜品饮品|奶茶|私房菜|火锅店|现炒|粥粉面"
    "|炸鸡汉堡"
)
_NO_CATERING = "餐饮具|用具|设备|包装|工具|模具|烧烤炉|耗材|食材|预包装|生鲜|超市|零食"
# What a caterer is registered as; not its trade in goods or advice.
_CALLED = (
    "(?:小吃|快餐|早餐|早点|餐饮|烧烤|面|米线|粥|卤味|熟食|火锅|麻辣烫|炸鸡|奶茶|饮品|烘焙|凉皮|水饺|饺子)"
    "(?:店|馆|铺|坊)$|(?:饭店|饭馆|餐厅|餐馆|酒楼|菜馆|大排档|食府)$"
)


def caters(tables: Tables, sellers: Sellers) -> Bools:
    """Return which sellers are known to cater; the others may, or may not."""
    called = pc.match_substring_regex(sellers.name, _CALLED).fill_null(False)
    found = np.array(called, dtype=np.bool_)
    if "delivery" in tables:
        found |= _hot(tables["delivery"], sellers) >= _LEAST_HOT
    if "listing" in tables:
        seller = sellers.of(tables["listing"])
        found[seller[catering_listings(tables["listing"]) & (seller >= 0)]] = True
    return found


def catering_listings(listings: pa.Table) -> Bools:
    """Return which listings are of a category of ready food."""
    category = listings.column("category").combine_chunks()
    offered = pc.and_not(
        pc.match_substring_regex(category, _CATERS),
        pc.match_substring_regex(category, _NO_CATERING),
    )
    found: Bools = np.asarray(offered.fill_null(False))
    return found


def _hot(deliveries: pa.Table, sellers: Sellers) -> Ints:
    seller = sellers.of(deliveries)
    hot = equals(deliveries, "food_class", "hot") & (seller >= 0)
    return np.bincount(seller[hot], minlength=sellers.size)
