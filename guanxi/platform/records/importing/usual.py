"""The usual words of other products for what we offer: options of a choice, stages of a pipeline. Data.

A word counts where nothing here is called so. Compared like headers: without case, blanks and punctuation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guanxi.platform.records.importing.delimited import fold_header

# (object, field) → option → what Salesforce, HubSpot, Zoho, Pipedrive, 纷享销客 and others call it.
OPTIONS: dict[tuple[str, str], dict[str, str]] = {
    ("company", "role"): {
        "prospect": (
            "prospective customer, potential customer, lead, target, 意向客户, 目标客户, 准客户, 潛在客戶"
        ),
        "customer": (
            "customer - direct, customer - channel, direct customer, existing customer, client, account, "
            "终端客户, 直接客户, 正式客户, 成交客户, 老客户, 普通客户, 最终客户"
        ),
        "partner": (
            "channel partner, installation partner, technology partner, consultant, integrator, "
            "合作方, 伙伴, 渠道, 渠道伙伴, 集成商, 系统集成商"
        ),
        "distributor": (
            "channel partner / reseller, reseller, dealer, agent, 代理商, 分销商, 代理, 渠道商, 代理客户"
        ),
        "supplier": "vendor, provider, 供方, 厂商",
        "competitor": "rival, 竞品, 对手, 竞争者",
        "other": "press, investor, analyst, others, 其它, 媒体, 投资方",
    },
    ("company", "level"): {
        "A": (
            "hot, a 级, a 类, a 类客户, 重要客户, 重点客户, 战略客户, 核心客户, 大客户, vip, "
            "vip 客户, 优质客户"
        ),
        "B": "warm, b 级, b 类, b 类客户, 普通客户, 一般客户, 中等客户",
        "C": "cold, c 级, c 类, c 类客户, 低价值客户, 小客户, 非优先客户",
        "D": "d 级, d 类, d 类客户, 非目标客户",
    },
    ("lead", "status"): {
        "new": (
            "open - not contacted, open, not contacted, untouched, "
            "未分配, 未处理, 待处理, 待分配, 未跟进, 待跟进, 新线索"
        ),
        "assigned": "attempted to contact, attempting, contact in future, 已领取",
        "contacted": (
            "working - contacted, working, contacted, connected, in progress, in process, "
            "nurturing, open deal, "
            "处理中, 已处理, 已联系, 已跟进, 联系中"
        ),
        "qualified": "pre-qualified, marketing qualified, sales qualified, mql, sql, 有效, 已确认, 已验证",
        "converted": "closed - converted, won, recycled to deal, 已转换, 转换, 已转客户, 转客户, 已转商机",
        "disqualified": (
            "closed - not converted, unqualified, not qualified, junk lead, lost lead, "
            "bad timing, recycled, dead, "
            "lost, 已关闭, 关闭, 作废, 已作废, 无意向"
        ),
    },
    ("contact", "decision_role"): {
        "decider": (
            "decision maker, economic decision maker, business decision maker, "
            "executive sponsor, budget holder, "
            "决策人, 关键决策人, 最终决策人, 拍板人"
        ),
        "influencer": (
            "influencer, evaluator, technical evaluator, economic evaluator, 影响人, 技术评估人, 评估人"
        ),
        "champion": "champion, sponsor, internal champion, 支持人, 内线, 教练",
        "user": "business user, end user, technical user, 使用人, 最终用户, 用户",
        "gatekeeper": "gatekeeper, blocker, legal & compliance, 守门人, 把关人",
        "buyer": "buyer, technical buyer, economic buyer, 采购人, 采购负责人",
    },
}
# What follows the stage where it is left empty needs no word for an end.
OPTIONS["deal", "forecast"] = {"": "closed, 已结束, 已关闭"}
OPTIONS["buyer", "role"] = OPTIONS["contact", "decision_role"]

# Stages of a sale that mean the same; whichever of them a pipeline has is meant by the others.
STAGES = (
    "qualified, new, prospecting, qualification, lead in, initial contact, contact made, "
    "appointment scheduled, "
    "初步接洽, 初步接触, 初步沟通, 验证客户, 验证阶段, 发现商机, 商机发现, 初步接觸",
    "needs agreed, needs analysis, needs defined, value proposition, discovery, qualified to buy, "
    "id. decision makers, identify decision makers, perception analysis, demo scheduled, "
    "需求确认, 需求分析, 需求确定, 需求調研, 需求调研, 需求確認",
    "quoted, proposition, proposal, proposal made, proposal/price quote, proposal/quote, "
    "presentation scheduled, 方案报价, 方案/报价, 方案, 报价, 方案提交, 提案/报价, 方案報價",
    "negotiating, negotiation, negotiations started, negotiation/review, decision maker bought-in, "
    "商务谈判, 谈判, 谈判审核, 谈判/审核, 谈判/复审, 商務談判",
    "signing, contract sent, 签约, 签约中, 合同签订, 合同审批, 待签约, 簽約",
)


def _words(listed: str) -> list[str]:
    return [one.strip() for one in listed.split(",")]


_OPTIONS: Mapping[tuple[str, str], Mapping[str, str]] = {
    where: {fold_header(word): value for value, listed in known.items() for word in _words(listed)}
    for where, known in OPTIONS.items()
}
_STAGES = {fold_header(word): _words(listed) for listed in STAGES for word in _words(listed)}


def usual_option(field: Any, text: str) -> str | None:
    """The option that other products' word means, among those that the field offers; "" for none of them,
    None for a word that says nothing here."""
    known = _OPTIONS.get((getattr(field, "object_name", ""), field.name), {})
    value = known.get(fold_header(text))
    if value is None:
        return None
    offered = {"", *(one.value for one in field.options if not one.archived)}
    return value if value in offered else None


def usual_stages(text: str) -> list[str]:
    """What a stage of that name may be called as well."""
    return _STAGES.get(fold_header(text), [])
