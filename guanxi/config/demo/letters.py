"""Mails that are written once: the one with a quote, and the reminder of one that ends without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guanxi.automation.email_templates.actions import add_template
from guanxi.automation.workflows.actions import install_workflows
from guanxi.platform.i18n.labels import L

if TYPE_CHECKING:
    from guanxi.config.demo.story import Story

QUOTED, REMINDED = "quote", "quote-reminder"
QUOTE_MAIL = {
    "zh-hans": {
        "subject": "{firm} 报价单 {number}：{name}",
        "text": "{contact.name}，您好：\n{note}\n"
        "{name} 的报价已经准备好，合计 {total}，有效期至 {valid_until}。\n\n"
        "在线查看、提问、接受或婉拒：\n{link}\n\n这个链接只属于您，请勿转发。\n\n{sender}\n{firm}",
    },
    "zh-hant": {
        "subject": "{firm} 報價單 {number}：{name}",
        "text": "{contact.name}，您好：\n{note}\n"
        "{name} 的報價已準備好，合計 {total}，有效期限至 {valid_until}。\n\n"
        "線上檢視、提問、接受或婉拒：\n{link}\n\n這個連結專屬於您，請勿轉寄。\n\n{sender}\n{firm}",
    },
    "en": {
        "subject": "Quotation {number} from {firm}: {name}",
        "text": "Dear {contact.name},\n{note}\n"
        "Our quotation for {name} is ready: {total} in all, valid until {valid_until}.\n\n"
        "Read it, ask about it, accept or decline it here:\n{link}\n\n"
        "The link is yours alone.\n\n{sender}\n{firm}",
    },
}
REMINDER_MAIL = {
    "zh-hans": {
        "subject": "报价单 {number} 将于 {valid_until} 到期",
        "text": "{contact.name}，您好：\n\n{name} 的报价将于 {valid_until} 到期。"
        "如需调整配置、数量或交期，直接回复这封邮件即可。\n\n{owner.name}\n{firm}",
    },
    "zh-hant": {
        "subject": "報價單 {number} 將於 {valid_until} 到期",
        "text": "{contact.name}，您好：\n\n{name} 的報價將於 {valid_until} 到期。"
        "如需調整規格、數量或交期，直接回覆這封郵件即可。\n\n{owner.name}\n{firm}",
    },
    "en": {
        "subject": "Quotation {number} ends on {valid_until}",
        "text": "Dear {contact.name},\n\nOur quotation for {name} ends on {valid_until}. "
        "If the configuration, the quantity or the delivery should change, simply answer this mail.\n\n"
        "{owner.name}\n{firm}",
    },
}


def add_letters(story: Story) -> None:
    """Two templates: one stands in for the mail with a quote, the other is sent by an automation.

    The automation is there and off: a demo writes to nobody by itself.
    """
    admin, language = story.actors["gu"], story.workspace.language
    title = L("Mail with a quote", "发送报价单", "寄送報價單").in_(language)
    add_template(object="quote", name=QUOTED, title=title, texts=QUOTE_MAIL, used_for="send", by=admin)
    title = L("A quote is about to end", "报价即将到期", "報價即將到期").in_(language)
    add_template(object="quote", name=REMINDED, title=title, texts=REMINDER_MAIL, by=admin)
    recipe = {
        "when": {"kind": "date", "field": "valid_until", "days": -3, "at": "09:30"},
        "if": "status in (sent, viewed)",
        "steps": [
            {"do": "email", "to": ["{contact.emails}"], "template": REMINDED},
            {"do": "todo", "text": f"{{name}} · {title}", "to": ["owner"], "due": "1wd"},
        ],
    }
    install_workflows([(REMINDED, title, "quote", recipe)], by=admin, on=False)
