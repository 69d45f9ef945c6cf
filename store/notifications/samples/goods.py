"""What the samples sell: twelve articles with a price in euro cents, and what that is in other currencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MARKETS = {"fr": "FR", "zh-Hans": "CN", "en": "US"}
CURRENCIES = {"FR": "EUR", "CN": "CNY", "US": "USD"}
TIMES = {"EUR": 1, "CNY": 8, "USD": 1}  # prices, not rates
TAXES_PPM = {"FR": 200_000, "CN": 130_000, "US": 88_750}

PLACED_ON = date(2026, 3, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    sku: str
    cents: int
    en: str
    fr: str
    zh: str
    kind: str = "device"
    serialized: bool = False

    @property
    def names(self) -> dict[str, str]:
        return {"en": self.en, "fr": self.fr, "zh-Hans": self.zh}


HEADSET = Article(
    sku="AUR-ONE-BLK",
    cents=7990,
    en="Aurelvo One USB-C Headset, black",
    fr="Casque-micro USB-C Aurelvo One, noir",
    zh="Aurelvo One USB-C耳麦，黑色",
    serialized=True,
)
PHONE = Article(
    sku="HAL-DVID-BLK",
    cents=24900,
    en="Halmor Desk Video Phone",
    fr="Visiophone de bureau Halmor",
    zh="Halmor可视桌面话机",
    serialized=True,
)
SWITCH = Article(
    sku="TON-SW24P",
    cents=38900,
    en="Tonvik 24-port PoE+ switch",
    fr="Commutateur PoE+ à 24 ports Tonvik",
    zh="Tonvik 24口PoE+交换机",
    serialized=True,
)
ACCESS_POINT = Article(
    sku="TON-AP6-WHT",
    cents=15900,
    en="Tonvik Wi-Fi 6 access point, ceiling mount",
    fr="Point d’accès Wi-Fi 6 Tonvik, pour plafond",
    zh="Tonvik Wi-Fi 6吸顶式接入点",
    serialized=True,
)
SUPPORT_PLAN = Article(
    sku="SVC-EXT-24",
    cents=9900,
    en="Warranty extension, 24 months",
    fr="Extension de garantie, 24 mois",
    zh="延长保修，24个月",
    kind="service",
)
ARTICLES = (
    HEADSET,
    PHONE,
    SWITCH,
    ACCESS_POINT,
    Article(sku="AUR-PAD-2", cents=1290, en="Ear cushions, pair", fr="Coussinets d’oreille, la paire", zh="耳垫，一对"),
    Article(sku="CBL-USBC-2M", cents=1490, en="USB-C cable, 2 m", fr="Câble USB-C, 2 m", zh="USB-C数据线，2米"),
    Article(
        sku="CBL-CAT6-5M", cents=990, en="Cat 6 network cable, 5 m", fr="Câble réseau Cat 6, 5 m", zh="Cat 6网线，5米"
    ),
    Article(
        sku="PSU-48V-30W",
        cents=2900,
        en="Power supply, 48 V, 30 W",
        fr="Bloc d’alimentation 48 V, 30 W",
        zh="48 V、30 W电源适配器",
    ),
    Article(sku="HAL-WALL-KIT", cents=1990, en="Wall-mounting kit", fr="Kit de fixation murale", zh="壁挂套件"),
    Article(
        sku="TON-RACK-19",
        cents=4900,
        en="19-inch rack brackets with screws, cage nuts and a template for drilling",
        fr="Équerres pour baie 19 pouces avec vis, écrous cages et gabarit de perçage",
        zh="19英寸机架安装支架（含螺钉、卡扣螺母和钻孔模板）",
    ),
    Article(
        sku="AUR-CASE-S",
        cents=2490,
        en="Hard case for headsets",
        fr="Étui rigide pour casque-micro",
        zh="耳麦硬质收纳盒",
    ),
    Article(
        sku="HAL-DVID-REF",
        cents=22900,
        en="Halmor Desk Video Phone, refurbished",
        fr="Visiophone de bureau Halmor, reconditionné",
        zh="Halmor可视桌面话机，官方翻新",
    ),
)

NAMES = {"fr": "Camille Exemple", "zh-Hans": "示例用户", "en": "Alex Example"}
LONG_NAMES = {
    "fr": "Association départementale des amateurs d’exemples de la Haute-Vallée de l’Exemple, service des achats",
    "zh-Hans": "示例（上海）国际贸易进出口有限公司华东区域采购与供应链管理中心综合采购部",
    "en": "The Example Trading and Demonstration Company of Greater New England, Incorporated, Purchasing Department",
}
ADDRESSES = {
    "fr": {
        "line1": "12 rue de l’Exemple",
        "line2": "Bâtiment C, 3e étage",
        "postcode": "69003",
        "city": "Lyon",
        "country": "FR",
    },
    "zh-Hans": {
        "region": "上海市",
        "city": "上海市",
        "district": "浦东新区",
        "line1": "示例路12号3栋502室",
        "postcode": "200120",
        "country": "CN",
    },
    "en": {
        "line1": "12 Example Street",
        "line2": "Suite 300",
        "city": "Boston",
        "region": "MA",
        "postcode": "02108",
        "country": "US",
    },
}
