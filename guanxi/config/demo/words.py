"""What is said and planned, in three languages. %s is a product."""

from __future__ import annotations

TALKS: dict[str, dict[str, tuple[str, ...]]] = {
    "zh-hans": {
        "call": (
            "聊了 %s 的选型，对方更关心维护量",
            "确认 %s 的到货时间，仓库那边没问题",
            "问了预算，年底前能批下来",
            "电话里说 %s 读数偏高，已约时间去看",
            "跟进报价，对方要等领导出差回来",
            "他们想把验收放到月底，我们可以配合",
        ),
        "visit": (
            "现场看了安装位置，取样管要改一段",
            "带 %s 去比测，数据和实验室对得上",
            "拜访，顺便见了设备部的人",
        ),
        "meeting": (
            "过了一遍技术协议，还剩付款条款",
            "线上演示 %s，问题集中在数据上传",
            "和采购、法务一起对合同",
        ),
        "email": ("发去 %s 的资料和两个同行案例", "回复了校准证书的问题", "发了更新后的报价"),
        "message": ("对方发来现场照片，安装位置可以", "问试剂还能用多久，算了一下大概六周", "约下周见面"),
        "note": (
            "付款习惯：月结 30 天，走得很准",
            "他们明年有二期扩建，要提前盯",
            "换了新的设备负责人，要重新认识",
        ),
    },
    "zh-hant": {
        "call": (
            "談了 %s 的選型，對方比較在意保養",
            "確認 %s 的交期，倉庫沒有問題",
            "詢問預算，年底前可以核准",
            "追報價，等主管回來",
        ),
        "visit": ("到現場看安裝位置，取樣管要改一段", "帶 %s 去比測，數據與實驗室一致"),
        "meeting": ("逐條看過技術協議，剩付款條件", "線上示範 %s，問題集中在資料上傳"),
        "email": ("寄出 %s 的資料與兩個同業案例", "回覆校正證書的問題", "寄出更新後的報價"),
        "message": ("對方傳來現場照片，位置可以", "約下週見面"),
        "note": ("付款習慣：月結 45 天", "明年有擴廠計畫，要提早追蹤"),
    },
    "en": {
        "call": (
            "Went through the choice of %s; upkeep matters most to them",
            "Confirmed delivery of %s, stock is fine",
            "Asked about budget: can be approved before year end",
            "Chased the quote; their director is travelling",
        ),
        "visit": (
            "Looked at the mounting place; the sample line has to move",
            "Ran %s beside their lab: figures agree",
        ),
        "meeting": (
            "Walked through the technical terms; payment is still open",
            "Showed %s online; questions about data upload",
        ),
        "email": (
            "Sent the %s sheet and two cases from their trade",
            "Answered about the calibration certificate",
            "Sent the revised quote",
        ),
        "message": ("Photos from site: the place will do", "Agreed to meet next week"),
        "note": ("Pays in 30 days, on the dot", "Phase two is planned for next year: stay close"),
    },
}
SOURCES: dict[str, tuple[str, ...]] = {
    "zh-hans": ("展会", "转介绍", "官网", "老客户"),
    "zh-hant": ("展覽", "轉介紹", "官網", "老客戶"),
}
STEPS: dict[str, tuple[str, ...]] = {
    "zh-hans": (
        "打电话问扩产计划",
        "补寄试剂样品",
        "回访校准满意度",
        "发付款方案",
        "约现场比测",
        "寄年历和校准提醒",
        "换人重新接触",
    ),
    "zh-hant": ("確認安裝日期", "寄春節排產表", "寄樣品試用", "約線上示範"),
    "en": (
        "Send the demo unit",
        "Ask for the tender date",
        "Share the ISO certificate",
        "Quote the reagents",
        "Book the renewal call",
    ),
}
PROMISES: dict[str, tuple[str, ...]] = {
    "zh-hans": (
        "寄出比测报告",
        "把 3-6-1 分期方案发过去",
        "确认备件库存",
        "问清楚验收标准",
        "给法务回个电话",
    ),
    "zh-hant": ("寄出校正報告", "回覆付款條件", "確認零件庫存"),
    "en": ("Send the comparison report", "Confirm spare parts", "Reply about payment terms"),
}
MEETINGS: dict[str, tuple[str, ...]] = {
    "zh-hans": ("二期方案讲解", "现场比测", "销售晨会", "合同条款对一遍"),
    "zh-hant": ("安裝前會議", "線上示範", "週會"),
    "en": ("Renewal call", "Tender walk-through", "Weekly stand-up"),
}
DEALS: dict[str, tuple[str, ...]] = {
    "zh-hans": ("二期 %s", "%s 更换", "实验室改造", "%s 三台", "年度框架 %s", "在线监测一期"),
    "zh-hant": ("%s 汰換", "%s 兩台", "實驗室更新"),
    "en": ("%s upgrade", "%s × 3", "Plant monitoring", "Annual %s"),
}
# What is to be done in a stage (its place among the stages): nobody is kept from going on.
CHECKS: dict[str, tuple[int, tuple[str, ...]]] = {
    "zh-hans": (2, ("现场勘查完成", "预算已书面确认")),
    "zh-hant": (2, ("現場勘查完成", "預算已書面確認")),
    "en": (2, ("Site visited", "Budget confirmed in writing")),
}
STAGES: dict[str, tuple[tuple[str, int, str, int | None], ...]] = {
    "zh-hans": (
        ("初步接洽", 10, "open", 30),
        ("需求确认", 30, "open", 30),
        ("方案报价", 50, "open", 21),
        ("商务谈判", 70, "open", 21),
        ("签约", 90, "open", 14),
        ("赢单", 100, "won", None),
        ("输单", 0, "lost", None),
    ),
    "zh-hant": (
        ("初步接洽", 20, "open", 30),
        ("需求確認", 40, "open", 30),
        ("已報價", 60, "open", 21),
        ("議約", 80, "open", 21),
        ("成交", 100, "won", None),
        ("失單", 0, "lost", None),
    ),
    "en": (
        ("Qualified", 20, "open", 30),
        ("Needs agreed", 40, "open", 30),
        ("Quoted", 60, "open", 21),
        ("Negotiating", 80, "open", 21),
        ("Won", 100, "won", None),
        ("Lost", 0, "lost", None),
    ),
}


# What a product is called in a sentence of another language, where its short name is a word.
PRODUCTS: dict[str, dict[str, str]] = {
    "zh-hant": {"试剂年包": "試劑年約", "年度校准服务": "年度校正", "实验室成套设备": "實驗室設備"},
    "en": {"试剂年包": "reagents", "年度校准服务": "calibration", "实验室成套设备": "lab equipment"},
}


def short_product(name: str, language: str) -> str:
    """ "WQ-200" for WQ-200 在线水质分析仪; "calibration" for 年度校准服务 in English."""
    short = name.split(" ")[0]
    return PRODUCTS.get(language, {}).get(short, short)
